"""How close two models' answers are: same top class, and divergence of the softened probabilities."""

import numpy as np

from kdstudio.analysis.alignment import blocks, check
from kdstudio.core.types import Predictions, log_softmax


def agrees(first: Predictions, second: Predictions) -> np.ndarray:
    """Return for each input whether both name the same top class, (N,) bool."""
    check(first, second)
    return np.asarray(first.labels == second.labels)


def agreement(first: Predictions, second: Predictions) -> float:
    """Return the share of inputs on which both name the same top class."""
    return float(agrees(first, second).mean())


def kl(teacher: Predictions, student: Predictions, temperature: float = 1.0) -> np.ndarray:
    """Return KL(p_T of the teacher ‖ p_T of the student) of each input in nats, (N,) float64, without the factor T²."""
    check(teacher, student)
    values = np.empty(len(teacher.logits))
    for rows in blocks(teacher):
        values[rows] = divergence(
            log_softmax(teacher.logits[rows], temperature), log_softmax(student.logits[rows], temperature)
        )
    return values


def mean_kl(teacher: Predictions, student: Predictions, temperature: float = 1.0) -> float:
    """Return the mean over the inputs of `kl`."""
    return float(kl(teacher, student, temperature).mean())


def js(first: Predictions, second: Predictions, temperature: float = 1.0) -> np.ndarray:
    """Return the Jensen–Shannon divergence of each input in nats, (N,) float64 between 0 and ln 2."""
    check(first, second)
    values = np.empty(len(first.logits))
    for rows in blocks(first):
        values[rows] = jensen_shannon(
            log_softmax(first.logits[rows], temperature), log_softmax(second.logits[rows], temperature)
        )
    return values


def mean_js(first: Predictions, second: Predictions, temperature: float = 1.0) -> float:
    """Return the mean over the inputs of `js`."""
    return float(js(first, second, temperature).mean())


def divergence(log_p: np.ndarray, log_q: np.ndarray) -> np.ndarray:
    """Return KL(p ‖ q) over the last axis from log probabilities, (…, C) → (…); never below 0."""
    p = np.exp(log_p)
    with np.errstate(invalid="ignore"):
        summands = np.where(p > 0, p * (log_p - log_q), 0.0)  # 0 · log 0 = 0, also where a logit is −inf
    return np.asarray(np.maximum(summands.sum(axis=-1), 0.0))


def jensen_shannon(log_p: np.ndarray, log_q: np.ndarray) -> np.ndarray:
    """Return the Jensen–Shannon divergence over the last axis from log probabilities, (…, C) → (…)."""
    middle = np.logaddexp(log_p, log_q) - np.log(2)
    return np.asarray((divergence(log_p, middle) + divergence(log_q, middle)) / 2)
