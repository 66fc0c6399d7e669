"""How a text file of cells is written: its encoding, what separates cells, and where its names stand."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from kdstudio.data import magic
from kdstudio.data.text.cells import decoded

MISSING = frozenset(("", "?", "na", "n/a", "#n/a", "<na>", "nan", "-nan", "null"))  # in lower case
DELIMITERS = ("\t", ";", "|", ",", " ")  # where two fit, the one that people write less often inside of a cell
_HEAD_BYTES = 256 * 1024
_LINES = 200
_EVEN, _RAGGED = 0.95, 0.7  # share of lines with the same number of cells: surely a table, and still one
_MOST_BEFORE = 20  # lines of another shape that may stand before the table
_NUMBER = re.compile(r"[-+]?(\d+([.,]\d*)?|[.,]\d+)([eE][-+]?\d+)?|[-+]?(inf|infinity)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is written. `names` are those of its header, empty where it has none; `skip` lines stand before data.

    `rows` are the first ones, without names, as they are read: stripped, and of equal width.
    """

    encoding: str
    delimiter: str
    names: tuple[str, ...]
    width: int
    skip: int
    rows: tuple[tuple[str, ...], ...]


def layout(path: Path) -> Layout | None:
    """Return how a text file of cells is written, from its beginning, or None where it is no table."""
    start = magic.head(path, _HEAD_BYTES)
    if b"\0" in start and not start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None
    text, encoding = decoded(start)
    text = text if len(start) < _HEAD_BYTES else text.rpartition("\n")[0]
    if text.lstrip()[:1] in ("", "{", "[", "<"):  # empty, JSON, HTML
        return None
    found = [(delimiter, list(islice(rows(text, delimiter), _LINES))) for delimiter in DELIMITERS]
    even = [
        (_evenness(cells), delimiter, cells) for delimiter, cells in found if delimiter != " " or _is_numeric(cells)
    ]
    share, delimiter, cells = next((one for one in even if one[0] >= _EVEN), max(even, key=lambda one: one[0]))
    if share < _RAGGED or any(map(_is_ruler, cells)):
        return None
    return _laid_out(encoding, delimiter, cells)


def rows(text: str, delimiter: str) -> Iterable[list[str]]:
    """Yield the stripped cells of each line, none of an empty one; ends at a cell of more than 131,072 letters."""
    lines = io.StringIO(text, newline="")
    given = (line.strip() for line in lines) if delimiter == " " else lines
    try:
        for row in csv.reader(given, delimiter=delimiter, skipinitialspace=True):
            yield [cell.strip() for cell in row]
    except csv.Error:
        return


def is_missing(cell: str) -> bool:
    """Whether a cell says that its value is not known."""
    return cell.lower() in MISSING


def is_number(cell: str) -> bool:
    """Whether a cell is a number; `1,5` is one too."""
    return _NUMBER.fullmatch(cell) is not None


def _evenness(rows: Sequence[Sequence[str]]) -> float:
    """Return the share of lines after the first that have as many cells as most, 0 where most have one."""
    widths = Counter(len(row) for row in rows[1:] if row)
    if not widths:
        return 0.0
    width, count = widths.most_common(1)[0]
    return count / widths.total() if width > 1 else 0.0


def _is_ruler(row: Sequence[str]) -> bool:
    """Whether a line is the `|---|---|` of a table in Markdown."""
    return any(row) and all(set(cell) <= set("-:") for cell in row)


def _is_numeric(rows: Sequence[Sequence[str]]) -> bool:
    """Whether at least half of the cells are numbers: words with spaces between them are prose."""
    flat = [cell for row in rows[1:] for cell in row]
    return 2 * sum(is_number(cell) for cell in flat) >= len(flat) > 0


def _laid_out(encoding: str, delimiter: str, rows: list[list[str]]) -> Layout:
    width = Counter(len(row) for row in rows[1:] if row).most_common(1)[0][0]
    first = 0
    while first < min(len(rows) - 2, _MOST_BEFORE) and not _belongs(rows[first], rows[first + 1 :], width):
        first += 1
    names: tuple[str, ...] = ()
    body = [row for row in rows[first:] if row]
    if _is_header(body[0], body[1:], width):
        names = tuple(["", *body[0]] if len(body[0]) == width - 1 else body[0])
        body, first = body[1:], first + 1
    same = tuple(tuple(row) for row in body if len(row) == width)
    return Layout(encoding, delimiter, names, width, first, same)


def _belongs(row: list[str], rest: list[list[str]], width: int) -> bool:
    """Whether a first line is part of the table; scikit-learn's own files begin with `150,4,setosa,versicolor,…`."""
    if len(row) == width - 1:  # R leaves the name of the row names out
        return _is_header(row, rest, width)
    is_count = len(row) == width and row[0].isdigit() and row[1] == str(width - 1) and not is_number(row[-1])
    return len(row) == width and not (is_count and all(is_number(cell) for cell in rest[0]))


def _is_header(first: Sequence[str], rest: Sequence[Sequence[str]], width: int) -> bool:
    """Whether a line has names: words above numbers, numbers that count columns, or words that no row repeats."""
    same = [row for row in rest if len(row) == width]
    if not same or not any(first):
        return False
    row = ["", *first] if len(first) == width - 1 else list(first)
    counted = row[1:] if not row[0] else row
    if len(counted) > 2 and counted in ([str(i + base) for i in range(len(counted))] for base in (0, 1)):
        return True
    columns = list(zip(*same, strict=True))
    words = [i for i, name in enumerate(row) if not is_number(name) and not is_missing(name)]
    if any(_is_number_column(columns[i]) for i in words):
        return True
    is_named = len(words) == len([name for name in row if name]) and len(set(row)) == len(row)
    return is_named and len(same) > 1 and not any(row[i] in columns[i] for i in words)


def _is_number_column(column: Sequence[str]) -> bool:
    known = [cell for cell in column if not is_missing(cell)]
    return bool(known) and all(is_number(cell) for cell in known)
