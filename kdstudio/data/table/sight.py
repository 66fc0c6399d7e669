"""Whether a file looks like a table to learn from, by its first rows."""

import re
from pathlib import Path

import numpy as np

from kdstudio.core.errors import DataError
from kdstudio.data.delimited import layout
from kdstudio.data.image.pictures import has_image_name
from kdstudio.data.labels import AUTO
from kdstudio.data.table.columns import Values, features, values
from kdstudio.data.table.file import is_parquet
from kdstudio.data.table.target import could_be_classes, encoded, find_target

NAMED, LIKELY, PERHAPS, UNLIKELY = 0.75, 0.65, 0.35, 0.2
_ROWS = 200
_WORDS, _PROSE = 4, 8  # with so many words in its usual cell a column may be text, or surely is
_FILE = re.compile(r"[^\s]+\.(wav|flac|mp3|ogg|npy|txt)", re.IGNORECASE)


def confidence(path: Path) -> float:
    """Return how sure it is, 0..1, that a file is a table with a class to learn. Never raises.

    A text beside its class, a list of files with their classes and a table of answers are left to others.
    """
    try:
        found = _parquet(path) if is_parquet(path) else _text(path)
        return _judge(*found) if found else 0.0
    except (DataError, OSError, ValueError, MemoryError):
        return 0.0


def _text(path: Path) -> tuple[list[Values], bool] | None:
    import pyarrow as pa

    found = layout(path)
    if found is None or len(found.rows) < 2:
        return None
    names = found.names or ("",) * found.width
    cells = [pa.chunked_array([pa.array(column, pa.string())]) for column in zip(*found.rows, strict=True)]
    columns = [
        values(name or f"column {i}", column) for i, (name, column) in enumerate(zip(names, cells, strict=True), 1)
    ]
    return [column for column in columns if column is not None], bool(found.names)


def _parquet(path: Path) -> tuple[list[Values], bool] | None:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            batch = next(file.iter_batches(batch_size=_ROWS), None)
    except pa.ArrowException:
        return None
    if batch is None:
        return None
    table = pa.Table.from_batches([batch])
    columns = [values(name, column) for name, column in zip(table.column_names, table.columns, strict=True)]
    return [column for column in columns if column is not None], True


def _judge(columns: list[Values], has_names: bool) -> float:
    if len(columns) < 2 or any(_names_files(column) for column in columns):
        return 0.0
    try:
        target = find_target(columns, AUTO, has_names=has_names)
    except DataError:
        return PERHAPS if has_names and _usable(columns) > 2 else 0.0  # it can still be named by a person
    left = [column for column in columns if column not in target]
    usable, words = _usable(left), max(map(_words, left))
    if not usable or (words >= _WORDS and usable < 3):
        return 0.0
    try:
        found = encoded(target, len(columns[0].known), is_proposed=False)
    except DataError:
        return PERHAPS
    if words >= _PROSE:
        return UNLIKELY
    return NAMED if (could_be_classes(target[0]) or found.task != "classification") and has_names else LIKELY


def _usable(columns: list[Values]) -> int:
    """Return how many columns a network could learn from."""
    rows = max((len(column.known) for column in columns), default=0)
    return len(features(columns, rows)[1])


def _words(column: Values) -> float:
    """Return how many words the usual cell has of a column whose cells hardly recur, 0 of another one."""
    if column.numbers is not None or not column.words or 2 * len(column.words) < len(column.known):
        return 0.0
    return float(np.median([len(word.split()) for word in column.words]))


def _names_files(column: Values) -> bool:
    """Whether a column lists files: their classes are a list for the reader of these files."""
    some = column.words[:20]
    return bool(some) and all(has_image_name(word) or _FILE.fullmatch(word) for word in some)
