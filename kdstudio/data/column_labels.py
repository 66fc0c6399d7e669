"""The column of a Parquet or Arrow file that says the class, told by what its writer noted about it, or by its name."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kdstudio.core.errors import Problem
from kdstudio.data import label_table
from kdstudio.data.column_files import ColumnFile
from kdstudio.data.label_table import encode_words
from kdstudio.data.labels import Labels, encode, listed, no_column, unlabelled
from kdstudio.data.written_labels import from_lists
from kdstudio.data.written_labels import written as as_list


@dataclass(frozen=True, slots=True)
class Found:
    """The labels of each part, the column that they come from ("": none), and the columns that could be chosen."""

    labels: Labels
    target: str
    columns: tuple[str, ...]


def column_labels(
    path: Path, parts: dict[str, list[ColumnFile]], images: str, wanted: str, problems: list[Problem]
) -> Found:
    """Return the labels of each part; without a column of labels -1 everywhere and no classes.

    `path` is what was opened, `images` the column of inputs, `wanted` the column that a person chose (or ""). Which
    column is taken is told in `problems` where other columns could be it, or where only its name says it. Raises
    DataError.
    """
    first = parts["train"][0]
    features = first.features() or _described(first.path.parent, path if path.is_dir() else path.parent)
    names = _candidates(first, images)
    if wanted and wanted not in names:
        raise no_column(wanted, names)
    column, others = (wanted, []) if wanted else _label_column(names, features)
    return Found(_labels(path, parts, (column, others), features, problems), column, names)


def _labels(
    path: Path,
    parts: dict[str, list[ColumnFile]],
    chosen: tuple[str, list[str]],
    features: dict[str, Any],
    problems: list[Problem],
) -> Labels:
    column, others = chosen
    if not column:
        problems.append(unlabelled("A column called label would be taken."))
        counts = {split: sum(sum(file.rows) for file in files) for split, files in parts.items()}
        return Labels({split: np.full(count, -1, dtype=np.int64) for split, count in counts.items()}, ())
    if others or not _class_label(features, column):
        also = f"{listed(others)} could be labels too." if others else ""
        problems.append(Problem(message=f"labels are taken from the column {column}", hint=also, severity="note"))
    written = {split: _values(files, column) for split, files in parts.items()}
    names = _class_label(features, column)
    if any(values.dtype.kind == "O" and any(isinstance(v, list) for v in values[:100]) for values in written.values()):
        cells = {split: ["" if v is None else as_list(v) for v in of] for split, of in written.items()}
        return from_lists(cells, column, names)
    if any(values.dtype.kind == "O" for values in written.values()):
        return encode_words(path, {split: ["" if v is None else str(v) for v in of] for split, of in written.items()})
    return encode(written, names or ((column,) if written["train"].dtype.kind == "f" else ()))


def _candidates(file: ColumnFile, images: str) -> tuple[str, ...]:
    """Return the columns that may hold labels: numbers, words, true or false, or lists of them."""
    from pyarrow import types

    def could_be(kind: Any) -> bool:
        if types.is_list(kind) or types.is_large_list(kind):
            return could_be(kind.value_type)
        return bool(types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind) or _is_text(kind))

    return tuple(field.name for field in file.schema if field.name != images and could_be(field.type))


def _label_column(names: Sequence[str], features: dict[str, Any]) -> tuple[str, list[str]]:
    """Return (column of labels or nothing, others that could be it): by its feature, its name, or as the only one."""
    known = [name for name in names if _class_label(features, name)]
    fine = [name for name in known if "fine" in name.lower()]
    called = sorted((name for name in names if label_table.rank(name)), key=label_table.rank, reverse=True)
    alone = list(names) if len(names) == 1 else []
    chosen = next((group[0] for group in (fine, known, called, alone) if group), "")
    return chosen, [name for name in (known or called) if name != chosen]


def _is_text(kind: Any) -> bool:
    from pyarrow import types

    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_dictionary(kind))


def _class_label(features: dict[str, Any], column: str) -> tuple[str, ...]:
    feature = features.get(column)
    if isinstance(feature, dict) and isinstance(feature.get("feature"), dict):  # a list of them
        feature = feature["feature"]
    names = feature.get("names") if isinstance(feature, dict) else None
    return tuple(map(str, names)) if isinstance(names, list) else ()


def _values(files: Sequence[ColumnFile], column: str) -> np.ndarray:
    """Return a column as int64 with -1 for nothing, as float64 with NaN, or as objects where it holds text or lists."""
    import pyarrow
    from pyarrow import types

    pieces: list[np.ndarray] = []
    for file in files:
        values = file.column(column)
        if _is_text(values.type) or types.is_list(values.type) or types.is_large_list(values.type):
            pieces.append(np.array([*values.to_pylist(), None], dtype=object)[:-1])
            continue
        if types.is_floating(values.type):
            pieces.append(np.asarray(values.cast(pyarrow.float64()).to_numpy(), dtype=np.float64))
            continue
        if types.is_boolean(values.type):
            values = values.cast(pyarrow.int8())
        pieces.append(np.asarray(values.cast(pyarrow.int64(), safe=False).fill_null(-1).to_numpy(), dtype=np.int64))
    return np.concatenate(pieces)


def _described(folder: Path, root: Path) -> dict[str, Any]:
    """Return the features in the dataset_info.json beside the files or above them."""
    for place in (folder, folder.parent, root):
        file = place / "dataset_info.json"
        try:
            value = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
        except (OSError, ValueError):
            continue
        for one in (value, *(v for v in value.values() if isinstance(v, dict))) if isinstance(value, dict) else ():
            if isinstance(one.get("features"), dict):
                features: dict[str, Any] = one["features"]
                return features
    return {}
