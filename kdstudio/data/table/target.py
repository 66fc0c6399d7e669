"""Which column of a table is the class: named by a person, proposed by its name, or by its place and its values."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kdstudio.core.errors import DataError, Problem
from kdstudio.data.labels import AUTO, listed, natural_key, no_column, one_class
from kdstudio.data.table.columns import Values

_NAMES = (
    "target", "targets", "label", "labels", "class", "classes", "y", "outcome", "income", "species", "diagnosis",
    "survived", "category", "classname", "classlabel", "response", "churn", "default", "exited", "attrition", "quality",
    "fraud", "isfraud", "deposit", "approved", "result", "variety", "digit", "output",
)  # fmt: skip
_MOST_CLASSES = 1000
_MOST_NUMBERED = 100
_PARTED = re.compile(r"(?:label|target|class|y)s?[\W_]*(\w+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """The classes (N,) int64, -1 where there is none, and the name of their column."""

    name: str
    targets: np.ndarray
    class_names: tuple[str, ...]
    problems: tuple[Problem, ...] = ()


def find_target(columns: Sequence[Values], wanted: str, *, has_names: bool) -> Values:
    """Return the column of the classes; raises DataError where none can be it, and says why."""
    if wanted != AUTO:
        chosen = [column for column in columns if column.name.lower() == wanted.lower()]
        if not chosen:
            raise no_column(wanted, [column.name for column in columns])
        return chosen[0]
    _refuse_several(columns)
    named = sorted((column for column in columns if has_names and rank(column.name)), key=lambda c: -rank(c.name))
    if named:
        return named[0]
    possible = [column for column in columns if could_be_classes(column)]
    for column in (columns[-1], columns[0]):
        if column in possible:
            return column
    words = [column for column in possible if column.numbers is None]
    if len(words) == 1:
        return words[0]
    raise DataError(
        "no column looks like the class of its row: neither by its name (target, label, class …), nor by its place "
        "and a few different values",
        hint=f"Name it as data.target. {_REGRESSION} The columns are: {listed([c.name for c in columns], most=40)}.",
    )


def rank(name: str) -> int:
    """Return how much the name of a column says that it holds the class, 0 where it says nothing."""
    plain = re.sub(r"[\W_]+", "", name.lower())
    return len(_NAMES) - _NAMES.index(plain) if plain in _NAMES else 0


def could_be_classes(column: Values) -> bool:
    """Whether a column has few different values, words or whole numbers, that recur."""
    known = column.known
    distinct = len(np.unique(known))
    most = _MOST_CLASSES if column.numbers is None else _MOST_NUMBERED
    return 2 <= distinct <= min(most, max(2, len(known) // 3)) and (column.numbers is None or column.is_whole)


def encoded(column: Values, training: int, *, is_proposed: bool) -> Target:
    """Return the classes of a column; raises DataError for numbers to predict, several labels a row, or one class.

    A dot behind a class in the test part alone (as in UCI's adult.test) is taken off.
    """
    _refuse_numbers(column, training)
    is_counted = column.numbers is not None
    column = _without_filler(column).as_words()
    assert column.codes is not None
    words, problems = list(column.words), []
    in_training = {words[code] for code in np.unique(column.codes[:training]) if code >= 0}
    dotted = [word for word in words if word not in in_training and word.rstrip(".") in in_training]
    if dotted:
        message = f"the dot behind the class is taken off: {listed(dotted)}"
        problems.append(Problem(message=message, severity="note"))
        words = [word.rstrip(".") if word in dotted else word for word in words]
    present = {words[code] for code in np.unique(column.codes) if code >= 0}
    ordered = words if is_counted else sorted(present, key=natural_key)
    names = [word for word in ordered if word in present]
    if len(names) < 2:
        raise one_class(names)
    if any("|" in name or ";" in name for name in names) and _are_lists(names):
        raise DataError(f"the rows of {column.name} have several labels each: {names[-1]}", hint=_MULTI)
    number = {name: code for code, name in enumerate(names)}
    codes = np.array([number.get(word, -1) for word in words] + [-1], dtype=np.int64)[column.codes]
    problems += _said(column.name, codes, names, is_proposed)
    return Target(column.name, codes, tuple(names), tuple(problems))


def _said(name: str, codes: np.ndarray, names: list[str], is_proposed: bool) -> list[Problem]:
    problems = []
    if is_proposed:
        hint = "Set data.target to the name of another column where this is not right."
        message = f"the class of each row is taken from {name}: {listed(names)}"
        problems.append(Problem(message=message, hint=hint, severity="note"))
    without = int((codes < 0).sum())
    if without:
        message = f"{without:,} rows have no class: they can only be learnt from a teacher"
        problems.append(Problem(message=message, severity="note"))
    return problems


def _refuse_numbers(column: Values, training: int) -> None:
    if column.numbers is None:
        if len(np.unique(column.known)) > _MOST_CLASSES:
            message = f"the column {column.name} has {len(column.words):,} different words: these are no classes"
            raise DataError(message, hint="Set data.target to the name of the column that holds the class.")
        return
    distinct = len(np.unique(column.known))
    is_few = distinct <= min(_MOST_NUMBERED, max(2, training // 2))
    if not len(column.known) or (column.is_whole and is_few):
        return
    message = f"the column {column.name} has {distinct:,} different numbers: they are to be predicted, not told apart"
    raise DataError(message, hint=f"{_REGRESSION} Set data.target to a column of classes, or save ranges as classes.")


def _without_filler(column: Values) -> Values:
    """Take -1 as "no label" where the classes count from 0, as scikit-learn does."""
    if column.numbers is None or not (column.known == -1).any():
        return column
    others = np.unique(column.known[column.known != -1])
    if len(others) < 2 or others[0] < 0:
        return column
    return Values(column.name, numbers=np.where(column.numbers == -1, np.nan, column.numbers))


def _are_lists(names: Sequence[str]) -> bool:
    """Whether classes are put together from others by `|` or `;`."""
    parts = [re.split(r"\s*[|;]\s*", name) for name in names]
    alone = {part[0] for part in parts if len(part) == 1}
    return any(len(part) > 1 and set(part) & alone for part in parts) or all(len(part) > 1 for part in parts)


def _refuse_several(columns: Sequence[Values]) -> None:
    """Raise DataError where several columns of 0 and 1 are labels side by side."""
    several = [
        column.name
        for column in columns
        if _PARTED.fullmatch(column.name)
        and rank(column.name) == 0
        and column.numbers is not None
        and set(np.unique(column.known).tolist()) <= {0.0, 1.0}
    ]
    if len(several) > 1:
        raise DataError(f"the rows have several labels each: {listed(several)}", hint=_MULTI)


_REGRESSION = "kdstudio distils classifiers: a number to predict (regression) is no class."
_MULTI = "kdstudio distils classifiers with one class for each row; set data.target to one column of classes."
