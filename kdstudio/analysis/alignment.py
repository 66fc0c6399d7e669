"""Only answers to the same inputs are compared: checks, and bringing two sets of answers into one order."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from kdstudio.analysis.wanted import go_on
from kdstudio.core.types import Predictions

_BLOCK_NUMBERS = 1 << 18  # float64 numbers worked on at once: 2 MB stay in the cache


def check(first: Predictions, *others: Predictions) -> None:
    """Raise ValueError unless all have answers, to the same inputs in the same order, with the same classes."""
    _check_one(first)
    for other in others:
        _check_one(other)
        if not np.array_equal(first.index, other.index):
            raise ValueError("the answers are to different inputs, or in another order: align them first")
        if first.logits.shape[1] != other.logits.shape[1]:
            raise ValueError(f"{first.logits.shape[1]} classes cannot be compared with {other.logits.shape[1]}")
        if first.task != other.task:
            raise ValueError(f"answers of {first.task} cannot be compared with those of {other.task}")
        known = first.known & other.known
        if not np.array_equal(first.targets[known], other.targets[known]):
            raise ValueError("the same inputs have different labels")


def align(*predictions: Predictions) -> tuple[Predictions, ...]:
    """Return the answers to the inputs that all have, in the order of the first; ValueError where there are none."""
    kept = predictions[0].index
    for other in predictions[1:]:
        kept = kept[np.isin(kept, other.index)]
    if not len(kept):
        raise ValueError("the answers have no input in common")
    aligned = tuple(_take(one, kept) for one in predictions)
    check(*aligned)
    return aligned


def blocks(predictions: Predictions, count: int | None = None) -> Iterator[slice]:
    """Slices of all rows, or of `count` ones, small enough to be softened one after the other without a large copy."""
    rows, classes = predictions.logits.shape
    rows = rows if count is None else count
    size = block_rows(classes)
    for start in range(0, rows, size):
        go_on()
        yield slice(start, start + size)


def block_rows(classes: int) -> int:
    """Return how many rows of so many classes are worked on at once."""
    return max(1, _BLOCK_NUMBERS // classes)


def _check_one(one: Predictions) -> None:
    if one.logits.ndim != 2 or not one.logits.size:
        raise ValueError("there are no answers to look at")
    if not len(one.index) == len(one.targets) == len(one.logits):
        raise ValueError("index, targets and logits have different lengths")
    if one.targets.ndim > 1:
        if one.targets.shape != one.logits.shape:
            raise ValueError(f"targets {one.targets.shape} and answers {one.logits.shape} have different shapes")
        return
    if int(one.targets.max()) >= one.logits.shape[1]:
        raise ValueError(f"label {int(one.targets.max())} has no answer among {one.logits.shape[1]} classes")


def _take(one: Predictions, kept: np.ndarray) -> Predictions:
    if np.array_equal(one.index, kept):
        return one
    order = np.argsort(one.index, kind="stable")
    rows = order[np.searchsorted(one.index, kept, sorter=order)]
    return replace(one, index=one.index[rows], targets=one.targets[rows], logits=one.logits[rows])
