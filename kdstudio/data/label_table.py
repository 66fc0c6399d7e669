"""A table that names the class of each file: found beside images or sounds by its content, its columns proposed."""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np

from kdstudio.data.class_names import class_names
from kdstudio.data.labels import Labels, encode, natural_key
from kdstudio.data.written_labels import FRACTION, NUMBER, are_lists, from_lists, from_numbers
from kdstudio.data.written_labels import written as as_list

SUFFIXES = (".csv", ".tsv", ".txt")
MOST_BYTES = 256 * 1024**2
_SAMPLE = 200
_MOST_CLASSES = 1000
_LABELS = (
    "label", "labels", "class", "classname", "classid", "classes", "target", "category", "categories", "y", "species",
    "breed", "diagnosis", "dx", "emotion", "digit", "character", "tag", "type",
)  # fmt: skip
_NUMBERS = ("age", "score", "rating", "price", "value", "angle", "steering", "count", "weight", "quality", "mos")
_SPLITS = ("split", "set", "subset", "partition", "fold")


@dataclass(frozen=True, slots=True)
class LabelTable:
    """The classes in a table: `labels` file → class as it is written, `splits` file → part where a column says it.

    Files are named as in the list that the table was matched with. `others` are columns that could be labels too.
    """

    name: str
    file_column: str
    label_column: str
    labels: dict[str, str] = field(repr=False)
    splits: dict[str, str] = field(default_factory=dict, repr=False)
    others: tuple[str, ...] = ()
    missing: tuple[str, ...] = field(default=(), repr=False)  # rows whose file is not there


def find(
    tables: Iterable[tuple[str, Callable[[], bytes]]], files: Sequence[str], wanted: str = ""
) -> LabelTable | None:
    """Return the labels that tables give to `files` (relative names), or None.

    Of several tables the one that names most files counts, and others with the same label column are added to it
    (train.csv, test.csv). `wanted` is a label column chosen by a person.
    """
    tables = list(tables)
    keys = cache(lambda: _keys(files))
    found = [table for name, content in tables if (table := _read(name, content(), keys, wanted))]
    if not found:
        return None
    best = max(found, key=lambda table: (table.label_column == wanted, rank(table.label_column), len(table.labels)))
    same = [table for table in found if table.label_column == best.label_column]
    if len(same) == 1:
        return best
    return LabelTable(
        name=", ".join(table.name for table in same),
        file_column=best.file_column,
        label_column=best.label_column,
        labels={file: label for table in same for file, label in table.labels.items()},
        splits={file: split for table in same for file, split in table.splits.items()},
        others=best.others,
        missing=tuple(name for table in same for name in table.missing),
    )


def _keys(files: Sequence[str]) -> dict[str, str]:
    """Return what a table may call a file → the file: its path, the ends of its path, also without suffix."""
    keys: dict[str, str] = {}
    seen: Counter[str] = Counter()
    for file in files:
        parts = file.split("/")
        ends = ["/".join(parts[i:]) for i in range(len(parts))]
        for key in {*ends, *(end.rpartition(".")[0] for end in ends if "." in end.rpartition("/")[2])}:
            seen[key] += 1
            keys[key] = file
    return {key: file for key, file in keys.items() if seen[key] == 1}


def _read(name: str, content: bytes, known: Callable[[], Mapping[str, str]], wanted: str) -> LabelTable | None:
    rows = _rows(content)
    if "submission" in name.lower() or len(rows) < 2 or len(rows[0]) < 2:
        return None
    keys = known()
    width = len(rows[0])
    matches = [len({_cell(row, i) for row in rows[1:_SAMPLE]} & keys.keys()) for i in range(width)]
    at = max(range(width), key=lambda i: matches[i])
    if matches[at] * 2 < len(rows[1:_SAMPLE]):
        return None
    has_header = _cell(rows[0], at) not in keys
    header = [cell.strip() or f"column {i + 1}" for i, cell in enumerate(rows[0])] if has_header else []
    header = header or [f"column {i + 1}" for i in range(width)]
    body = rows[1:] if has_header else rows
    split_at = next((i for i, column in enumerate(header) if column.lower() in _SPLITS and i != at), None)
    columns = {i: [_cell(row, i, plain=False) for row in body] for i in range(width) if i not in (at, split_at)}
    label, values, others = _label(header, columns, wanted)
    if not label:
        return None
    files = [keys.get(_cell(row, at)) for row in body]
    labels = {file: value for file, value in zip(files, values, strict=True) if file and value}
    splits = {f: _cell(row, split_at).lower() for f, row in zip(files, body, strict=True) if f} if split_at else {}
    missing = tuple(_cell(row, at) for file, row in zip(files, body, strict=True) if file is None)
    return LabelTable(name, header[at], label, labels, splits, others, missing)


