"""A file with a table in it, CSV or Parquet, read whole as named columns of Arrow."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kdstudio.core.errors import DataError, Problem
from kdstudio.data import magic
from kdstudio.data.delimited import Layout, layout, rows
from kdstudio.data.labels import listed

if TYPE_CHECKING:
    import pyarrow

_BLOCK_BYTES = 16 * 1024**2  # a line must fit in it
_AGAIN = "Copy or save the file again."


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """The columns of a file: cells of CSV as text, those of Parquet in their own types. `has_names`: with a header."""

    path: Path
    columns: "pyarrow.Table"
    has_names: bool
    problems: tuple[Problem, ...] = ()


def is_parquet(path: Path) -> bool:
    """Whether a file begins as Parquet does."""
    return magic.head(path, 4) == b"PAR1"


def read_table(path: Path) -> Table:
    """Read the table in a file; raises DataError where there is none, or where it is damaged."""
    import pyarrow as pa

    try:
        if is_parquet(path):
            return _parquet(path)
        found = layout(path)
        if found is None:
            message = f"{path.name} is no table: its lines do not have the same number of cells"
            raise DataError(message, hint="Save it as CSV or as Parquet.", where=str(path))
        return _csv(path, found)
    except pa.ArrowException as error:
        reason = str(error).partition("\n")[0][:160]
        raise DataError(f"{path.name} is damaged: {reason}", hint=_AGAIN, where=str(path)) from error


def unique_names(names: Sequence[str], width: int, path: Path) -> tuple[tuple[str, ...], tuple[Problem, ...]]:
    """Return a name of its own for each column: `column 3` in a file without names, `unnamed 3` in one with."""
    taken: dict[str, int] = {}
    unique = []
    for number, given in enumerate(names or ("",) * width, 1):
        name = given or f"{'unnamed' if names else 'column'} {number}"
        taken[name] = taken.get(name, 0) + 1
        unique.append(name if taken[name] == 1 else f"{name} ({taken[name]})")
    twice = [name for name, count in taken.items() if count > 1]
    if not twice:
        return tuple(unique), ()
    message = f"more than one column is called {listed(twice)}: the later ones are called {twice[0]} (2) and so on"
    return tuple(unique), (Problem(message=message, severity="note", where=str(path)),)


def _parquet(path: Path) -> Table:
    from pyarrow import parquet

    columns = parquet.read_table(path)
    names, problems = unique_names(columns.column_names, columns.num_columns, path)
    return Table(path, columns.rename_columns(list(names)), True, problems)


def _csv(path: Path, found: Layout) -> Table:
    ragged: list[str] = []
    columns = _by_csv_module(path, found, ragged) if found.delimiter == " " else _by_arrow(path, found, ragged)
    names, problems = unique_names(found.names, columns.num_columns, path)
    if ragged:
        message = f"{len(ragged):,} lines of {path.name} do not have {found.width} cells and are left out: {ragged[0]}"
        hint = "Complete these lines, or put quotes around cells that have the separator in them."
        problems += (Problem(message=message, hint=hint, severity="warning", where=str(path)),)
    return Table(path, columns.rename_columns(list(names)), bool(found.names), problems)


def _by_arrow(path: Path, found: Layout, ragged: list[str]) -> "pyarrow.Table":
    """Return all cells as text. A letter that is not UTF-8 far into the file shows that it is Latin-1."""
    import pyarrow as pa
    from pyarrow import csv

    def leave_out(row: Any) -> str:
        ragged.append(str(row.text)[:80])
        return "skip"

    keys = [str(i) for i in range(found.width)]
    for encoding in dict.fromkeys((found.encoding, "Latin-1")):
        ragged.clear()
        try:
            return csv.read_csv(
                path,
                csv.ReadOptions(
                    column_names=keys, skip_rows=found.skip, encoding=encoding.lower(), block_size=_BLOCK_BYTES
                ),
                csv.ParseOptions(delimiter=found.delimiter, newlines_in_values=True, invalid_row_handler=leave_out),
                csv.ConvertOptions(column_types=dict.fromkeys(keys, pa.string())),
            )
        except (pa.ArrowInvalid, UnicodeDecodeError) as error:
            if encoding == "Latin-1" or "UTF" not in str(error).upper():
                raise
    raise AssertionError("Latin-1 takes any bytes")


def _by_csv_module(path: Path, found: Layout, ragged: list[str]) -> "pyarrow.Table":
    """Return all cells as text, where any number of spaces separates them."""
    import pyarrow as pa

    body = list(rows(path.read_text(encoding=found.encoding, errors="replace"), " "))[found.skip :]
    ragged += [" ".join(row)[:80] for row in body if row and len(row) != found.width]
    columns = list(zip(*(row for row in body if len(row) == found.width), strict=True))
    return pa.table([pa.array(column, pa.string()) for column in columns], names=[str(i) for i in range(found.width)])
