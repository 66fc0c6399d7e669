"""From labels as they are written in tables of texts to classes."""

from collections.abc import Mapping, Sequence

import numpy as np

from kdstudio.core.errors import DataError, Problem
from kdstudio.data.labels import Labels, encode, natural_key, one_class
from kdstudio.data.written_labels import FRACTION, NUMBER, are_lists, from_lists, from_numbers

_NO_CONSENSUS = "-"  # what SNLI and MNLI write where the judges disagreed; between two classes it may be one of them
_NONE = ("", "nan", "none", "null", "na", "n/a")


def encode_cells(columns: Mapping[str, Sequence[str]], names: Sequence[str] = ()) -> Labels:
    """Return class indices for the labels of each part as they are written, in words or whole numbers; -1 for none.

    Cells that list labels say which of several a text has; fractions are numbers to predict. A word that the training
    part does not have is a class of its own. `names` are those of numbered classes. Without any label there are no
    classes. Raises DataError where there is only one.
    """
    if are_lists({cell for cells in columns.values() for cell in cells}):
        return from_lists(columns, names=names)
    plain = {part: [_plain(cell) for cell in cells] for part, cells in columns.items()}
    known = {cell for cells in plain.values() for cell in cells if cell}
    if len(known) > 2 and _NO_CONSENSUS in known:
        plain = {part: ["" if cell == _NO_CONSENSUS else cell for cell in cells] for part, cells in plain.items()}
        known -= {_NO_CONSENSUS}
    if known <= {"-1"}:
        return Labels({part: np.full(len(cells), -1, dtype=np.int64) for part, cells in plain.items()}, ())
    if len(known - {"-1"}) == 1 and known != {"-1", "1"}:
        raise one_class(list(known - {"-1"}))
    if all(NUMBER.fullmatch(cell) for cell in known) and any(FRACTION.fullmatch(cell) for cell in known):
        return from_numbers(plain)
    _refuse(known, sum(bool(cell) for cells in plain.values() for cell in cells))
    if all(cell.lstrip("-").isdecimal() and len(cell) < 10 for cell in known):
        numbers = {part: np.array([int(cell) if cell else -1 for cell in cells]) for part, cells in plain.items()}
        values = sorted({int(cell) for cell in known} - {-1})
        if names or 2 * len(values) > values[-1] - values[0] + 1:  # 0 and 4 are the names of two classes, not of five
            return encode(numbers, names)
        known -= {"-1"}
    ordered = sorted(known, key=natural_key)
    number = {"": -1, "-1": -1} | {word: i for i, word in enumerate(ordered)}
    targets = {part: np.array([number[cell] for cell in cells], dtype=np.int64) for part, cells in plain.items()}
    return Labels(targets, tuple(ordered))


def empty_texts(counts: Mapping[str, int]) -> list[Problem]:
    """Return a warning for the empty texts of each part, given their counts."""
    hint = "They are kept, so that rows keep their numbers; a model can only guess on them."
    return [
        Problem(
            message=f"{count:,} of the {part} texts {'is' if count == 1 else 'are'} empty",
            hint=hint,
            severity="warning",
        )
        for part, count in counts.items()
        if count
    ]


def _refuse(known: set[str], rows: int) -> None:
    """Raise DataError for a column that holds no classes: nearly as many words as rows."""
    hint = "Name the column of the classes as data.target."
    if len(known) > max(2, rows // 2):
        raise DataError(f"the labels have {len(known):,} different values in {rows:,} rows: no classes", hint=hint)


def _plain(cell: str) -> str:
    cell = cell.strip().removeprefix("__label__")
    return "" if cell.lower() in _NONE else cell.removesuffix(".0") if cell[:-2].lstrip("-").isdecimal() else cell