def _label(
    header: Sequence[str], columns: Mapping[int, list[str]], wanted: str
) -> tuple[str, list[str], tuple[str, ...]]:
    """Return (name of the label column, its values, other columns that could be it)."""
    fitting = [i for i, values in columns.items() if _is_label(values)]
    fitting.sort(key=lambda i: (-rank(header[i]), i))
    for i in columns:
        if header[i] == wanted:
            return wanted, columns[i], tuple(header[k] for k in fitting if k != i)
    one_hot = _one_hot(header, columns)
    if one_hot and (not fitting or not rank(header[fitting[0]])):
        return one_hot[0], one_hot[1], ()
    lists = [i for i, values in columns.items() if are_lists(values, header[i])]
    if lists and (not fitting or not rank(header[fitting[0]]) or fitting[0] in lists):
        return header[lists[0]], columns[lists[0]], tuple(header[i] for i in fitting if i != lists[0])
    if not fitting and (measured := [i for i, values in columns.items() if is_predicted(header[i], values)]):
        return header[measured[0]], columns[measured[0]], tuple(header[i] for i in measured[1:])
    if not fitting:
        return "", [], ()
    return header[fitting[0]], columns[fitting[0]], tuple(header[i] for i in fitting[1:])


def _is_label(values: Sequence[str]) -> bool:
    """Whether a column has few different values, none of them a fraction."""
    counts = Counter(value for value in values if value)
    if not 2 <= len(counts) <= min(_MOST_CLASSES, max(2, len(values) // 2)):
        return False
    return not any(re.fullmatch(r"-?\d*\.\d*[1-9]\d*", value) for value in counts)


def _is_measured(values: Sequence[str]) -> bool:
    """Whether a column has numbers, some of them fractions: something to predict."""
    known = [value for value in values if value]
    return bool(known) and all(NUMBER.fullmatch(v) for v in known) and any(FRACTION.fullmatch(v) for v in known)


def is_predicted(name: str, values: Sequence[str]) -> bool:
    """Whether a column that is called like something to predict has numbers, some of them fractions."""
    return bool(rank(name) or re.sub(r"[\W_\d]+", "", name.lower()) in _NUMBERS) and _is_measured(values)


def _one_hot(header: Sequence[str], columns: Mapping[int, list[str]]) -> tuple[str, list[str]] | None:
    """Return labels from columns of 0 and 1: the class where exactly one is 1 in each row, else a list of labels."""
    binary = [i for i, values in columns.items() if set(values) <= {"0", "1", "0.0", "1.0"}]
    if len(binary) < 2:
        return None
    rows = [[values.startswith("1") for values in row] for row in zip(*(columns[i] for i in binary), strict=True)]
    name = f"{header[binary[0]]} … {header[binary[-1]]}"
    if any(sum(row) != 1 for row in rows):
        lists = [as_list(header[i] for i, has in zip(binary, row, strict=True) if has) for row in rows]
        return (name, lists) if len(binary) > 2 else None
    return name, [header[binary[row.index(True)]] for row in rows]


def rank(column: str) -> int:
    """Return how much the name of a column says that it holds labels; 0 where it says nothing."""
    name = re.sub(r"[\W_]+", "", column.lower())
    return len(_LABELS) - _LABELS.index(name) if name in _LABELS else 0


def _cell(row: Sequence[str], at: int, *, plain: bool = True) -> str:
    """Return a cell, or nothing where the row is short; `plain` as a file name is written in a list of names."""
    value = row[at].strip() if at < len(row) else ""
    return value.replace("\\", "/").removeprefix("./") if plain else value


def _rows(content: bytes) -> list[list[str]]:
    """Return the cells of a table in UTF-8 or Latin-1, with the separator that divides its first lines most evenly."""
    if len(content) > MOST_BYTES or b"\0" in content[:4096]:
        return []
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    first = [line for line in text[:100_000].splitlines()[:20] if line.strip()]
    for separator in (",", "\t", ";", "|", " "):
        counts = Counter(map(len, _cells(first, separator)))
        width, lines = counts.most_common(1)[0] if counts else (1, 0)
        if width > 1 and lines >= max(2, 0.8 * len(first)):
            return [row for row in _cells(io.StringIO(text, newline=""), separator) if len(row) >= 2]
    return []


def _cells(lines: Iterable[str], separator: str) -> list[list[str]]:
    try:
        return list(csv.reader(lines, delimiter=separator, skipinitialspace=True))
    except csv.Error:  # a cell of more than 128 kilobytes: no table of labels
        return []


def encode_words(path: Path, written: dict[str, list[str]]) -> Labels:
    """Return class indices of labels in words or in whole numbers; an empty word is no label.

    Lists of labels and fractions are taken as such.
    """
    if are_lists(word for words in written.values() for word in words):
        return from_lists(written)
    known = {label for words in written.values() for label in words if label}
    if known and _is_measured(sorted(known)):
        return from_numbers(written)
    numbers = all(label.removesuffix(".0").lstrip("-").isdigit() for label in known)
    if numbers:
        columns = {split: np.array([int(float(w)) if w else -1 for w in words]) for split, words in written.items()}
        largest = max(int(column.max(initial=-1)) for column in columns.values())
        return encode(columns, class_names(path, largest))
    encoded = encode({"all": np.array(sorted(known, key=natural_key))})
    number = dict(zip(encoded.class_names, range(len(known)), strict=True)) | {"": -1}
    targets = {split: np.array([number[word] for word in words], dtype=np.int64) for split, words in written.items()}
    return Labels(targets, encoded.class_names)
