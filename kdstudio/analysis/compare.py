"""Two models side by side on the same inputs: which is better, by how much, and whether that may be chance."""

from dataclasses import dataclass

import numpy as np

from kdstudio.analysis import agreement, several
from kdstudio.analysis.alignment import check
from kdstudio.analysis.bootstrap import Range, difference_range
from kdstudio.core.types import Predictions

DRAWS = 4000
_DRAWS_OF_NUMBERS = 1000  # where every input has a value of its own, a draw costs as much as there are inputs


@dataclass(frozen=True, slots=True)
class McNemar:
    """Inputs that only one of two models gets right, and how probable so uneven a split is where both are as good.

    `exact` is the two-sided binomial test (McNemar 1947), `mid_p` counts the split itself half (Fagerland et al. 2013):
    the exact test is too careful where few inputs differ.
    """

    only_first: int
    only_second: int
    exact: float
    mid_p: float


def correct_difference(first: Predictions, second: Predictions) -> np.ndarray:
    """Return for each labelled input 1 where only the first is right, −1 where only the second is, else 0, (n,)."""
    check(first, second)
    known = first.known | second.known
    truth = np.maximum(first.truth, second.truth)
    gap = (first.labels == truth).astype(np.float64) - (second.labels == truth)
    return np.asarray(gap[known])


def accuracy_difference(first: Predictions, second: Predictions, draws: int = DRAWS, seed: int = 0) -> Range | None:
    """Return the first's accuracy minus the second's with its paired interval; None without labels or for numbers."""
    if first.task == "regression":
        return None
    values = correct_difference(first, second)
    return difference_range(values, draws, seed) if len(values) else None


def agreement_difference(
    teacher: Predictions, first: Predictions, second: Predictions, draws: int = DRAWS, seed: int = 0
) -> Range | None:
    """Return by how much more often the first says what the teacher says, with its paired interval."""
    if first.task == "regression":
        return None
    check(teacher, first, second)
    values = agreement.agrees(teacher, first).astype(np.float64) - agreement.agrees(teacher, second)
    return difference_range(values, draws, seed)


def kl_difference(
    teacher: Predictions, first: Predictions, second: Predictions, temperature: float = 4.0, seed: int = 0
) -> Range | None:
    """Return the first's mean KL from the teacher minus the second's, in nats, with its paired interval."""
    if first.task == "regression":
        return None
    divergence = several.kl if first.task == "multi_label" else agreement.kl
    values = divergence(teacher, first, temperature) - divergence(teacher, second, temperature)
    return difference_range(values, _DRAWS_OF_NUMBERS, seed)


def mcnemar(first: Predictions, second: Predictions) -> McNemar | None:
    """Return McNemar's test of two models on their labelled inputs; None without labels or for numbers."""
    if first.task == "regression":
        return None
    values = correct_difference(first, second)
    return uneven(int((values > 0).sum()), int((values < 0).sum())) if len(values) else None


def uneven(only_first: int, only_second: int) -> McNemar:
    """Return the test for these two counts; both chances are 1 where no input differs."""
    count, least = only_first + only_second, min(only_first, only_second)
    if not count:
        return McNemar(only_first, only_second, 1.0, 1.0)
    # log of C(n, k) / 2ⁿ for k = 0 … the smaller count
    k = np.arange(1, least + 1)
    logs = np.concatenate([[0.0], np.cumsum(np.log((count - k + 1) / k))]) - count * np.log(2)
    tail, point = float(np.exp(logs).sum()), float(np.exp(logs[-1]))
    if only_first == only_second:
        return McNemar(only_first, only_second, 1.0, 1.0 - point / 2)
    return McNemar(only_first, only_second, min(1.0, 2 * tail), min(1.0, 2 * tail - point))


def disagreements(first: Predictions, second: Predictions) -> np.ndarray:
    """Return the positions at which the two name different classes, the surest contradiction first, (k,) int64.

    Inputs that exactly one of them gets right come before the others; within each the larger Jensen–Shannon divergence
    comes first.
    """
    check(first, second)
    if first.task == "regression":
        return np.argsort(-np.abs(np.asarray(first.logits, np.float64) - second.logits).max(axis=1), kind="stable")
    differ = np.flatnonzero(first.labels != second.labels)
    if first.task != "classification":
        return differ
    apart = agreement.js(first, second)[differ]
    truth = np.maximum(first.truth, second.truth)[differ]
    is_decided = (truth >= 0) & ((first.labels[differ] == truth) | (second.labels[differ] == truth))
    return np.asarray(differ[np.lexsort((-apart, ~is_decided))])
