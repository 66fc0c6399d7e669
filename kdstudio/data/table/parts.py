"""The tables in a folder as the parts of one data set, put one below the other."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kdstudio.core.errors import DataError
from kdstudio.data import magic
from kdstudio.data.array_files import meaning
from kdstudio.data.delimited import layout
from kdstudio.data.labels import listed
from kdstudio.data.table.file import Table, is_parquet

if TYPE_CHECKING:
    import pyarrow

PARTS = ("train", "validation", "test")
_PROSE = re.compile(r"readme|licen[cs]e|copying|changelog|citation|.*\.(md|rst|names|py|json|html?)", re.IGNORECASE)


def table_files(folder: Path) -> dict[str, Path]:
    """Return the file of each part in a folder, training first; none where it holds no table or too many for one.

    `adult.data` and `adult.test` are training and test: what names no part is training where another one is the test.
    """
    tables = [path for path in magic.few_files(folder) if _may_be_table(path)]
    split = {path: meaning(path.name).split for path in tables}
    named = {part: [path for path in tables if split[path] == part] for part in PARTS}
    if not named["train"]:
        named["train"] = [path for path in tables if not split[path]]
    if len(named["train"]) != 1 or any(len(paths) > 1 for paths in named.values()):
        return {}
    return {part: paths[0] for part, paths in named.items() if paths}


def joined(tables: Sequence[Table]) -> "pyarrow.Table":
    """Return the rows of all tables, those of the first one first; raises DataError where their columns differ.

    One column may be missing in a later table: contests keep the classes of their test part to themselves.
    """
    import pyarrow as pa

    first = tables[0]
    names = first.columns.column_names
    found = [first.columns]
    for table in tables[1:]:
        columns = table.columns
        if not (first.has_names and table.has_names) and columns.num_columns == len(names):
            columns = columns.rename_columns(names)
        lacking = [name for name in names if name not in columns.column_names]
        if len(lacking) > 1:
            message = f"{table.path.name} lacks columns that {first.path.name} has: {listed(lacking)}"
            raise DataError(message, hint="Give all parts the same columns.", where=str(table.path))
        found.append(columns.select([name for name in names if name not in lacking]))
    try:
        return pa.concat_tables(found, promote_options="permissive")
    except pa.ArrowException as error:
        message = f"a column has other values in {tables[-1].path.name} than in {first.path.name}: {error}"
        raise DataError(message, hint="Save all parts alike.") from error


def _may_be_table(path: Path) -> bool:
    return not _PROSE.fullmatch(path.name) and (is_parquet(path) or layout(path) is not None)
