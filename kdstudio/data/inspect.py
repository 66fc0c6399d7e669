"""What a data set is, as one value for a card or for JSON."""

import os
from pathlib import Path

from kdstudio.core.errors import KdStudioError, Problem
from kdstudio.data.dataset import Dataset
from kdstudio.data.read import read
from kdstudio.data.sniff import sniff
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


def _item(dataset: Dataset) -> Item:
    classes = len(dataset.class_names)
    counts = {name: len(part) for name, part in dataset.parts.items()}
    return Item(
        path=str(dataset.path),
        role="data",
        format=dataset.format,
        title=_title(dataset, counts),
        bytes=sum(os.path.getsize(file) for file in dataset.files),
        problems=dataset.problems,
        input_shape=dataset.input_shape,
        counts=counts,
        class_counts=tuple(int(count) for count in dataset.class_counts()),
        classes=classes,
        class_names=dataset.class_names,
    )


def _title(dataset: Dataset, counts: dict[str, int]) -> str:
    channels, height, width = dataset.input_shape
    numbers = " + ".join(f"{count:,}" for count in counts.values())
    colour = "grey" if channels == 1 else "colour"
    return f"{numbers} images · {width} × {height} {colour} · {len(dataset.class_names)} classes"


def _bytes(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:
        return 0
