"""A map by t-SNE: near inputs stay near, far ones only somewhere else (van der Maaten and Hinton 2008)."""

import numpy as np

from kdstudio.analysis.wanted import go_on

LAID_OUT = 2000  # inputs; all are pulled by all in each of the iterations
PERPLEXITY = 30.0
_STAGES = (12.0, 1.0, 1.0)  # how much what is near is exaggerated
_ITERATIONS = 250  # of a stage: the fewest that scikit-learn does


def perplexity(count: int) -> float:
    """Return how many neighbours each of so many places pulls at, about."""
    return min(PERPLEXITY, max(1.0, (count - 1) / 3))


def tsne(places: np.ndarray, start: np.ndarray, part: tuple[int, int] = (0, 1)) -> np.ndarray:
    """Return a map of places (N, d), (N, 2) float64, beginning with `start` (N, 2), such as their principal components.

    The same every time. Ends between its stages where nobody waits any more, and tells which share is done
    (`analysis.wanted`): this map is `part` (k, n), the k-th of n.
    """
    from sklearn.manifold import TSNE

    found = start / max(float(start[:, 0].std()), 1e-12) * 1e-4
    for at, exaggeration in enumerate(_STAGES):
        go_on((part[0] + at / len(_STAGES)) / part[1])
        one = TSNE(
            perplexity=perplexity(len(places)),
            early_exaggeration=exaggeration,
            max_iter=_ITERATIONS,
            init=found.astype(np.float32),
            random_state=0,
            n_jobs=1,
        )
        found = np.asarray(one.fit_transform(places), dtype=np.float64)
    return np.asarray(found - found.mean(axis=0))
