"""A teacher without a model: its answers to the training inputs, stored in a file.

Row i of a file without keys answers input i of the training part, in the order in which the data set ships it and
before validation is split off. With a key column a row names its input: by that number, or by its file name where the
inputs are files. A file may hold a test and a validation part too (arrays called train and test; a column `part`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from kdstudio.core.errors import DataError, Problem
from kdstudio.core.spread import spread
from kdstudio.core.targets import Task
from kdstudio.core.types import log_softmax
from kdstudio.data.answers.columns import Sheet, numbered
from kdstudio.data.answers.files import read_file

Kind = Literal["probabilities", "log-probabilities", "logits"]
SMALLEST = 1e-7  # what a probability of 0 is taken as: float32 hides no more beside a 1
_LOOKED_AT = 10_000  # rows from which the kind is told
_BLOCK = 65_536


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What a teacher answered. `answered` has (N,) bool for each sheet: whether all numbers of a row are finite."""

    path: Path
    format: str
    kind: Kind
    sheets: tuple[Sheet, ...]
    answered: tuple[np.ndarray, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def classes(self) -> int:
        """Answers for one input."""
        return int(self.sheets[0].values.shape[1])

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the columns; empty where there are none, or where they only count."""
        names = self.sheets[0].names
        return () if numbered(names) is not None else names

    @property
    def counts(self) -> dict[str, int]:
        """Rows of each part."""
        return {sheet.part or "train": len(sheet.values) for sheet in self.sheets}

    def logits(self, sheet: Sheet, rows: np.ndarray, task: Task = "classification") -> np.ndarray:
        """Return what rows of a sheet say before softmax, (n, C) float32: a probability p becomes log p.

        Of several labels a probability becomes log p/(1 − p); numbers stay as they are.
        """
        values = np.asarray(sheet.values[rows], dtype=np.float32)
        if task == "regression":
            return values
        if task == "multi_label":
            shares = np.clip(values, SMALLEST, 1 - SMALLEST)
            return values if self.kind == "logits" else np.asarray(np.log(shares / (1 - shares)))
        if self.kind != "probabilities":
            return values
        return np.asarray(np.log(np.maximum(values, np.float32(SMALLEST))))


def read(path: Path) -> Answers:
    """Read a file of answers; a large .npy stays on the disk. Raises DataError."""
    path = Path(path)
    try:
        kind_of_file, sheets, problems = read_file(path)
        if len({sheet.values.shape[1] for sheet in sheets}) > 1:
            counts = " and ".join(f"{sheet.values.shape[1]} ({sheet.part or 'train'})" for sheet in sheets)
            raise DataError(f"its parts have different numbers of classes: {counts}", hint="Save them again, alike.")
        if not all(len(sheet.values) for sheet in sheets):
            raise DataError("it has no rows", hint="Save the answers again.")
    except DataError as error:
        raise DataError(error.message, hint=error.hint, where=error.where or str(path)) from error
    except OSError as error:
        raise DataError(f"the file cannot be read: {error.strerror or error}", where=str(path)) from error
    answered = tuple(_finite(sheet.values) for sheet in sheets)
    if not any(mask.any() for mask in answered):
        raise DataError("none of its rows has a number for each class", hint="Save it again.", where=str(path))
    rows = np.flatnonzero(answered[0])
    kind, found = _kind(sheets[0].values[rows[spread(len(rows), _LOOKED_AT)]])
    answers = Answers(path, kind_of_file, kind, sheets, answered, (*problems, *found))
    missing = sum(int((~mask).sum()) for mask in answered)
    if missing:
        message = f"{missing:,} of its rows have no number for some class and count as not answered"
        answers = replace(answers, problems=(*answers.problems, Problem(message=message, severity="warning")))
    return answers


def title(answers: Answers) -> str:
    """Return one line for people: `Stored answers · 60,000 × 10`."""
    counts = " + ".join(f"{count:,}" for count in answers.counts.values())
    return f"Stored answers · {counts} × {answers.classes}"


def is_distribution(values: np.ndarray) -> bool:
    """Whether rows (n, C) are probabilities of one class out of C: none below 0, and each row sums to 1."""
    sums = values.sum(axis=1, dtype=np.float64)
    return bool(len(values) and values.min() >= -1e-6 and (np.abs(sums - 1) < 0.02).all())


def _kind(rows: np.ndarray) -> tuple[Kind, tuple[Problem, ...]]:
    """Tell probabilities from logits by rows (n, C), and say what was found."""
    rows = np.asarray(rows, dtype=np.float32)
    if is_distribution(rows):
        zeros = int((rows <= 0).sum())
        note = "the answers are probabilities: each row sums to 1"
        more = f"; those of exactly 0 are taken as {SMALLEST:g}" if zeros else ""
        return "probabilities", (Problem(message=note + more, severity="note"),)
    sums = rows.sum(axis=1, dtype=np.float64)
    if rows.min() >= 0 and (np.abs(sums - 100) < 2).all():
        return "probabilities", (Problem(message="the answers are percentages: each row sums to 100", severity="note"),)
    if rows.min() >= 0 and rows.max() <= 1:
        message = f"the answers lie between 0 and 1, but rows sum to {sums.min():.2g} to {sums.max():.2g}"
        hint = "They are taken as shares of each row's sum. If each class was judged by itself, save logits instead."
        return "probabilities", (Problem(message=message, hint=hint, severity="warning"),)
    if np.abs(rows - log_softmax(rows)).max() < 0.02:
        return "log-probabilities", (Problem(message="the answers are logarithms of probabilities", severity="note"),)
    return "logits", (Problem(message="the answers are logits: their rows do not sum to 1", severity="note"),)


def _finite(values: np.ndarray) -> np.ndarray:
    blocks = [np.isfinite(block).all(axis=1) for block in _blocks(values)]
    return np.concatenate(blocks) if blocks else np.empty(0, dtype=bool)


def _blocks(values: np.ndarray) -> Iterator[np.ndarray]:
    for start in range(0, len(values), _BLOCK):
        yield values[start : start + _BLOCK]
