"""Opening a data set, whatever its format."""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

from kdstudio.core.errors import DataError, Problem
from kdstudio.data.dataset import Dataset
from kdstudio.data.labels import AUTO
from kdstudio.data.readers import READERS, PartsReader, Reader, TargetReader
from kdstudio.data.sniff import sniff
from kdstudio.data.tasks import as_task
from kdstudio.data.transfer import WHERE, with_transfer
from kdstudio.recipe.choices import DataChoice


def chosen(choice: DataChoice, task: str = AUTO) -> Dataset:
    """Read the data set that a recipe names, its targets taken as `task`; raises DataError."""
    dataset = as_task(read(Path(choice.path), choice.target, choice.parts), task)
    if not choice.transfer:
        return dataset
    try:
        return with_transfer(dataset, read(Path(choice.transfer)))
    except DataError as error:
        raise DataError(error.message, hint=error.hint, where=WHERE) from error


def read(path: Path, target: str = AUTO, parts: Mapping[Any, str] = MappingProxyType({})) -> Dataset:
    """Read the data set at `path` with the reader that is most sure of it; `target` names the column of its classes.

    `parts` are the files of validation and test, where `path` is a file of training inputs alone. Raises DataError:
    nothing there, not a data set (saying what it is and what can be opened), or damaged.
    """
    path = Path(path).expanduser().absolute()
    files = {"train": path} | {part: Path(file).expanduser().absolute() for part, file in parts.items()}
    for file in files.values():
        if not os.path.exists(file):
            hint = "Check the path, or choose the data again."
            raise DataError(f"{file.name} does not exist", hint=hint, where=str(file))
    reader = _best(path)
    if reader is None:
        message = f"{path.name} is not a data set that can be opened: it is {sniff(path).reason}"
        raise DataError(message, hint=f"Choose {openable()}.", where=str(path))
    try:
        if parts:
            dataset = _divided(reader).read_parts(files, target)
        else:
            dataset = reader.read(path) if target == AUTO else _targeted(reader).read_target(path, target)
    except DataError as error:
        if error.where:
            raise
        raise DataError(error.message, hint=error.hint, where=str(path)) from error
    except OSError as error:
        message = f"{path.name} cannot be read: {error.strerror or error}"
        raise DataError(
            message, hint="Check that the disk is there and that you may read it.", where=str(path)
        ) from error
    except MemoryError as error:
        hint = "Store images as uncompressed .npy files, or rows as parquet: they are read from the disk as needed."
        raise DataError(f"{path.name} does not fit in memory", hint=hint, where=str(path)) from error
    return _measurable(dataset)


def _measurable(dataset: Dataset) -> Dataset:
    """Leave out a test or validation part without any label where training has some: nothing is measured on it."""
    if not dataset.parts["train"].known.any():
        return dataset
    bare = {name: part for name, part in dataset.parts.items() if not part.known.any()}
    notes = tuple(
        Problem(
            message=f"{len(part):,} {name} inputs have no labels and are not used",
            hint="Some training inputs are set aside in their place. With their labels they would be used.",
            severity="note",
        )
        for name, part in bare.items()
    )
    parts = {name: part for name, part in dataset.parts.items() if name not in bare}
    return replace(dataset, parts=parts, problems=dataset.problems + notes)


def openable() -> str:
    """Return in words what kinds of data sets can be opened."""
    return ", or ".join(reader.title for _, reader in READERS.items())


def _best(path: Path) -> type[Reader] | None:
    found = [(reader.sniff(path), name) for name, reader in READERS.items()]
    confidence, name = max(found, default=(0.0, ""))
    return READERS[name] if confidence > 0 else None


def _divided(reader: type[Reader]) -> type[PartsReader]:
    """Return the reader as one whose parts may lie in files of their own."""
    if not hasattr(reader, "read_parts"):
        hint = "Put all parts into one folder and choose that."
        raise DataError(f"parts in files of their own are not possible for {reader.title}", hint=hint)
    return cast("type[PartsReader]", reader)


def _targeted(reader: type[Reader]) -> type[TargetReader]:
    """Return the reader as one whose data has columns to choose from."""
    if not hasattr(reader, "read_target"):
        hint = 'Leave data.target at "auto": it names a column of a table.'
        raise DataError(f"the class column cannot be chosen for {reader.title}", hint=hint)
    return cast("type[TargetReader]", reader)
