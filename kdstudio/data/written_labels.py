"""Labels and numbers as people write them in cells: `drama|comedy`, `drama; comedy`, `["drama", "comedy"]`, `3,5`."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from kdstudio.core.errors import Problem
from kdstudio.data.labels import Labels, listed, natural_key

FRACTION = re.compile(r"[-+]?\d*[.,]\d*[1-9]\d*")
NUMBER = re.compile(r"[-+]?\d[\d.,]*(?:[eE][-+]?\d+)?")
_SEPARATED = re.compile(r"\s*[|;]\s*")
_QUOTED = re.compile(r"""(?:"([^"]*)"|'([^']*)')""")
_LIST = re.compile(r"\[(.*)\]", re.DOTALL)
_NAMED_SEVERAL = ("labels", "tags", "genres", "categories", "topics", "classes", "emotions")


def cut(cell: str) -> list[str]:
    """Return the labels in a cell; none where it is an empty list."""
    cell = cell.strip()
    if found := _LIST.fullmatch(cell):
        inside = found[1].strip()
        quoted = [a or b for a, b in _QUOTED.findall(inside)]
        return quoted or [word for word in re.split(r"[,\s]+", inside) if word]
    return [word for word in _SEPARATED.split(cell) if word]


def are_lists(cells: Iterable[str], column: str = "") -> bool:
    """Whether cells hold several labels each: each part of one is met alone too, or all are written as lists.

    `column` is the name of the column: one called labels, tags or genres needs no label that stands alone.
    """
    known = [cell.strip() for cell in cells if cell.strip()]
    if not known:
        return False
    if all(_LIST.fullmatch(cell) for cell in known):
        return True
    parts = [_SEPARATED.split(cell) for cell in known]
    several = [part for part in parts if len(part) > 1]
    alone = {part[0] for part in parts if len(part) == 1}
    if not several:
        return False
    return column.lower() in _NAMED_SEVERAL or all(set(part) & alone for part in several) or len(several) == len(parts)


def written(labels: Iterable[object]) -> str:
    """Return labels as a cell that lists them."""
    return json.dumps([str(label) for label in labels], ensure_ascii=False)


def from_numbers(columns: Mapping[str, Sequence[str]], column: str = "") -> Labels:
    """Return the number in each cell of each part, NaN where it is empty."""
    targets = {
        part: np.array([[float(cell.replace(",", ".")) if cell else np.nan] for cell in cells], dtype=np.float32)
        for part, cells in columns.items()
    }
    what = f"the number to predict is taken from {column}" if column else "the labels are numbers to predict"
    return Labels(targets, (column or "value",), (Problem(message=what, severity="note"),), "regression")


def from_lists(columns: Mapping[str, Sequence[str]], column: str = "", names: Sequence[str] = ()) -> Labels:
    """Return which labels each cell of each part has; an empty cell is not labelled, an empty list has none.

    `names` are those of numbered labels.
    """
    cells = {part: [None if not cell.strip() else cut(cell) for cell in written] for part, written in columns.items()}
    words = sorted({word for rows in cells.values() for row in rows for word in row or ()}, key=natural_key)
    if names and all(word.isdecimal() and int(word) < len(names) for word in words):
        words = [str(i) for i in range(len(names))]
    place = {word: i for i, word in enumerate(words)}
    names = names if len(names) == len(words) else words
    targets = {}
    for part, rows in cells.items():
        array = np.zeros((len(rows), len(names)), dtype=np.float32)
        for i, row in enumerate(rows):
            array[i, [place[word] for word in row or ()]] = 1
            if row is None:
                array[i] = np.nan
        targets[part] = array
    where = f"the column {column}" if column else "the labels"
    message = f"an input may have several labels: {where} lists {len(names)} different ones ({listed(names)})"
    return Labels(targets, tuple(names), (Problem(message=message, severity="note"),), "multi_label")
