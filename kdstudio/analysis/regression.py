"""The numbers of a model that predicts numbers: how far off it is, and how close to its teacher.

Errors look at the inputs with known numbers alone and give None where there are none. Of several numbers the plain mean
over them is taken, as scikit-learn does.
"""

import numpy as np

from kdstudio.analysis.alignment import check
from kdstudio.core.types import Predictions


def errors(predictions: Predictions) -> np.ndarray:
    """Return answer − truth of the inputs with known numbers, (n, K) float64."""
    known = predictions.known
    return np.asarray(np.subtract(predictions.logits[known], predictions.targets[known], dtype=np.float64))


def rmse(predictions: Predictions) -> float | None:
    """Return the root of the mean squared error, in the unit of the number."""
    found = errors(predictions)
    return float(np.sqrt(np.square(found).mean(axis=0)).mean()) if len(found) else None


def mae(predictions: Predictions) -> float | None:
    """Return the mean absolute error, in the unit of the number."""
    found = errors(predictions)
    return float(np.abs(found).mean()) if len(found) else None


def r2(predictions: Predictions) -> float | None:
    """Return 1 − Σ(answer − truth)² / Σ(truth − mean)²: 1 is perfect, 0 as good as always answering the mean.

    None where no number varies.
    """
    found, known = errors(predictions), predictions.known
    truth = np.asarray(predictions.targets[known], dtype=np.float64)
    if len(truth) < 2:
        return None
    spread = np.square(truth - truth.mean(axis=0)).sum(axis=0)
    varies = spread > 0
    return float((1 - np.square(found).sum(axis=0)[varies] / spread[varies]).mean()) if varies.any() else None


def difference(teacher: Predictions, student: Predictions) -> float:
    """Return the root mean square of student − teacher, in the unit of the number."""
    check(teacher, student)
    gap = np.asarray(student.logits, dtype=np.float64) - teacher.logits
    return float(np.sqrt(np.square(gap).mean(axis=0)).mean())


def correlation(teacher: Predictions, student: Predictions) -> float | None:
    """Return Pearson's correlation of the answers of two models; None where one of them always says the same."""
    check(teacher, student)
    t, s = (np.asarray(one.logits, dtype=np.float64) for one in (teacher, student))
    t, s = t - t.mean(axis=0), s - s.mean(axis=0)
    norms = np.sqrt(np.square(t).sum(axis=0) * np.square(s).sum(axis=0))
    varies = norms > 0
    return float(((t * s).sum(axis=0)[varies] / norms[varies]).mean()) if varies.any() else None
