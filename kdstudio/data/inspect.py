"""What a data set is, as one value for a card or for JSON."""

import os
from pathlib import Path

from kdstudio.core.errors import DataError, KdStudioError, Problem
from kdstudio.data.answers import answers
from kdstudio.data.dataset import Dataset, Inputs
from kdstudio.data.kinds import AudioInputs
from kdstudio.data.problems import look_over
from kdstudio.data.read import read
from kdstudio.data.sniff import ANSWERS, sniff
from kdstudio.recipe.item import Item


def inspect(path: Path) -> Item:
    """Return what the data at `path` is; never raises: what is wrong is in the item's problems.

    The role is `data` also for a damaged data set, and what `sniff` finds where it is none at all.
    """
    path = Path(path).expanduser().absolute()
    try:
        return _item(read(path))
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
        input_shape=dataset.input_shape,
        counts=counts,
        class_counts=tuple(int(count) for count in dataset.class_counts()),
        classes=classes or None,
        class_names=dataset.class_names,
    )


def _title(dataset: Dataset, counts: dict[str, int]) -> str:
    numbers = " + ".join(f"{count:,}" for count in counts.values())
    classes = f"{len(dataset.class_names)} classes" if dataset.class_names else "no labels"
    return f"{numbers} {_nouns(dataset.parts['train'].inputs)} · {classes}"


def _nouns(inputs: Inputs) -> str:
    """Return what the inputs are, with their size."""
    if inputs.kind == "image":
        channels, height, width = inputs.shape
        return f"images · {width} × {height} {'grey' if channels == 1 else 'colour'}"
    if isinstance(inputs, AudioInputs):
        return f"sounds · {inputs.samples / inputs.rate:.2g} s at {inputs.rate / 1000:g} kHz"
    return "texts" if inputs.kind == "text" else f"rows · {inputs.shape[0]} columns"


def _bytes(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:
        return 0
