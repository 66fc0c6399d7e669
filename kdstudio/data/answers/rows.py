"""Which row of a file of answers belongs to which input of a data set, and which column to which class."""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np

from kdstudio.core.errors import Problem
from kdstudio.core.targets import Task
from kdstudio.data.answers.answers import Answers
from kdstudio.data.answers.columns import Sheet, numbered
from kdstudio.data.dataset import Dataset, Inputs, Part
from kdstudio.data.image.files import ImageFiles
from kdstudio.data.labels import listed
from kdstudio.data.transfer import Joined

_NAMED = {"train": "training", "validation": "validation", "test": "test"}


@dataclass(frozen=True, slots=True, eq=False)
class Aligned:
    """Answers joined with the inputs of a data set. `order` (C,) is the file's column of each class of the data.

    `rows` has, for the inputs of a shipped part, the sheet and the row (N,) of each of them, −1 where there is none.
    """

    answers: Answers
    order: np.ndarray
    rows: tuple[tuple[Inputs, Sheet, np.ndarray], ...]
    task: Task = "classification"

    def has(self, part: Part) -> np.ndarray:
        """Return which inputs of `part` were answered, (N,) bool."""
        return self._find(part)[1] >= 0

    def logits(self, part: Part) -> np.ndarray:
        """Return the answers to `part`, (N, C) float32, its classes in the data's order; NaN where there is none."""
        sheet, rows = self._find(part)
        values = np.full((len(part), len(self.order)), np.nan, dtype=np.float32)
        there = np.flatnonzero(rows >= 0)
        if sheet is not None:
            values[there] = self.answers.logits(sheet, rows[there], self.task)[:, self.order]
        return values

    def _find(self, part: Part) -> tuple[Sheet | None, np.ndarray]:
        """A split that was taken out of a part shares its inputs, and its `index` are their rows."""
        own = part.inputs.own if isinstance(part.inputs, Joined) else part.inputs  # no answers to a transfer set
        for inputs, sheet, rows in self.rows:
            if inputs is own:
                return sheet, np.append(rows, np.full(len(part.inputs) - len(own), -1))[part.index]
        return None, np.full(len(part), -1, dtype=np.int64)


def align(answers: Answers, dataset: Dataset) -> tuple[Aligned | None, tuple[Problem, ...]]:
    """Join answers with the data, or return None; with everything that is wrong, or worth knowing."""
    order, problems = class_order(answers, dataset.class_names)
    rows: list[tuple[Inputs, Sheet, np.ndarray]] = []
    for sheet, answered in zip(answers.sheets, answers.answered, strict=True):
        found, wrong = _by_name(sheet, dataset) if _has_names(sheet) else _by_number(sheet, dataset)
        problems += wrong
        rows += [(inputs, sheet, np.where((at >= 0) & answered[at], at, -1)) for inputs, at in found]
    has_errors = any(problem.severity == "error" for problem in problems)
    return (None if order is None or has_errors else Aligned(answers, order, tuple(rows), dataset.task)), tuple(
        problems
    )


def class_order(answers: Answers, class_names: tuple[str, ...]) -> tuple[np.ndarray | None, list[Problem]]:
    """Return the column of each class: by name where the columns have the classes' names, else as they are counted."""
    names, classes = answers.sheets[0].names, len(class_names)
    if answers.classes != classes:
        message = f"the file has answers for {answers.classes} classes, the data has {classes}"
        return None, [_error(message, "Choose the answers that were given to this data.")]
    wanted, given = [_plain(name) for name in class_names], [_plain(name) for name in names]
    if names and sorted(wanted) == sorted(given):
        return np.array([given.index(name) for name in wanted], dtype=np.int64), []
    numbers = numbered(names)
    if numbers is not None:
        return np.argsort(numbers), []
    if numbered(class_names) is not None:  # data without names of its own
        return np.arange(classes), []
    if not names:
        note = "the columns are taken in the order of the classes"
        return np.arange(classes), [Problem(message=f"{note}: {listed(class_names)}", severity="note")]
    missing = listed([name for name in class_names if _plain(name) not in given])
    extra = listed([name for name in names if _plain(name) not in wanted])
    hint = "Call each column as its class is called, or number them from 0."
    return None, [_error(f"the columns have other names than the classes: there is no {missing}, but {extra}", hint)]


