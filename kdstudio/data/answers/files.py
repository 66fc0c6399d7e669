"""Files of answers: CSV, npy, npz and parquet, as arrays with what is written beside them."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kdstudio.core.errors import DataError, Problem
from kdstudio.data import magic
from kdstudio.data.answers.columns import Sheet, is_key_name, labels, sheets
from kdstudio.data.array_files import Column, columns, meaning
from kdstudio.data.labels import listed

Read = tuple[str, tuple[Sheet, ...], tuple[Problem, ...]]  # format, answers, notes
_NUMBER = re.compile(r"\s*[-+]?(\d+([.,]\d*)?|[.,]\d+)([eE][-+]?\d+)?\s*|\s*[-+]?(nan|inf|infinity)\s*|", re.IGNORECASE)
_DELIMITERS = (",", ";", "\t", " ")
_HEAD_BYTES = 1024**2


@dataclass(frozen=True, slots=True)
class Layout:
    """How a CSV is written: what separates its cells, its decimal point, and whether its first line has names."""

    delimiter: str
    decimal_point: str
    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]  # the first ones, without the names


def read_file(path: Path) -> Read:
    """Return the answers in a file, told by its content; raises DataError where there are none or it is damaged."""
    start = magic.head(path)
    if magic.is_npy(start):
        (one,) = columns(path)
        if not is_answers(one):
            raise DataError(f"it holds one array of {_shape(one)}, not answers (inputs, classes)", hint=_HINT)
        return "npy", (Sheet(one.load()),), ()
    if magic.is_zip(start):
        return "npz", *_npz(columns(path))
    if start.startswith(b"PAR1"):
        return "parquet", *sheets(_parquet(path))
    return "CSV", *sheets(_csv(path))


def is_answers(column: Column) -> bool:
    """Whether an array has the shape and type of answers: floats (N, C) of at least two classes."""
    return len(column.shape) == 2 and column.shape[1] > 1 and column.dtype.kind == "f"


def layout(path: Path) -> Layout | None:
    """Return how a text file of numbers is written, from its beginning, or None where it is no table of them."""
    start = magic.head(path, _HEAD_BYTES)
    if b"\0" in start:
        return None
    text = start.decode("utf-8-sig", errors="replace")
    lines = [line for line in (text if len(start) < _HEAD_BYTES else text.rpartition("\n")[0]).splitlines() if line]
    best: Layout | None = None
    for delimiter in _DELIMITERS:
        try:
            rows = [tuple(row) for row in csv.reader(lines[:50], delimiter=delimiter, strict=True)]
        except csv.Error:
            continue
        widths = {len(row) for row in rows}
        is_wider = best is None or len(rows[0]) > len(best.rows[0])
        if len(widths) == 1 and widths != {1} and len(rows) > 1 and is_wider:
            names = rows[0] if _is_header(rows) else ()
            rows = rows[1:] if names else rows
            comma = delimiter != "," and any("," in cell and _NUMBER.fullmatch(cell) for row in rows for cell in row)
            best = Layout(delimiter, "," if comma else ".", names, tuple(rows))
    return best


def is_number(cell: str) -> bool:
    """Whether a cell of a table is a number, or empty."""
    return bool(_NUMBER.fullmatch(cell))


def parquet_rows(path: Path, count: int) -> list[tuple[str, np.ndarray]] | None:
    """Return the first rows of a parquet file as named columns, or None where it cannot be read."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            batch = next(file.iter_batches(batch_size=count), None)
        return None if batch is None else _arrow(pa.Table.from_batches([batch]))
    except (pa.ArrowException, OSError, ValueError):
        return None


def _is_header(rows: Sequence[tuple[str, ...]]) -> bool:
    """Whether the first row has names: words where the second has numbers, or classes that are counted up."""
    first, second = rows[0], rows[1]
    if any(not is_number(name) and is_number(cell) for name, cell in zip(first, second, strict=True)):
        return True
    counted = first[1:] if not is_number(first[0]) or is_key_name(first[0]) or not first[0].strip() else first
    is_counted = [name.strip() for name in counted] in ([str(i + base) for i in range(len(counted))] for base in (0, 1))
    return is_counted and any("." in cell or "e" in cell.lower() for cell in second[1:])


