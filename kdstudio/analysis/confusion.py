"""Which class is taken for which: counts of answers, against the truth and between two models."""

import numpy as np

from kdstudio.analysis.alignment import check
from kdstudio.core.types import Predictions


def confusion(classes: np.ndarray, said: np.ndarray, count: int) -> np.ndarray:
    """Return how many inputs of class i are answered with j, (C, C) int64; inputs of class −1 are left out.

    `classes` and `said` (N,) int64 are positions among `count` classes. Between two models `classes` is what the first
    one says: off the diagonal stand their disagreements.
    """
    known = classes >= 0
    cells = classes[known] * count + said[known]
    return np.bincount(cells, minlength=count * count).reshape(count, count)


def in_cell(classes: np.ndarray, said: np.ndarray, i: int, j: int) -> np.ndarray:
    """Return the positions that `confusion` counts in a cell, ascending (n,) int64."""
    return np.flatnonzero((classes == i) & (said == j))


def in_doubt(predictions: Predictions, classes: np.ndarray, i: int, j: int) -> np.ndarray:
    """Return the positions of the inputs of class i, those first that the model most takes for j, (n,) int64.

    The order is that of the share of its doubt: the probability of j among all classes but i.
    """
    check(predictions)
    positions = np.flatnonzero(classes == i)
    logits = np.asarray(predictions.logits[positions], dtype=np.float64)
    rest = np.delete(logits, i, axis=1)
    top = rest.max(axis=1)
    share = logits[:, j] - top - np.log(np.exp(rest - top[:, None]).sum(axis=1))
    return np.asarray(positions[np.argsort(-share, kind="stable")])
