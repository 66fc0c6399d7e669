"""The ways in which texts and their classes are written into files, and how to read each as columns."""

import json
import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kdstudio.core.errors import DataError
from kdstudio.data.text.cells import DELIMITERS, cut, lines
from kdstudio.data.written_labels import written

_NUMBER = re.compile(r"-?\d{1,4}")
_JSON = re.compile(r"\s*(?:\[\s*)?\{")
_LOST = 20  # failures after which a text is given up: each may have looked at all of it
_BEGINNING = re.compile(r"[^\s,\[\]]")  # of a value, after what stands between two
_DECODER = json.JSONDecoder()
_FASTTEXT = "__label__"
_ODD = 0.02  # share of lines that may be damaged


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of cells. `names` is empty without a header, `odd` counts the lines that fit nothing.

    `classes` are the names of numbered classes where the file itself has them.
    """

    columns: tuple[tuple[str, ...], ...] = field(repr=False)
    names: tuple[str, ...] = ()
    odd: int = 0
    classes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.columns[0]) if self.columns else 0


@dataclass(frozen=True, slots=True)
class Form:
    """One way of writing: `read` (text, whether it is whole) gives columns, or None where it is written otherwise."""

    name: str
    words: str  # completes "read as …"
    read: Callable[[str, bool], Table | None] = field(repr=False)


def parquet(path: Path, limit: int | None = None) -> Table:
    """Return the columns of words and whole numbers in a parquet file, up to `limit` rows; raises DataError."""
    import pyarrow as pa
    from pyarrow import parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            schema = file.schema_arrow
            chosen = [known.name for known in schema if _is_cell(known.type, pa)]
            batches = file.iter_batches(batch_size=limit or 65_536, columns=chosen)
            read = [next(batches)] if limit else list(batches)
    except StopIteration:
        read = []
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise DataError(f"it is cut off or damaged: {reason}", hint="Copy or write the file again.") from error
    columns = [[_cell(value) for batch in read for value in batch.column(i).to_pylist()] for i in range(len(chosen))]
    return Table(tuple(map(tuple, columns)), tuple(chosen), classes=_class_names(schema.metadata or {}))


def _is_cell(kind: Any, pa: Any) -> bool:
    words = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _is_cell(kind.value_type, pa)
    return bool(words or pa.types.is_integer(kind) or pa.types.is_boolean(kind) or pa.types.is_floating(kind))


def _class_names(metadata: dict[bytes, bytes]) -> tuple[str, ...]:
    """Return the names that Hugging Face's datasets keeps in the schema of a file."""
    try:
        features = json.loads(metadata.get(b"huggingface", b"{}"))["info"]["features"]
        found = [feature.get("feature", feature) for feature in features.values()]
        found = [feature["names"] for feature in found if feature.get("_type") == "ClassLabel"]
        return tuple(map(str, found[0])) if len(found) == 1 else ()
    except (ValueError, KeyError, TypeError, AttributeError):
        return ()


def _json(text: str, is_whole: bool) -> Table | None:
    """Read JSON objects, one a line or in one list; cells are words, numbers and lists of them, others are left out."""
    if not _JSON.match(text):
        return None
    rows, odd = _objects(text)
    odd -= not is_whole and odd > 0
    if len(rows) < 2 or odd > _ODD * len(rows):
        return None
    names = list(dict.fromkeys(name for row in rows[:1000] for name in row))
    chosen = [name for name in names if not any(_is_nested(row.get(name)) for row in rows[:1000])]
    return Table(tuple(tuple(_cell(row.get(name)) for row in rows) for name in chosen), tuple(chosen), odd)


def _is_nested(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(one, dict | list) for one in value))


def _objects(text: str) -> tuple[list[dict[str, Any]], int]:
    """Return the objects in a text, and how often something else was met, after which the next line is tried."""
    rows: list[dict[str, Any]] = []
    odd = position = 0
    while (found := _BEGINNING.search(text, position)) is not None:
        position = found.start()
        try:
            value, position = _DECODER.raw_decode(text, position)
        except (ValueError, RecursionError):
            odd, line_end = odd + 1, text.find("\n", position)
            if line_end < 0 or odd > _LOST + len(rows):
                break
            position = line_end
            continue
        rows += [value] if isinstance(value, dict) else []
        odd += not isinstance(value, dict)
    return rows, odd


def _delimited(delimiter: str) -> Callable[[str, bool], Table | None]:
    def read(text: str, is_whole: bool) -> Table | None:
        found = cut(text, delimiter, is_whole=is_whole)
        if found is None or len(found.rows) < 2:
            return None
        return Table(tuple(zip(*found.rows, strict=True)), odd=found.odd)

    return read


def _labelled(separator: str, *, is_first: bool) -> Callable[[str, bool], Table | None]:
    """Read lines of a label and a text, which may hold the separator itself."""

    def read(text: str, is_whole: bool) -> Table | None:
        found = lines(text)
        found = found if is_whole else found[:-1]
        divided = [line.partition(separator) if is_first else line.rstrip().rpartition(separator) for line in found]
        rows = [(before, after) for before, middle, after in divided if middle and before.strip() and after.strip()]
        odd = len(found) - len(rows)
        if len(rows) < 2 or odd > _ODD * len(rows) or not _are_labels([row[0 if is_first else 1] for row in rows]):
            return None
        return Table(tuple(zip(*rows, strict=True)), odd=odd)

    return read


def _are_labels(found: Iterable[str]) -> bool:
    """Whether the words at one end of the lines are labels, and not just how sentences begin or end."""
    cells = [cell.strip() for cell in found]
    counts = set(cells)
    if all(cell.startswith(_FASTTEXT) for cell in counts):
        return True
    if not all(re.search(r"\w", cell) for cell in counts):
        return False
    if all(_NUMBER.fullmatch(cell) for cell in counts):
        return len(counts) <= max(2, len(cells) // 2)
    return 2 <= len(counts) <= max(min(2, len(cells) // 4), len(cells) // 20)


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):  # NaN is what pandas writes for nothing
        return ""
    if isinstance(value, list):
        return written(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value if isinstance(value, str) else str(value)


_FORMAT_NAMES = {"\t": "TSV"}
FORMS = (
    Form("JSON", "JSON objects", _json),
    *(
        Form(_FORMAT_NAMES.get(delimiter, "CSV"), f"columns separated by {words}", _delimited(delimiter))
        for delimiter, words in DELIMITERS.items()
    ),
    *(
        Form(
            "labelled lines",
            f"lines {'that begin' if is_first else 'that end'} with the label",
            _labelled(separator, is_first=is_first),
        )
        for separator in (*DELIMITERS, " ")
        for is_first in (True, False)
    ),
)
"""Every way of writing text, the most certain first."""
