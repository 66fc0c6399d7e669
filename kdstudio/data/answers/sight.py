"""Whether a file looks like a teacher's stored answers, from its beginning."""

import re
from pathlib import Path

import numpy as np

from kdstudio.core.errors import DataError
from kdstudio.data import magic
from kdstudio.data.answers.answers import is_distribution
from kdstudio.data.answers.columns import KEYS, numbered, sheets
from kdstudio.data.answers.files import is_answers, is_number, layout, parquet_rows
from kdstudio.data.array_files import columns, is_npz, meaning

SURE, LIKELY, PERHAPS = 0.95, 0.92, 0.5  # a reader of arrays is sure of its own to 0.9, whatever they are
_SAID = re.compile("logit|prob|answer|predict|teacher|softmax", re.IGNORECASE)
_ROWS = 32


def confidence(path: Path) -> float:
    """Return how sure it is, 0..1, that a file holds answers: a few rows are looked at. Never raises."""
    start = magic.head(path)
    try:
        if magic.is_npy(start):
            return _npy(path)
        if magic.is_zip(start):
            return _npz(path)
        if start.startswith(b"PAR1"):
            return _table(path, parquet_rows(path, _ROWS) or [])
        return _text(path)
    except (DataError, OSError, ValueError, MemoryError):
        return 0.0


def _npy(path: Path) -> float:
    (one,) = columns(path)
    if not is_answers(one) or not one.shape[0]:
        return 0.0
    # mapped: only the pages of these rows are read
    array = np.load(path, mmap_mode="r", allow_pickle=False)
    return _judge(path, np.asarray(array[: min(_ROWS, len(array))], dtype=np.float64), meaning(path.stem).role)


def _npz(path: Path) -> float:
    found = columns(path) if is_npz(path) else []
    answers = [column for column in found if is_answers(column)]
    others = [column for column in found if column not in answers]
    is_alone = all(len(column.shape) == 1 and _is_beside(column.key) for column in others)
    is_alike = len({column.shape[1] for column in answers}) == 1
    if not is_alone or not is_alike or any(meaning(column.key).role for column in answers):
        return 0.0
    return SURE if _SAID.search(path.stem + " ".join(column.key for column in answers)) else LIKELY


def _is_beside(key: str) -> bool:
    return key.lower() in KEYS or "class" in key.lower()


def _text(path: Path) -> float:
    found = layout(path)
    if found is None or not all(is_number(cell) for row in found.rows for cell in row[1:]):
        return 0.0
    names = found.names or ("",) * len(found.rows[0])
    cells = [[cell.replace(",", ".") if found.decimal_point == "," else cell for cell in row] for row in found.rows]
    table = []
    for i, name in enumerate(names):
        column = [row[i] for row in cells]
        is_text = not all(is_number(cell) for cell in column)
        table.append((name, np.array(column, dtype=object) if is_text else _numbers(column)))
    return _table(path, table)


def _table(path: Path, table: list[tuple[str, np.ndarray]]) -> float:
    """Judge the first rows of a table; one that has labels beside its numbers is data."""
    if len(table) < 2:
        return 0.0
    found, unused = sheets(table)
    sheet = found[0]
    if unused and not _SAID.search(path.stem) and not is_distribution(sheet.values):
        return 0.0
    is_counted = bool(sheet.names) and numbered(sheet.names) is not None
    sure = _judge(path, sheet.values.astype(np.float64), "")
    return PERHAPS if sure == LIKELY and not is_counted else sure  # any table of measurements looks like this


def _judge(path: Path, rows: np.ndarray, role: str) -> float:
    rows = rows[np.isfinite(rows).all(axis=1)]
    if not len(rows) or role or np.isin(rows, (0, 1)).all():  # one-hot rows are labels
        return 0.0
    if is_distribution(rows):
        return SURE
    if bool((rows == np.floor(rows)).all(axis=0).any()):  # a column of whole numbers is a class, a count or a pixel
        return 0.0
    return SURE if _SAID.search(path.stem) else LIKELY


def _numbers(cells: list[str]) -> np.ndarray:
    return np.array([float(cell) if cell.strip() else np.nan for cell in cells])
