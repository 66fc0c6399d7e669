"""What a data set is, as one value for a card or for JSON."""

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from kdstudio.core.errors import DataError, KdStudioError, Problem
from kdstudio.core.listening import Cancelled
from kdstudio.core.targets import is_known, outputs
from kdstudio.data.answers import answers
from kdstudio.data.dataset import Dataset, Inputs
from kdstudio.data.kinds import SEPARATOR, AudioInputs, TableInputs, TextInputs
from kdstudio.data.labels import AUTO
from kdstudio.data.problems import look_over
from kdstudio.data.read import read
from kdstudio.data.sniff import ANSWERS, sniff
from kdstudio.data.tasks import as_task
from kdstudio.data.text.conversation import CONVERSATIONS
from kdstudio.recipe.item import Item, Range

_BINS = 24  # of a picture of how numbers lie
_COUNTED = 2000  # texts whose words are counted


def inspect(path: Path, target: str = AUTO, parts: Mapping[Any, str] = MappingProxyType({}), task: str = AUTO) -> Item:
    """Return what the data at `path` is; never raises: what is wrong is in the item's problems.

    `target` and `parts` are those of `read`, `task` that of a recipe. The role is `data` also for a damaged data set,
    and what `sniff` finds where it is none at all.
    """
    path = Path(path).expanduser().absolute()
    try:
        return _item(as_task(read(path, target, parts), task))
    except Cancelled:
        raise
    except (KdStudioError, OSError) as error:  # an OSError: the disk went away between reading and counting
        sighting = sniff(path)
        found = error.problems if isinstance(error, KdStudioError) else [Problem(message=str(error), where=str(path))]
        return Item(
            path=str(path), role=sighting.role, format=sighting.format, bytes=_bytes(path), problems=tuple(found)
        )


def inspect_answers(path: Path) -> Item:
    """Return what a teacher's stored answers are; never raises: what is wrong is in the item's problems."""
    path = Path(path).expanduser().absolute()
    try:
        found = answers.read(path)
    except DataError as error:
        problems = tuple(error.problems)
        return Item(
            path=str(path), role="model", format=ANSWERS, title=path.name, bytes=_bytes(path), problems=problems
        )
    return Item(
        path=str(path),
        role="model",
        format=ANSWERS,
        title=answers.title(found),
        bytes=_bytes(path),
        problems=tuple(problem.model_copy(update={"where": str(path)}) for problem in found.problems),
        counts=found.counts,
        classes=found.classes,
        class_names=found.class_names,
    )


def _item(dataset: Dataset) -> Item:
    classes = len(dataset.class_names)
    counts = {name: len(part) for name, part in dataset.parts.items()}
    return Item(
        path=str(dataset.path),
        role="data",
        format=dataset.format,
        title=_title(dataset, counts),
        bytes=sum(os.path.getsize(file) for file in dataset.files),
        problems=(*dataset.problems, *look_over(dataset)),
        kind=dataset.kind,
        input=described(dataset.parts["train"].inputs),
        input_shape=dataset.input_shape,
        counts=counts,
        class_counts=tuple(int(count) for count in dataset.class_counts()),
        numbers=_numbers(dataset),
        classes=classes or None,
        class_names=dataset.class_names,
        target=dataset.target,
        columns=dataset.columns,
        task=dataset.task,
    )


def _title(dataset: Dataset, counts: dict[str, int]) -> str:
    numbers = " + ".join(f"{count:,}" for count in counts.values())
    names = dataset.class_names
    plain = "no labels"
    if dataset.task == "next_token":
        plain = "prompts and answers" if dataset.format == CONVERSATIONS else "running text"
    classes = outputs(dataset.task, len(names), names) if names else plain
    return f"{numbers} {_nouns(dataset.parts['train'].inputs)} · {classes}"


def _numbers(dataset: Dataset) -> tuple[Range, ...]:
    """Return how the numbers to predict of the training inputs lie; nothing where there are none."""
    targets = dataset.parts["train"].targets
    if dataset.task != "regression" or not is_known(targets).any():
        return ()
    columns = targets[is_known(targets)].T.astype(np.float64)
    return tuple(
        Range(
            least=float(values.min()),
            median=float(np.median(values)),
            most=float(values.max()),
            bins=tuple(np.histogram(values, bins=_BINS)[0].tolist()),
        )
        for values in columns
    )


def _nouns(inputs: Inputs) -> str:
    """Return what the inputs are, with their size."""
    if inputs.kind == "image":
        channels, height, width = inputs.shape
        return f"images · {width} × {height} {'grey' if channels == 1 else 'colour'}"
    if isinstance(inputs, AudioInputs):
        return f"sounds · {inputs.samples / inputs.rate:.2g} s at {inputs.rate / 1000:g} kHz"
    return "texts" if inputs.kind == "text" else f"rows · {inputs.shape[0]} columns"


def described(inputs: Inputs) -> str:
    """Return one input in words: its size, how many words it has, what its columns are, how long it lasts."""
    if isinstance(inputs, TableInputs):
        return _columns(inputs)
    if isinstance(inputs, AudioInputs):
        return f"{inputs.samples / inputs.rate:.2g} s at {inputs.rate / 1000:g} kHz"
    if isinstance(inputs, TextInputs):
        rows = np.unique(np.linspace(0, max(0, len(inputs) - 1), min(len(inputs), _COUNTED)).astype(np.int64))
        words = np.mean([len(str(text).split()) for text in inputs.read(rows)]) if len(rows) else 0
        what = f"pairs of texts ({f' {SEPARATOR} '.join(inputs.joined)})" if inputs.joined else "texts"
        return f"{what}, {words:.0f} words on average"
    channels, height, width = inputs.shape
    return f"{width}×{height} {'grey' if channels == 1 else 'colour'}"


def _columns(inputs: TableInputs) -> str:
    total, categories = len(inputs.columns), sum(bool(column.categories) for column in inputs.columns)
    if categories in (0, total):
        return f"{total} columns of {'categories' if categories else 'numbers'}"
    numbers = total - categories
    parts = [f"{numbers} number{'s' * (numbers > 1)}", f"{categories} categor{'ies' if categories > 1 else 'y'}"]
    return f"{total} columns: {', '.join(parts)}"


def _bytes(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:
        return 0
