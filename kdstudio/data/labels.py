"""From labels as they are stored (numbers, one-hot rows, words) to class indices and class names."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kdstudio.core.errors import DataError, Problem
from kdstudio.core.targets import Task, is_known, is_multi_hot

EMPTY = "no training inputs of"
AUTO = "auto"  # the class column that nobody chose
_LARGEST_GAP = 1000  # labels that leave out more numbers than this are identifiers and not class indices


@dataclass(frozen=True, slots=True)
class Labels:
    """The classes of every part: `targets` part → (N,) int64, -1 where there is no label; or as `task` has them."""

    targets: dict[str, np.ndarray]
    class_names: tuple[str, ...]
    problems: tuple[Problem, ...] = ()
    task: Task = "classification"


def natural_key(name: str) -> tuple[Any, ...]:
    """Return a sort key that counts: `class 2` before `class 10`."""
    parts = re.split(r"(\d+)", unicodedata.normalize("NFC", name).casefold())
    return (tuple(int(part) if i % 2 else part for i, part in enumerate(parts)), name)


def encode(columns: Mapping[str, np.ndarray], names: Sequence[str] = ()) -> Labels:
    """Return class indices for the stored labels of each part, all parts counted the same way.

    A column is (N,) of numbers or words, or one-hot (N, C). Rows of 0 and 1 that are not one-hot say which of several
    labels an input has; fractions are numbers to predict.
    `names` are the class names if they are known. Without them, classes are called by their number; labels that count
    from 1 are shifted to 0. Raises DataError where the labels are none of these.
    """
    if (several := numeric(columns, names)) is not None:
        return several
    flat = {part: _flat(part, np.asarray(column)) for part, column in columns.items()}
    if any(column.dtype.kind == "U" for column, _ in flat.values()):
        return _from_words({part: column for part, (column, _) in flat.items()})
    width = max(count for _, count in flat.values())
    return _from_numbers({part: column for part, (column, _) in flat.items()}, width, names)


def numeric(columns: Mapping[str, np.ndarray], names: Sequence[str] = ()) -> Labels | None:
    """Return labels of which an input may have several, or numbers to predict; None where there is one class each.

    A column is (N,) or (N, C) of numbers, NaN where nothing is known.
    """
    arrays = {part: np.asarray(column) for part, column in columns.items()}
    if any(array.dtype.kind not in "biuf" or array.ndim > 2 for array in arrays.values()):
        return None
    arrays = {part: array[:, None] if array.ndim == 1 else array for part, array in arrays.items()}
    widths = {array.shape[1] for array in arrays.values()}
    rows = np.concatenate([array[is_known(array.astype(np.float32))] for array in arrays.values()])
    if len(widths) != 1 or not len(rows) or not np.isfinite(rows).all():
        return None
    several = is_multi_hot(rows) and bool((rows.sum(axis=1) != 1).any())
    if not several and not _are_fractions(rows):
        return None
    targets = {part: array.astype(np.float32) for part, array in arrays.items()}
    width = widths.pop()
    if len(names) != width:
        names = ("value",) if width == 1 else [str(i) for i in range(width)]
    return Labels(targets, tuple(names), (), "multi_label" if several else "regression")


def _are_fractions(rows: np.ndarray) -> bool:
    """Whether values are measured: not whole, and no shares of one whole, which are a teacher's answers."""
    if rows.dtype.kind != "f" or (rows == np.floor(rows)).all():
        return False
    is_shares = rows.shape[1] > 1 and rows.min() >= 0 and np.allclose(rows.sum(axis=1), 1, atol=1e-3)
    return not is_shares


def empty_classes(counts: np.ndarray, class_names: Sequence[str]) -> tuple[Problem, ...]:
    """Return a warning for the classes without training inputs, given the counts (C,)."""
    empty = [class_names[i] for i in np.flatnonzero(counts == 0).tolist()]
    if not empty:
        return ()
    message = f"{EMPTY} {listed(empty)}"
    return (Problem(message=message, hint="Check that the labels are complete.", severity="warning"),)


