"""How well a model does on each class: recall, precision, divergence from the teacher, calibration."""

import numpy as np

from kdstudio.analysis import agreement
from kdstudio.analysis.calibration import reliability
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
    gaps, known = agreement.kl(teacher, student, temperature), classes >= 0
    count = teacher.logits.shape[1]
    return _share(np.bincount(classes[known], gaps[known], minlength=count), counts(classes, count))


def ece(predictions: Predictions, classes: np.ndarray) -> np.ndarray:
    """Return the calibration error of each class's labelled inputs, (C,) float64; NaN for a class without any."""
    found = np.full(predictions.logits.shape[1], np.nan)
    for i in np.unique(classes[predictions.known]):
        rows = (classes == i) & predictions.known
        part = Predictions(
            predictions.index[rows], predictions.targets[rows], predictions.logits[rows], predictions.class_names
        )
        bins = reliability(part)
        found[i] = np.nan if bins is None else bins.error
    return found


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.asarray(np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0, dtype=np.float64))
