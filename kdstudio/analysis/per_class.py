"""How well a model does on each class: recall, precision, divergence from the teacher, calibration."""

import numpy as np

from kdstudio.analysis import agreement
from kdstudio.analysis.calibration import binned, correct
from kdstudio.analysis.confidence import confidence
from kdstudio.analysis.confusion import confusion
from kdstudio.core.types import Predictions

FEW = 20  # inputs: the numbers of a smaller class say little


def counts(classes: np.ndarray, count: int) -> np.ndarray:
    """Return how many inputs each class has, (C,) int64."""
    return np.bincount(classes[classes >= 0], minlength=count)


def recall(predictions: Predictions, classes: np.ndarray) -> np.ndarray:
    """Return the share of each class that is answered right, (C,) float64; NaN for a class without inputs."""
    matrix = confusion(classes, predictions.labels, predictions.logits.shape[1])
    return _share(np.diagonal(matrix), matrix.sum(axis=1))


def precision(predictions: Predictions, classes: np.ndarray) -> np.ndarray:
    """Return which share of the answers of each class is right, (C,) float64; NaN for a class that is never named."""
    matrix = confusion(classes, predictions.labels, predictions.logits.shape[1])
    return _share(np.diagonal(matrix), matrix.sum(axis=0))


def kl(teacher: Predictions, student: Predictions, classes: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Return the mean KL(teacher ‖ student) of each class in nats, (C,) float64; NaN for a class without inputs."""
    return mean(agreement.kl(teacher, student, temperature), classes, teacher.logits.shape[1])


def mean(values: np.ndarray, classes: np.ndarray, count: int) -> np.ndarray:
    """Return the mean of `values` (N,) over each of `count` classes, (C,) float64; NaN for a class without inputs."""
    known = classes >= 0
    return _share(np.bincount(classes[known], values[known], minlength=count), counts(classes, count))


def ece(predictions: Predictions, classes: np.ndarray) -> np.ndarray:
    """Return the calibration error of each class's labelled inputs, (C,) float64; NaN for a class without any."""
    return calibration_error(confidence(predictions), predictions, classes)


def calibration_error(sureness: np.ndarray, predictions: Predictions, classes: np.ndarray) -> np.ndarray:
    """Return what `ece` returns, where the confidence (N,) of each answer is known already."""
    found = np.full(predictions.logits.shape[1], np.nan)
    known = np.flatnonzero(predictions.known & (classes >= 0))
    known = known[np.argsort(classes[known], kind="stable")]
    right = correct(predictions)
    there, begins = np.unique(classes[known], return_index=True)
    for k, rows in zip(there, np.split(known, begins[1:]), strict=False):
        bins = binned(sureness[rows], right[rows])
        found[k] = np.nan if bins is None else bins.error
    return found


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.asarray(np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0, dtype=np.float64))