def listed(names: Sequence[str], most: int = 5) -> str:
    """Return names as people list them, with a count of those left out."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most:,} more" if len(names) > most else shown


def _flat(part: str, column: np.ndarray) -> tuple[np.ndarray, int]:
    """Return labels (N,) as int64 or str, and the number of classes where one-hot rows tell it (else 0)."""
    if column.dtype.kind == "O":
        raise DataError(f"the {part} labels are Python objects", hint="Store them as numbers or as strings.")
    if column.ndim == 2 and column.shape[1] == 1:
        column = column[:, 0]
    if column.dtype.kind in "US":
        if column.ndim != 1:
            raise _wrong_shape(part, column)
        return (np.char.decode(column, "utf-8") if column.dtype.kind == "S" else column), 0
    if column.dtype.kind not in "biuf":
        raise DataError(f"the {part} labels are of type {column.dtype}", hint="Store them as numbers or as strings.")
    if column.dtype.kind == "f" and not np.isfinite(column).all():
        bad = np.flatnonzero(~np.isfinite(column.reshape(len(column), -1)).all(axis=1))
        message = f"{len(bad):,} of the {part} labels are NaN or infinite, the first at row {bad[0]:,}"
        raise DataError(message, hint="Remove these rows, or give them their class.")
    if column.ndim == 2:
        return _from_one_hot(part, column)
    if column.ndim != 1:
        raise _wrong_shape(part, column)
    return column.astype(np.int64), 0


def _from_one_hot(part: str, rows: np.ndarray) -> tuple[np.ndarray, int]:
    is_one_hot = np.isin(rows, (0, 1)).all() and (rows.sum(axis=1) == 1).all()
    if not is_one_hot:
        raise _wrong_shape(part, rows)
    return rows.argmax(axis=1).astype(np.int64), rows.shape[1]


def _wrong_shape(part: str, column: np.ndarray) -> DataError:
    shape = " × ".join(f"{size:,}" for size in column.shape)
    return DataError(
        f"the {part} labels ({shape}) are not one class per image", hint="Give one number, name or one-hot row each."
    )


def _from_words(columns: dict[str, np.ndarray]) -> Labels:
    if any(column.dtype.kind != "U" for column in columns.values()):
        raise DataError("some parts have labels in words and others in numbers", hint="Label all parts the same way.")
    names = sorted({str(name) for column in columns.values() for name in np.unique(column)}, key=natural_key)
    if len(names) < 2:
        raise one_class(names)
    number = {name: i for i, name in enumerate(names)}
    targets = {
        part: np.array([number[str(name)] for name in column], dtype=np.int64) for part, column in columns.items()
    }
    return Labels(targets, tuple(names))


def _from_numbers(columns: dict[str, np.ndarray], width: int, names: Sequence[str]) -> Labels:
    values = np.unique(np.concatenate(list(columns.values())))
    if np.array_equal(values, [-1, 1]):
        targets = {part: (column > 0).astype(np.int64) for part, column in columns.items()}
        return Labels(targets, tuple(names) if len(names) == 2 else ("-1", "1"))
    if len(values) and values[0] < -1:
        hint = "Classes count from 0; -1 stands for an image without a label."
        raise DataError(f"there are negative labels, down to {values[0]}", hint=hint)
    values = values[values >= 0]
    if len(values) < 2 and max(width, len(names)) < 2:
        raise one_class([str(value) for value in values])
    largest = int(values[-1]) if len(values) else 0
    if largest + 1 > len(values) + _LARGEST_GAP:
        return _from_identifiers(columns, values)
    counts_from_one = (
        not width and len(values) and values[0] == 1 and largest == len(values) and len(names) in (0, largest)
    )
    if counts_from_one:
        targets = {part: np.where(column > 0, column - 1, -1) for part, column in columns.items()}
        class_names = tuple(names) or tuple(str(value) for value in values)
        note = Problem(message=f"labels count from 1 to {largest}: label 1 is the first class", severity="note")
        return Labels(targets, class_names, (note,))
    return _named(columns, max(width, largest + 1), names)


def _named(columns: dict[str, np.ndarray], classes: int, names: Sequence[str]) -> Labels:
    if not names or len(names) >= classes:
        return Labels(columns, tuple(names) or tuple(str(i) for i in range(classes)))
    message = f"{len(names)} class names are given, but the labels need {classes}: the names are not used"
    problem = Problem(message=message, hint="Complete the list of class names.", severity="warning")
    return Labels(columns, tuple(str(i) for i in range(classes)), (problem,))


def _from_identifiers(columns: dict[str, np.ndarray], values: np.ndarray) -> Labels:
    targets = {
        part: np.where(column >= 0, np.searchsorted(values, column), -1).astype(np.int64)
        for part, column in columns.items()
    }
    return Labels(targets, tuple(str(value) for value in values))


def unlabelled(hint: str) -> Problem:
    """Return the note about data without any label; `hint` says how labels would be given."""
    message = "these images have no labels: a student can learn the teacher's answers to them, and accuracy stays empty"
    return Problem(message=message, hint=hint, severity="note")


def no_column(wanted: str, columns: Sequence[str]) -> DataError:
    """Return the error for a column of classes that a person named and that is not there."""
    return DataError(f"there is no column called {wanted!r}", hint=f"The columns are: {listed(columns, most=40)}.")


def one_class(names: Sequence[str]) -> DataError:
    """Return the error for data in which nothing can be told apart."""
    what = f"only one class ({names[0]})" if names else "no labels"
    return DataError(f"there is {what} in the data", hint="A classifier needs at least two classes.")
