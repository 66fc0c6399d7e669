"""Taking the targets of a data set as another task than the one that was found: stars from 1 to 5 as a number."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from kdstudio.core.errors import DataError
from kdstudio.core.targets import NEXT_TOKEN, WORDS, Task, is_known, unknown
from kdstudio.data.dataset import Dataset
from kdstudio.data.labels import AUTO, EMPTY

_MOST_CLASSES = 1000
_VALUE = "value"  # what a number is called whose column has no name


def as_task(dataset: Dataset, task: str) -> Dataset:
    """Return the data with its targets taken as `task`; raises DataError where they cannot be.

    Data without any label has none to take: its teacher says what there is to answer.
    """
    if task not in (AUTO, *WORDS):
        raise DataError(f"there is no task called {task!r}", hint=f"Use one of: {', '.join(WORDS)}.", where="task")
    if task in (AUTO, dataset.task):
        return dataset
    if task == NEXT_TOKEN:
        return _to_text(dataset)
    if dataset.task == NEXT_TOKEN:
        return without_targets(dataset)
    if not dataset.class_names:
        return dataset
    change = _CHANGES.get((dataset.task, task))
    if change is None:
        raise _impossible(dataset, task, "these targets hold less than that.")
    return change(dataset)


def _to_text(dataset: Dataset) -> Dataset:
    """Texts of any data set are passages to a language model, whatever else is known of them."""
    if dataset.kind != "text":
        raise DataError(
            f"the data is {dataset.format} and no text",
            hint="A language model learns from text: choose a text file, or leave task at auto.",
            where="task",
        )
    return _with(dataset, "next_token", {name: np.zeros(len(part)) for name, part in dataset.parts.items()}, ())


def without_targets(dataset: Dataset) -> Dataset:
    """Return running text as texts without labels, to which a classifier's answers can be learned."""
    return _with(dataset, "classification", {name: unknown(len(part)) for name, part in dataset.parts.items()}, ())


def _to_numbers(dataset: Dataset) -> Dataset:
    try:
        values = np.array([float(name) for name in dataset.class_names], dtype=np.float32)
    except ValueError:
        raise _impossible(dataset, "regression", "its classes are words.") from None
    values = np.append(values, np.float32(np.nan))  # -1, no class, is no number
    targets = {name: values[part.targets][:, None] for name, part in dataset.parts.items()}
    return _with(dataset, "regression", targets, (dataset.target or _VALUE,))


def _to_labels(dataset: Dataset) -> Dataset:
    classes = len(dataset.class_names)
    rows = np.vstack([np.eye(classes, dtype=np.float32), np.full((1, classes), np.nan, np.float32)])
    targets = {name: rows[part.targets] for name, part in dataset.parts.items()}
    return _with(dataset, "multi_label", targets, dataset.class_names)


def _to_class(dataset: Dataset) -> Dataset:
    """The one label of each input, where none has several."""
    targets = {}
    for name, part in dataset.parts.items():
        known = is_known(part.targets)
        if (part.targets[known].sum(axis=1) != 1).any():
            raise _impossible(dataset, "classification", f"some {name} inputs have several labels or none.")
        targets[name] = np.where(known, np.nan_to_num(part.targets).argmax(axis=1), -1)
    return _with(dataset, "classification", targets, dataset.class_names)


def _to_classes(dataset: Dataset) -> Dataset:
    """Whole numbers as classes, in their order."""
    first = {name: part.targets[:, 0] for name, part in dataset.parts.items()}
    values = np.unique(np.concatenate([column[~np.isnan(column)] for column in first.values()]))
    if len(dataset.class_names) > 1 or len(values) > _MOST_CLASSES or (values != np.floor(values)).any():
        raise _impossible(dataset, "classification", f"there are {len(values):,} different numbers.")
    targets = {
        name: np.where(np.isnan(column), -1, np.searchsorted(values, np.nan_to_num(column)))
        for name, column in first.items()
    }
    return _with(dataset, "classification", targets, tuple(f"{value:g}" for value in values))


def _labels_to_numbers(dataset: Dataset) -> Dataset:
    return replace(dataset, task="regression")


_CHANGES: Mapping[tuple[str, str], Callable[[Dataset], Dataset]] = {
    ("classification", "regression"): _to_numbers,
    ("classification", "multi_label"): _to_labels,
    ("multi_label", "classification"): _to_class,
    ("multi_label", "regression"): _labels_to_numbers,
    ("regression", "classification"): _to_classes,
}


def _with(dataset: Dataset, task: Task, targets: Mapping[str, np.ndarray], names: tuple[str, ...]) -> Dataset:
    kind = np.float32 if task in ("regression", "multi_label") else np.int64
    parts = {name: replace(part, targets=targets[name].astype(kind)) for name, part in dataset.parts.items()}
    told = tuple(problem for problem in dataset.problems if not problem.message.startswith(EMPTY))
    return replace(dataset, parts=parts, class_names=names, task=task, problems=told)


def _impossible(dataset: Dataset, task: str, why: str) -> DataError:
    words = {str(name): words for name, words in WORDS.items()}.get(task, task)
    hint = f"Leave task at auto, or choose another column as data.target: {why}"
    return DataError(f"the data has {WORDS[dataset.task]} and cannot be taken as {words}", hint=hint, where="task")
