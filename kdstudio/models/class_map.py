"""Which of a model's outputs stands for which class of the data: another order, a part of them, or some more.

Names decide where both sides have them. Where they do not, the answers to a labelled sample can: the assignment with
the most right answers is proposed, never applied unasked.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

NONE = -1  # the model has no output for this class
_SEPARATORS = str.maketrans("_-/", "   ")


@dataclass(frozen=True, slots=True)
class ClassMap:
    """`columns` has the model's output for each class of the data, -1 where it has none; `reason` is for people."""

    columns: tuple[int, ...]
    reason: str

    def is_plain(self, outputs: int) -> bool:
        """Whether the model's outputs are the data's classes as they are."""
        return self.columns == tuple(range(outputs))

    @property
    def lacking(self) -> tuple[int, ...]:
        """Classes of the data that the model does not know."""
        return tuple(number for number, column in enumerate(self.columns) if column == NONE)


def by_name(outputs: Sequence[str], classes: Sequence[str]) -> ClassMap | None:
    """Match names without regard to case and separators; None where fewer than half of the classes are found."""
    places = {_plain(name): place for place, name in reversed(list(enumerate(outputs)))}
    if len(places) < len(outputs):
        return None  # two outputs of one name: it cannot be told which is meant
    columns = tuple(places.get(_plain(name), NONE) for name in classes)
    found = sum(column != NONE for column in columns)
    if found < max(2, len(classes) / 2):
        return None
    left = len(outputs) - found
    parts = [f"{found} of {len(classes)} classes are matched by name"]
    if left:
        parts.append(f"{left} more that the model knows ({_few(outputs, set(columns))}) are left out")
    return ClassMap(columns, "; ".join(parts))


def by_answers(logits: np.ndarray, targets: np.ndarray, classes: int) -> tuple[ClassMap, float]:
    """Return the assignment of outputs to classes with the most right answers, and the accuracy that it gives.

    `logits` (n, K) are the model's answers to a labelled sample, `targets` (n,) its true classes. Each output stands
    for at most one class (Kuhn 1955, the assignment problem).
    """
    from scipy.optimize import linear_sum_assignment

    table = np.zeros((logits.shape[1], classes), dtype=np.int64)
    np.add.at(table, (logits.argmax(1), targets), 1)
    rows, columns = linear_sum_assignment(table, maximize=True)
    chosen = np.full(classes, NONE)
    chosen[columns] = rows
    kept = np.where(chosen == NONE, -np.inf, logits[:, chosen])
    accuracy = float((kept.argmax(1) == targets).mean())
    return ClassMap(tuple(chosen.tolist()), f"with it {accuracy:.1%} of {len(targets)} inputs are right"), accuracy


def _plain(name: str) -> str:
    return " ".join(name.casefold().translate(_SEPARATORS).split())


def _few(outputs: Sequence[str], used: set[int], limit: int = 3) -> str:
    names = [name for place, name in enumerate(outputs) if place not in used]
    return ", ".join(names[:limit]) + (" …" if len(names) > limit else "")
