"""Which column of a table of answers is what: the key of the row, its part, the classes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kdstudio.core.errors import DataError, Problem
from kdstudio.data.array_files import meaning
from kdstudio.data.labels import listed

KEYS = frozenset({
    "index", "idx", "row", "rows", "id", "ids", "key", "keys", "file", "files", "filename", "filenames", "file_name",
    "file_names", "path", "paths", "image", "images", "name", "names", "unnamed:_0",
})  # fmt: skip
_PARTS = frozenset(("split", "part", "subset"))
_LABELS = frozenset({"label", "labels", "target", "targets", "y", "y_true", "true", "truth", "class"})
_OTHERS = _LABELS | {"prediction", "predictions", "predicted", "pred", "y_pred", "loss", "confidence"}
_NUMBERED = re.compile(r"(?:[a-z_ ]*[a-z][_ .:-]?)?(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """One array of answers as a file has it: `values` (N, C), perhaps memory-mapped, of the part `part`.

    `part` is empty where the file names none. `keys` (N,) are row numbers (int64) or file names (str), None where row i
    is input i. `names` are those of the columns, empty where there are none. `labels` (N,) are the true classes where
    the file has them: numbers (int64, −1 where one is missing) or names (str).
    """

    values: np.ndarray
    part: str = ""
    keys: np.ndarray | None = None
    names: tuple[str, ...] = ()
    labels: np.ndarray | None = None


def sheets(columns: Sequence[tuple[str, np.ndarray]]) -> tuple[tuple[Sheet, ...], tuple[Problem, ...]]:
    """Return the answers of each part in a table of named columns (a name is empty where the table has no header).

    Raises DataError where fewer than two columns are left for classes.
    """
    key = _key(columns)
    part = next((i for i, (name, column) in enumerate(columns) if _plain(name) in _PARTS and _is_text(column)), None)
    left = [i for i in range(len(columns)) if i not in (key, part)]
    unused = [i for i in left if _is_text(columns[i][1]) or (_plain(columns[i][0]) in _OTHERS)]
    classes = [i for i in left if i not in unused]
    if len(classes) < 2:
        shown = listed([name or f"column {i + 1}" for i, (name, _) in enumerate(columns)])
        raise DataError(
            f"there are no answers in it: a column of numbers for each class is needed, and there is {shown}",
            hint="Save one column a class: predict_proba(x), or the logits.",
        )
    values = np.stack([np.asarray(columns[i][1], dtype=np.float32) for i in classes], axis=1)
    whole = Sheet(
        values=values,
        keys=None if key is None else _keys(columns[key][1]),
        names=tuple(columns[i][0] for i in classes) if all(columns[i][0] for i in classes) else (),
        labels=next((found for i in unused if (found := labels(*columns[i])) is not None), None),
    )
    named = [columns[i][0] or f"column {i + 1}" for i in unused]
    problems = [Problem(message=f"not answers and not used: {listed(named)}", severity="note")] if unused else []
    return (whole,) if part is None else _by_part(whole, columns[part][1]), tuple(problems)


def numbered(names: Sequence[str]) -> np.ndarray | None:
    """Return the class numbers (C,) that names such as `3`, `class_3`, `logit3` count, or None where they are words."""
    found = [_NUMBERED.fullmatch(name.strip()) for name in names]
    numbers = np.array([int(match[1]) if match else -1 for match in found], dtype=np.int64)
    numbers -= min(1, max(0, int(numbers.min(initial=0))))  # counted from 1
    return numbers if len(names) and np.array_equal(np.sort(numbers), np.arange(len(names))) else None


def is_key_name(name: str) -> bool:
    """Whether a column called so names its row; pandas leaves the name of an index empty."""
    return _plain(name) in KEYS


def labels(name: str, column: np.ndarray) -> np.ndarray | None:
    """Return the true classes that a column called so holds, as `Sheet.labels` has them; None where it is no such."""
    if _plain(name) not in _LABELS or column.ndim != 1:
        return None
    if _is_text(column):
        return column.astype(str)
    known = np.isfinite(column) if column.dtype.kind == "f" else np.ones(len(column), dtype=bool)
    if column.dtype.kind not in "iuf" or not (column[known] == np.floor(column[known])).all():
        return None
    return np.where(known, np.where(known, column, -1).astype(np.int64), -1)


def is_row_numbers(column: np.ndarray) -> bool:
    """Whether numbers can be those of rows: whole, at least 0, and each but once."""
    if column.dtype.kind not in "iuf" or not len(column) or not np.isfinite(column).all():
        return False
    return bool((column >= 0).all() and (column == np.floor(column)).all() and len(np.unique(column)) == len(column))


def _key(columns: Sequence[tuple[str, np.ndarray]]) -> int | None:
    for i, (name, column) in enumerate(columns):
        if is_key_name(name) and (_is_text(column) or is_row_numbers(column)):
            return i
    first = columns[0][1] if columns else np.empty(0)
    if _is_text(first) and _plain(columns[0][0]) not in _PARTS:
        return 0
    rest = [column for _, column in columns[1:] if not _is_text(column)]
    is_counted = is_row_numbers(first) and len(first) > 1 and not columns[0][0]
    if is_counted and any(not _is_whole(column) for column in rest):
        return 0
    return None


def _keys(column: np.ndarray) -> np.ndarray:
    return column.astype(str) if _is_text(column) else column.astype(np.int64)


def _by_part(whole: Sheet, column: np.ndarray) -> tuple[Sheet, ...]:
    said = np.array([meaning(str(word)).split for word in column])
    if not all(said):
        word = str(column[int(np.flatnonzero(said == "")[0])])
        raise DataError(f"{word!r} is no part of a data set", hint="Parts are called train, validation and test.")
    return tuple(
        Sheet(
            whole.values[rows],
            str(part),
            None if whole.keys is None else whole.keys[rows],
            whole.names,
            None if whole.labels is None else whole.labels[rows],
        )
        for part in np.unique(said)
        for rows in (np.flatnonzero(said == part),)
    )


def _is_text(column: np.ndarray) -> bool:
    return column.dtype.kind in "OUS"


def _is_whole(column: np.ndarray) -> bool:
    return column.dtype.kind in "iu" or bool((column == np.floor(column)).all())


def _plain(name: str) -> str:
    return name.strip().lower().replace(" ", "_") or "\0"
