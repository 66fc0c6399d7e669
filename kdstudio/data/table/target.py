"""Which column of a table is the class, or which are labels or numbers to predict: named, or proposed by its values."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from kdstudio.core.errors import DataError, Problem
from kdstudio.core.targets import Task, is_known, is_multi_hot
from kdstudio.data.labels import AUTO, listed, natural_key, no_column, one_class
from kdstudio.data.table.columns import Values
from kdstudio.data.written_labels import are_lists, from_lists

_NAMES = (
    "target", "targets", "label", "labels", "class", "classes", "y", "outcome", "income", "species", "diagnosis",
    "survived", "category", "classname", "classlabel", "response", "churn", "default", "exited", "attrition", "quality",
    "fraud", "isfraud", "deposit", "approved", "result", "variety", "digit", "output",
)  # fmt: skip
_MOST_CLASSES = 1000
_MOST_NUMBERED = 100
_PREDICTED = re.compile(
    r"price|medv|strength|charges|house_?val|score|rating|age$|salary|count$|mpg|_value$", re.IGNORECASE
)
_PARTED = re.compile(r"(?:label|target|class|y)s?[\W_]*(\w+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """The classes (N,) int64, -1 where there is none, or what `task` has instead; and the names of their columns."""

    columns: tuple[str, ...]
    targets: np.ndarray
    class_names: tuple[str, ...]
    problems: tuple[Problem, ...] = ()
    task: Task = "classification"

    @property
    def name(self) -> str:
        """The columns as a recipe names them."""
        return ", ".join(self.columns)


def find_target(columns: Sequence[Values], wanted: str, *, has_names: bool) -> tuple[Values, ...]:
    """Return the column of the classes, or several of labels or numbers; raises DataError where none can be it.

    `wanted` names one column, or several with commas between them.
    """
    if wanted != AUTO:
        return _named(columns, wanted)
    several = _side_by_side(columns)
    if len(several) > 1:
        return several
    named = sorted((column for column in columns if has_names and rank(column.name)), key=lambda c: -rank(c.name))
    if named:
        return (named[0],)
    possible = [column for column in columns if could_be_classes(column)]
    for column in (columns[-1], columns[0]):
        if column in possible:
            return (column,)
    words = [column for column in possible if column.numbers is None]
    if len(words) == 1:
        return (words[0],)
    called = [
        column for column in columns if has_names and column.numbers is not None and _PREDICTED.search(column.name)
    ]
    if len(called) == 1:
        return (called[0],)
    raise DataError(
        "no column looks like the class of its row: neither by its name (target, label, class …), nor by its place "
        "and a few different values",
        hint="Name it as data.target; a column of numbers will be predicted. The columns are: "
        f"{listed([c.name for c in columns], most=40)}.",
    )


def _named(columns: Sequence[Values], wanted: str) -> tuple[Values, ...]:
    known = {column.name.lower(): column for column in columns}
    if wanted.lower() in known:
        return (known[wanted.lower()],)
    names = [name.strip().lower() for name in wanted.split(",")]
    if len(names) < 2 or any(name not in known for name in names):
        raise no_column(next((name for name in names if name not in known), wanted), [c.name for c in columns])
    return tuple(known[name] for name in dict.fromkeys(names))


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


def encoded(chosen: Sequence[Values], training: int, *, is_proposed: bool) -> Target:
    """Return the classes of a column, its numbers, or the labels that it lists or that several columns say.

    A dot behind a class in the test part alone (as in UCI's adult.test) is taken off. Raises DataError for words that
    are no classes, and for one class.
    """
    if len(chosen) > 1:
        return _of_several(chosen)
    column = chosen[0]
    if _is_predicted(column, training):
        return _of_numbers((column,), is_proposed=is_proposed)
    if column.numbers is None and are_lists(column.words, column.name):
        return _of_lists(column)
    _refuse_words(column)
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
    number = {name: code for code, name in enumerate(names)}
    codes = np.array([number.get(word, -1) for word in words] + [-1], dtype=np.int64)[column.codes]
    problems += _said(column.name, codes, names, is_proposed)
    return Target((column.name,), codes, tuple(names), tuple(problems))


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


def _is_predicted(column: Values, training: int) -> bool:
    """Whether a column holds numbers to predict: fractions, or too many different ones for classes."""
    if column.numbers is None or not len(column.known):
        return False
    distinct = len(np.unique(column.known))
    return not (column.is_whole and distinct <= min(_MOST_NUMBERED, max(2, training // 2)))


def _refuse_words(column: Values) -> None:
    if column.numbers is None and len(np.unique(column.known)) > _MOST_CLASSES:
        message = f"the column {column.name} has {len(column.words):,} different words: these are no classes"
        raise DataError(message, hint="Set data.target to the name of the column that holds the class.")


def _of_numbers(columns: Sequence[Values], *, is_proposed: bool) -> Target:
    array = np.stack([np.asarray(c.numbers, dtype=np.float32) for c in columns], axis=1)
    names = tuple(column.name for column in columns)
    problems = []
    if is_proposed:
        message = f"the number to predict is taken from {listed(names)}"
        hint = "Set data.target to the name of another column where this is not right."
        problems.append(Problem(message=message, hint=hint, severity="note"))
    without = int((~np.isfinite(array)).any(axis=1).sum())
    if without:
        message = f"{without:,} rows have no number to predict: they can only be learnt from a teacher"
        problems.append(Problem(message=message, severity="note"))
    return Target(names, np.where(np.isfinite(array), array, np.nan), names, tuple(problems), "regression")


def _of_several(columns: Sequence[Values]) -> Target:
    """Columns of 0 and 1 are labels side by side, others numbers to predict."""
    words = [column.name for column in columns if column.numbers is None]
    if words:
        message = f"several columns can only be labels of 0 and 1 or numbers, and these hold words: {listed(words)}"
        raise DataError(message, hint="Name one column of classes as data.target, or columns of numbers.")
    found = _of_numbers(columns, is_proposed=False)
    if not is_multi_hot(found.targets[is_known(found.targets)]):
        return found
    message = f"an input may have several labels: {listed(found.class_names)} say 1 where it has one"
    return replace(found, problems=(Problem(message=message, severity="note"),), task="multi_label")


def _of_lists(column: Values) -> Target:
    assert column.codes is not None
    words = [*column.words, ""]
    found = from_lists({"all": [words[code] for code in column.codes]}, column.name)
    return Target((column.name,), found.targets["all"], found.class_names, found.problems, found.task)


def _without_filler(column: Values) -> Values:
    """Take -1 as "no label" where the classes count from 0, as scikit-learn does."""
    if column.numbers is None or not (column.known == -1).any():
        return column
    others = np.unique(column.known[column.known != -1])
    if len(others) < 2 or others[0] < 0:
        return column
    return Values(column.name, numbers=np.where(column.numbers == -1, np.nan, column.numbers))


def _side_by_side(columns: Sequence[Values]) -> tuple[Values, ...]:
    """Return columns of 0 and 1 that are called label_a, label_b and so on."""
    return tuple(
        column
        for column in columns
        if _PARTED.fullmatch(column.name)
        and rank(column.name) == 0
        and column.numbers is not None
        and set(np.unique(column.known).tolist()) <= {0.0, 1.0}
    )
