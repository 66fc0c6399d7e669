"""Is a model's confidence deserved? Bins of inputs for a reliability diagram, and the temperature that would fit."""

from dataclasses import dataclass

import numpy as np

from kdstudio.analysis.alignment import blocks
from kdstudio.analysis.calibration import ECE_BINS, correct, nll
from kdstudio.core.types import Predictions, softmax

COLDEST, HOTTEST = 0.05, 20.0
_GOLDEN = (np.sqrt(5) - 1) / 2


@dataclass(frozen=True, slots=True)
class Bin:
    """Labelled inputs of like confidence: between which values, how sure on average, how many are right; positions."""

    low: float
    high: float
    confidence: float
    accuracy: float
    positions: np.ndarray  # (n,) int64


def confidence(predictions: Predictions, temperature: float = 1.0) -> np.ndarray:
    """Return how probable its own answer is to a model, (N,) float64."""
    found = np.empty(len(predictions.logits))
    for rows in blocks(predictions):
        found[rows] = softmax(predictions.logits[rows], temperature).max(axis=1)
    return found


def bins(
    predictions: Predictions, *, adaptive: bool = False, temperature: float = 1.0, count: int = ECE_BINS
) -> tuple[Bin, ...]:
    """Sort the labelled inputs into at most `count` bins, least confident first; empty ones are left out.

    They are equally wide between 0 and 1, or with `adaptive` hold (nearly) equally many inputs each.
    """
    known = np.flatnonzero(predictions.known)
    sure, right = confidence(predictions, temperature)[known], correct(predictions)[known]
    edges = np.linspace(0, 1, count + 1)
    if adaptive and len(sure):
        edges = np.unique(np.quantile(sure, edges))
    if len(edges) < 2:
        edges = np.array([edges[0], edges[0]])
    place = np.clip(np.searchsorted(edges, sure, side="right") - 1, 0, len(edges) - 2)
    found = []
    for k in range(len(edges) - 1):
        mine = place == k
        if mine.any():
            mean, share = float(sure[mine].mean()), float(right[mine].mean())
            found.append(Bin(float(edges[k]), float(edges[k + 1]), mean, share, known[mine]))
    return tuple(found)


def best_temperature(predictions: Predictions, tolerance: float = 1e-3) -> float | None:
    """Return the temperature with the lowest negative log likelihood, or None where no input has a label.

    The top class stays the same at any temperature (Guo et al. 2017). The likelihood has one optimum in 1/T, which is
    found by golden section between 0.05 and 20; where it lies outside, the end that is nearer is returned.
    """
    if not predictions.known.any():
        return None

    def loss(log: float) -> float:
        return nll(predictions, float(np.exp(log))) or 0.0

    low, high = float(np.log(COLDEST)), float(np.log(HOTTEST))
    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_left, at_right = loss(left), loss(right)
    while high - low > tolerance:
        if at_left <= at_right:
            high, right, at_right = right, left, at_left
            left = high - _GOLDEN * (high - low)
            at_left = loss(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + _GOLDEN * (high - low)
            at_right = loss(right)
    return float(np.exp((low + high) / 2))