def _by_number(sheet: Sheet, dataset: Dataset) -> tuple[list[tuple[Inputs, np.ndarray]], list[Problem]]:
    name = sheet.part or "train"
    if name not in dataset.parts:
        message = f"the file has answers for a {_NAMED[name]} part, and the data ships none: they are not used"
        return [], [Problem(message=message, severity="warning")]
    inputs, count = dataset.parts[name].inputs, len(sheet.values)
    size = len(inputs)
    if sheet.keys is not None:
        return _by_keys(sheet.keys, inputs, name)
    if count != size:
        return [], [_wrong_count(count, name, dataset)]
    found = [(inputs, np.arange(size, dtype=np.int64))]
    if not isinstance(inputs, ImageFiles):
        return found, []
    message = "the answers name no files: they are taken in the order of the folder, class by class, by name"
    hint = "Add a column with the file names to be sure."
    return found, [Problem(message=message, hint=hint, severity="warning")]


def _by_keys(keys: np.ndarray, inputs: Inputs, name: str) -> tuple[list[tuple[Inputs, np.ndarray]], list[Problem]]:
    outside = np.flatnonzero((keys < 0) | (keys >= len(inputs)))
    problems = _doubled([int(key) for key in keys])
    if len(outside):
        message = f"{len(outside):,} answers are for rows that the {_NAMED[name]} part ({len(inputs):,} inputs) has not"
        hint = "Rows are counted from 0 in the part as the data set ships it."
        problems.append(_error(f"{message}, the first for row {int(keys[outside[0]]):,}", hint))
    if problems:
        return [], problems
    at = np.full(len(inputs), -1, dtype=np.int64)
    at[keys] = np.arange(len(keys))
    return [(inputs, at)], []


def _by_name(sheet: Sheet, dataset: Dataset) -> tuple[list[tuple[Inputs, np.ndarray]], list[Problem]]:
    """Join by file name, over all parts: by as many of its last folders as tell all inputs apart."""
    assert sheet.keys is not None
    parts = {name: part.inputs for name, part in dataset.parts.items() if name == sheet.part or not sheet.part}
    files = {name: _names(inputs) for name, inputs in parts.items() if isinstance(inputs, ImageFiles)}
    if not files:
        hint = "Leave the names out, or write the row numbers instead."
        return [], [_error("the answers name files, and the inputs of this data are no files", hint)]
    keys = [_path(str(key)) for key in sheet.keys]
    everything = [_path(path) for paths in files.values() for path in paths]
    if not any("." in key[-1] for key in keys):
        everything = [(*path[:-1], PurePosixPath(path[-1]).stem) for path in everything]
    depth = next((d for d in range(1, 9) if len({path[-d:] for path in everything}) == len(everything)), 9)
    place = {key[-depth:]: i for i, key in enumerate(keys)}
    found, start, used = [], 0, 0
    for name, paths in files.items():
        own = everything[start : start + len(paths)]
        at = np.array([place.get(path[-depth:], -1) for path in own], dtype=np.int64)
        found.append((parts[name], at))
        start, used = start + len(paths), used + int((at >= 0).sum())
    problems = _doubled([key[-depth:] for key in keys])
    if not used:
        hint = f"A name must be written as {'/'.join(everything[0][-depth:])} is."
        problems.append(_error(f"no answer names a file of the data (the first is for {'/'.join(keys[0])})", hint))
    elif used < len(keys):
        message = f"{len(keys) - used:,} answers are for files that the data has not, and are not used"
        problems.append(Problem(message=message, severity="warning"))
    return found, problems


def _doubled(keys: Sequence[int | tuple[str, ...]]) -> list[Problem]:
    counts = Counter(keys)
    doubled = [key for key, count in counts.items() if count > 1]
    if not doubled:
        return []
    first = doubled[0] if isinstance(doubled[0], int) else "/".join(doubled[0])
    return [_error(f"{len(doubled):,} inputs are answered more than once, the first is {first}", "Keep one row each.")]


def _wrong_count(count: int, name: str, dataset: Dataset) -> Problem:
    sizes = {part: len(one.inputs) for part, one in dataset.parts.items()}
    message = f"the file has {count:,} rows of answers and the {_NAMED[name]} part {sizes[name]:,} inputs"
    hint = (
        "Row i answers input i of the training part as the data set ships it. Add a column `row` where some are left "
    )
    hint += "out."
    if count == sum(sizes.values()):
        hint = f"It has as many as {listed(list(sizes))} together: save them as arrays of these names in one npz."
    elif count == sizes.get("test"):
        hint = "It has as many as the test part: a student needs the answers to the training inputs."
    return _error(message, hint)


def _names(inputs: ImageFiles) -> list[str]:
    return [inputs.store.names[at] for at in inputs.places.tolist()]


def _has_names(sheet: Sheet) -> bool:
    return sheet.keys is not None and sheet.keys.dtype.kind == "U"


def _path(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.replace(os.sep, "/").replace("\\", "/").split("/") if part not in ("", ".")) or (
        "",
    )


def _plain(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())


def _error(message: str, hint: str) -> Problem:
    return Problem(message=message, hint=hint)