def _csv(path: Path) -> list[tuple[str, np.ndarray]]:
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    found = layout(path)
    if found is None:
        raise DataError("it is no table of numbers with the same number of columns in each line", hint=_HINT)
    for encoding in ("utf8", "latin-1"):
        try:
            table = arrow_csv.read_csv(
                path,
                read_options=arrow_csv.ReadOptions(
                    autogenerate_column_names=True, skip_rows=1 if found.names else 0, encoding=encoding
                ),
                parse_options=arrow_csv.ParseOptions(delimiter=found.delimiter),
                convert_options=arrow_csv.ConvertOptions(decimal_point=found.decimal_point),
            )
        except pa.ArrowInvalid as error:
            if encoding == "utf8" and "UTF8" in str(error).upper():
                continue
            raise DataError(f"it is damaged: {_first_line(error)}", hint="Save it again.") from error
        else:
            break
    names = found.names or ("",) * table.num_columns
    return [(name, column) for name, (_, column) in zip(names, _arrow(table), strict=True)]


def _parquet(path: Path) -> list[tuple[str, np.ndarray]]:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        return _arrow(parquet.read_table(path))
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"it is damaged: {_first_line(error)}", hint="Copy or save it again.") from error


def _arrow(table: Any) -> list[tuple[str, np.ndarray]]:
    """Return an arrow table's columns; a column of lists of numbers is taken apart into one column a class."""
    import pyarrow as pa

    found: list[tuple[str, np.ndarray]] = []
    for name, column in zip(table.column_names, table.columns, strict=True):
        kind = column.type
        if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
            found += _lists(name, column.combine_chunks())
        elif pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind):
            dtype = np.dtype(np.int64) if pa.types.is_integer(kind) and not column.null_count else np.dtype(np.float64)
            found.append((name, np.asarray(column.to_numpy(zero_copy_only=False)).astype(dtype)))
        elif pa.types.is_null(kind):
            found.append((name, np.full(len(column), np.nan)))
        else:
            found.append((name, np.array([str(value) for value in column.to_pylist()], dtype=object)))
    return found


def _lists(name: str, column: Any) -> list[tuple[str, np.ndarray]]:
    width = {len(value) for value in column.to_pylist() if value is not None}
    if len(width) != 1 or column.null_count:
        raise DataError(f"the lists in {name!r} have different lengths", hint="Save one number for each class.")
    values = np.asarray(column.flatten().to_numpy(zero_copy_only=False), dtype=np.float64).reshape(len(column), -1)
    return [(str(i), values[:, i]) for i in range(values.shape[1])]


def _npz(found: Sequence[Column]) -> tuple[tuple[Sheet, ...], tuple[Problem, ...]]:
    chosen: dict[str, Column] = {}
    for column in filter(is_answers, found):
        part = meaning(column.key).split
        if part in chosen and "logit" not in column.key.lower():
            if "logit" not in chosen[part].key.lower():
                what = f"two arrays of answers: {chosen[part].key} and {column.key}"
                raise DataError(f"the file holds {what}", hint="Keep one, or call them train and test.")
            continue
        chosen[part] = column
    if not chosen:
        arrays = listed([f"{column.key} ({_shape(column)})" for column in found])
        raise DataError(f"it holds no answers (inputs, classes): {arrays or 'no arrays'}", hint=_HINT)
    names = _texts(found, next(iter(chosen.values())).shape[1])
    made = [
        Sheet(column.load(), part, _keys(found, column, part), names, _labels(found, column, part))
        for part, column in chosen.items()
    ]
    return tuple(made), ()


def _labels(found: Sequence[Column], values: Column, part: str) -> np.ndarray | None:
    """Return the true classes of the rows of `values`: an array as long as it, called labels, targets, y …"""
    for column in found:
        said = meaning(column.key)
        if said.role == "labels" and said.split == part and column.shape == values.shape[:1]:
            one = column.load()
            return labels("labels", _text(one))
    return None


def _texts(found: Sequence[Column], classes: int) -> tuple[str, ...]:
    for column in found:
        if column.dtype.kind in "US" and column.shape == (classes,) and "class" in column.key.lower():
            return tuple(_text(column.load()))
    return ()


def _keys(found: Sequence[Column], values: Column, part: str) -> np.ndarray | None:
    """Return the array that names the rows of `values`: as long as it, and called index, files, names …"""
    for column in found:
        stem = re.sub(r"_?(train|validation|valid|val|test)_?", "", column.key.lower())
        is_key = is_key_name(stem) and column.shape == values.shape[:1] and meaning(column.key).split == part
        if is_key and column.dtype.kind in "iuUS":
            keys = column.load()
            return _text(keys) if column.dtype.kind in "US" else keys.astype(np.int64)
    return None


def _text(values: np.ndarray) -> np.ndarray:
    return np.char.decode(values, "utf-8") if values.dtype.kind == "S" else values


def _shape(column: Column) -> str:
    return f"{' × '.join(f'{size:,}' for size in column.shape) or 'one number'} of {column.dtype}"


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:160] if str(error) else type(error).__name__


_HINT = "Answers are one row of numbers for each input: probabilities (predict_proba) or logits, one column a class."
