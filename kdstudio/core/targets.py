"""What the targets of a data set are, for each task.

| task | targets | one answer of a model |
|---|---|---|
| classification | (N,) int64, the class of each input, -1 for none | (C,) logits of classes that exclude each other |
| multi_label | (N, C) float32, 1 where an input has the label and 0 where not | (C,) logits, a yes or no each |
| regression | (N, K) float32, the numbers to predict | (K,) numbers in the units of the data |
| next_token | (N,) int64, 0 for each passage of text | (L, V) logits: at each place those of the token that follows |

An input without labels or numbers has NaN in its row.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np

Task = Literal["classification", "multi_label", "regression", "next_token"]
NEXT_TOKEN: Task = "next_token"
CLASSES: tuple[Task, ...] = ("classification", NEXT_TOKEN)  # one of several, for an input or at each place of one
TASKS: tuple[Task, ...] = ("classification", "multi_label", "regression", "next_token")
WORDS: dict[Task, str] = {
    "classification": "one class for each input",
    "multi_label": "several labels for each input",
    "regression": "numbers to predict",
    "next_token": "text, of which a language model predicts each token from those before it",
}
HEADLINE: dict[Task, str] = {
    "classification": "accuracy",
    "multi_label": "f1",
    "regression": "r2",
    "next_token": "accuracy",
}
"""The measure by which a task's models are compared and the best epoch is chosen: the higher the better, at most 1."""
_BINS = 10  # of a number's values, each of which gives its share to a part
_SETS = 100  # sets of labels that are told apart when data is divided


def answered(task: Task) -> Task:
    """Return the task of single answers: a language model's, one at each place, are classifications of all tokens."""
    return "classification" if task == NEXT_TOKEN else task


def outputs(task: Task, count: int, names: Sequence[str] = ()) -> str:
    """Return what there is to answer, in words: `10 classes`, `6 labels at once`, `a number (price)`."""
    if task == "classification":
        return f"{count:,} classes"
    if task == "multi_label":
        return f"{count:,} labels at once"
    if task == "next_token":
        return f"the next of {count:,} tokens"
    return f"{count} numbers" if count > 1 else f"a number ({names[0]})" if names else "a number"


def is_known(targets: np.ndarray) -> np.ndarray:
    """Return where there is a class, labels or numbers, (N,) bool."""
    if targets.dtype.kind == "f":
        return np.asarray(~np.isnan(targets).any(axis=1))
    return np.asarray(targets >= 0)


def unknown(count: int) -> np.ndarray:
    """Return the targets of inputs without any, (count,) int64."""
    return np.full(count, -1, dtype=np.int64)


def is_multi_hot(rows: np.ndarray) -> bool:
    """Whether rows (N, C) say yes or no for each of several labels."""
    return rows.ndim == 2 and rows.shape[1] > 1 and bool(np.isin(rows, (0, 1)).all())


def groups(targets: np.ndarray) -> np.ndarray:
    """Return which inputs are alike, (N,) int64, -1 without a target: each group gives its share to every part.

    They are the classes, the commonest sets of labels (the others are one group), or tenths of the first number.
    """
    if targets.dtype.kind != "f":
        return targets
    known = is_known(targets)
    found = np.full(len(targets), -1, dtype=np.int64)
    if is_multi_hot(targets[known]):
        _, number, counts = np.unique(targets[known], axis=0, return_inverse=True, return_counts=True)
        place = np.empty(len(counts), dtype=np.int64)
        place[np.argsort(-counts, kind="stable")] = np.arange(len(counts))
        found[known] = np.minimum(place[number.reshape(-1)], _SETS)
    elif known.any():
        first = targets[known, 0]
        found[known] = np.searchsorted(np.quantile(first, np.linspace(0, 1, _BINS + 1)[1:-1]), first)
    return found
