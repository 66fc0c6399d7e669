"""Whether a model is right, and as often right as it says: accuracy, likelihood, Brier score, calibration.

All look at the labelled inputs alone and give None where no input has a label.
"""

from dataclasses import dataclass

import numpy as np

from kdstudio.analysis.alignment import blocks, check
from kdstudio.core.types import Predictions, log_softmax, softmax

ECE_BINS = 15


@dataclass(frozen=True, slots=True)
class Reliability:
    """Bins of inputs by confidence, least confident first: mean confidence, share right and count of each, (B,)."""

    confidence: np.ndarray
    accuracy: np.ndarray
    count: np.ndarray

    @property
    def error(self) -> float:
        """Expected calibration error: Σ count/N · |accuracy − confidence|."""
        return float(np.average(np.abs(self.accuracy - self.confidence), weights=self.count))

    @property
    def excess(self) -> float:
        """Mean confidence minus accuracy: above 0 the model is surer than it is right."""
        return float(np.average(self.confidence - self.accuracy, weights=self.count))


def correct(predictions: Predictions) -> np.ndarray:
    """Return whether the top class is the true one, (N,) bool; False where there is no label.

    Of several labels all have to be right.
    """
    check(predictions)
    return np.asarray(predictions.labels == predictions.truth)


def accuracy(predictions: Predictions) -> float | None:
    """Return the share of labelled inputs whose top class is the true one."""
    right = correct(predictions)[predictions.known]
    return float(right.mean()) if len(right) else None


def nll(predictions: Predictions, temperature: float = 1.0) -> float | None:
    """Return the mean negative log likelihood of the true class in nats."""
    logits, targets = _labelled(predictions)
    if not len(targets):
        return None
    losses = np.empty(len(targets))
    for rows in blocks(predictions, len(targets)):
        found = log_softmax(logits[rows], temperature)
        losses[rows] = -found[np.arange(len(found)), targets[rows]]
    return float(losses.mean())


def brier(predictions: Predictions, temperature: float = 1.0) -> float | None:
    """Return the mean over inputs of Σ_j (p_j − [j is true])², between 0 and 2 (Brier 1950)."""
    logits, targets = _labelled(predictions)
    if not len(targets):
        return None
    distances = np.empty(len(targets))
    for rows in blocks(predictions, len(targets)):
        distance = softmax(logits[rows], temperature)
        distance[np.arange(len(distance)), targets[rows]] -= 1
        distances[rows] = np.square(distance, out=distance).sum(axis=1)
    return float(distances.mean())


def ece(predictions: Predictions, bins: int = ECE_BINS, temperature: float = 1.0) -> float | None:
    """Return the expected calibration error of the top class over bins of equal mass."""
    found = reliability(predictions, bins, temperature)
    return None if found is None else found.error


def reliability(predictions: Predictions, bins: int = ECE_BINS, temperature: float = 1.0) -> Reliability | None:
    """Return at most `bins` bins of (nearly) equally many inputs.

    Inputs of the same confidence stay in one bin, so that the result does not depend on the order of the inputs; bins
    that this leaves empty are not there.
    """
    logits, targets = _labelled(predictions)
    if not len(targets):
        return None
    sureness = np.empty(len(targets))
    for rows in blocks(predictions, len(targets)):
        sureness[rows] = softmax(logits[rows], temperature).max(axis=1)
    return binned(sureness, correct(predictions)[predictions.known], bins)


def binned(confidence: np.ndarray, right: np.ndarray, bins: int = ECE_BINS) -> Reliability | None:
    """Return what `reliability` returns, from the confidence (N,) of labelled inputs and whether they are right."""
    if not len(confidence):
        return None
    order = np.argsort(confidence, kind="stable")
    confidence, right = confidence[order], right[order].astype(np.float64)
    sizes = [len(part) for part in np.array_split(confidence, bins) if len(part)]
    edges = np.cumsum([0, *sizes[:-1]])
    starts = np.unique(np.searchsorted(confidence, confidence[edges], side="left"))
    count = np.diff([*starts, len(confidence)])
    return Reliability(np.add.reduceat(confidence, starts) / count, np.add.reduceat(right, starts) / count, count)


def _labelled(predictions: Predictions) -> tuple[np.ndarray, np.ndarray]:
    check(predictions)
    if predictions.has_labels:
        return predictions.logits, predictions.targets
    known = predictions.targets >= 0
    return predictions.logits[known], predictions.targets[known]
