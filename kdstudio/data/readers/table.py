"""Tables: rows of numbers and categories with a column of classes, in CSV, TSV or Parquet, one file or one a part."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np

from kdstudio.core.errors import DataError, Problem
from kdstudio.data.dataset import Dataset, Part
from kdstudio.data.kinds import TableInputs
from kdstudio.data.labels import AUTO, empty_classes
from kdstudio.data.table.columns import Values, features, values
from kdstudio.data.table.file import Table, is_parquet, read_table
from kdstudio.data.table.parts import joined, table_files
from kdstudio.data.table.sight import confidence
from kdstudio.data.table.target import Target, encoded, find_target


class TableReader:
    """Reads a table, or the training and test tables in a folder."""

    title: ClassVar[str] = "a table (CSV, TSV or Parquet) with a column of classes"

    @staticmethod
    def sniff(path: Path) -> float:
        """Judge by the first rows whether there are columns that a network could learn from, and a class."""
        if not path.is_dir():
            return confidence(path)
        files = table_files(path)
        return min((confidence(file) for file in files.values()), default=0.0)

    @staticmethod
    def read(path: Path) -> Dataset:
        """Read the table and propose the column of its classes; raises DataError where there is none."""
        return TableReader.read_target(path, AUTO)

    @staticmethod
    def read_target(path: Path, target: str) -> Dataset:
        """Read the table with the classes in the column `target`."""
        return TableReader.read_parts({"train": path} if not path.is_dir() else table_files(path), target, path)

    @staticmethod
    def read_parts(files: Mapping[str, Path], target: str, path: Path | None = None) -> Dataset:
        """Read a table for each part; `path` is what they are called together."""
        tables = {part: read_table(file) for part, file in files.items()}
        columns, problems = _columns(tables)
        counts = [table.columns.num_rows for table in tables.values()]
        has_names = next(iter(tables.values())).has_names
        classes = encoded(find_target(columns, target, has_names=has_names), counts[0], is_proposed=target == AUTO)
        array, described, said = features([c for c in columns if c.name not in classes.columns], counts[0])
        if not described:
            hint = "A table needs at least one column of numbers or of a few categories beside its class."
            raise DataError("no column is left to learn from", hint=hint)
        starts = np.cumsum([0, *counts])
        parts = {
            part: Part.whole(TableInputs(array[start:stop], described), classes.targets[start:stop])
            for part, start, stop in zip(tables, starts[:-1], starts[1:], strict=True)
        }
        return Dataset(
            path=path or files["train"],
            format="Parquet table" if is_parquet(files["train"]) else "table",
            class_names=classes.class_names,
            parts=parts,
            problems=(*problems, *classes.problems, *said, *_empty(parts["train"], classes)),
            files=tuple(str(file) for file in files.values()),
            target=classes.name,
            columns=tuple(column.name for column in columns),
            task=classes.task,
        )


READER = TableReader


def _columns(tables: dict[str, Table]) -> tuple[list[Values], list[Problem]]:
    """Return the columns of all parts, one below the other; training comes first."""
    problems = [problem for table in tables.values() for problem in table.problems]
    whole = joined(list(tables.values()))
    if not whole.num_rows or not tables["train"].columns.num_rows:
        raise DataError("the table has no rows", hint="Choose a table with a row for each input.")
    found = [(name, values(name, whole.column(name))) for name in whole.column_names]
    other = [name for name, column in found if column is None]
    if other:
        message = f"left out, because they are neither numbers nor words: {', '.join(other)}"
        problems.append(Problem(message=message, severity="warning"))
    columns = [column for _, column in found if column is not None]
    if not columns:
        raise DataError("no column has numbers or words", hint="Choose a table of numbers and categories.")
    return columns, problems


def _empty(train: Part, classes: Target) -> Sequence[Problem]:
    if classes.task == "regression":
        return ()
    if classes.task == "multi_label":
        return empty_classes((train.targets == 1).sum(axis=0), classes.class_names)
    counts = np.bincount(train.targets[train.targets >= 0], minlength=len(classes.class_names))
    return empty_classes(counts, classes.class_names)
