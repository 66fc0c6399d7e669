"""Which models are worth their size: the Pareto frontier of cost and score."""

import numpy as np


def frontier(costs: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Return the positions of the models that no other beats, cheapest first, (k,) int64.

    A model is beaten by one that costs no more and scores no less, and is better in one of the two; of several equal
    ones all stay. `costs` and `scores` (N,) may hold NaN: such a model is left out.
    """
    costs, scores = np.asarray(costs, dtype=np.float64), np.asarray(scores, dtype=np.float64)
    known = np.flatnonzero(np.isfinite(costs) & np.isfinite(scores))
    order = known[np.lexsort((-scores[known], costs[known]))]
    if not len(order):
        return order
    cost, score = costs[order], scores[order]
    best = np.maximum.accumulate(score)
    first = np.searchsorted(cost, cost)  # where the models of this cost begin
    is_top = score == score[first]  # the best comes first among equals in cost
    is_new = score > np.where(first > 0, best[first - 1], -np.inf)
    return np.asarray(order[is_top & is_new])
