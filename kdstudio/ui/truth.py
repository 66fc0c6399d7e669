"""What is true of one input, in the form that pictures mark and tiles write."""

import numpy as np

from kdstudio.core.measures import figures
from kdstudio.core.targets import Task

Truth = tuple[int, ...]
"""The true class, or all true labels, as positions among the class names; () where nothing is known or marked."""


def is_unknown(target: np.ndarray) -> bool:
    """Whether a row of labels or numbers says nothing: data without any target has a class of −1 in its place."""
    return target.ndim == 0 or bool(np.isnan(target).any())


def truth_of(target: np.ndarray, task: Task) -> Truth:
    """Return what is true by one row of the targets: numbers are no positions, and give ()."""
    if task == "multi_label":
        return () if is_unknown(target) else tuple(np.flatnonzero(target == 1).tolist())
    return (int(target),) if task == "classification" and target >= 0 else ()


def target_words(target: np.ndarray, task: Task, names: tuple[str, ...]) -> str:
    """Return what is true in words: a class, labels joined by commas ("none" for no label), numbers; "" if unknown."""
    if task == "regression":
        return "" if is_unknown(target) else numbers_words(target)
    if task == "multi_label":
        return "" if is_unknown(target) else label_words(target == 1, names)
    return names[int(target)] if target >= 0 else ""


def answer_words(logits: np.ndarray, task: Task, names: tuple[str, ...]) -> str:
    """Return what a model answers in words: its top class, the labels above one half, its numbers."""
    if task == "regression":
        return numbers_words(logits)
    return label_words(logits > 0, names) if task == "multi_label" else names[int(np.argmax(logits))]


def label_words(present: np.ndarray, names: tuple[str, ...]) -> str:
    """Return a set of labels (C,) bool in words."""
    return ", ".join(name for name, is_there in zip(names, present, strict=True) if is_there) or NO_LABEL


def numbers_words(values: np.ndarray) -> str:
    """Return numbers (K,) with four significant digits each."""
    return " · ".join(figures(float(value)) for value in values)


NO_LABEL = "no label"
