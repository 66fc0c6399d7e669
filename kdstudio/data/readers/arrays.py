"""Numpy arrays: one .npz, a pair of .npy files, or a folder of either, told apart by their names and shapes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np

from kdstudio.core.errors import DataError
from kdstudio.data import magic
from kdstudio.data.array_files import Column, columns, is_npz, meaning
from kdstudio.data.class_names import class_names
from kdstudio.data.dataset import Dataset, Part
from kdstudio.data.image.pixels import image_inputs
from kdstudio.data.labels import AUTO, empty_classes, encode, listed, unlabelled

_HINT = "Name the arrays x_train and y_train (x_test, y_test), or images and labels."
_PARTS = ("train", "validation", "test")


class ArraysReader:
    """Reads images and labels from numpy files."""

    title: ClassVar[str] = "numpy arrays (.npz, or .npy files for images and labels)"

    @staticmethod
    def sniff(path: Path) -> float:
        """Sure of numpy files; fairly sure of folders that hold some."""
        if path.is_dir():
            return 0.8 if _numpy_files(path) else 0.0
        return 0.9 if magic.is_npy(magic.head(path)) or is_npz(path) else 0.0

    @staticmethod
    def read(path: Path) -> Dataset:
        """Read the arrays; raises DataError where they cannot be told apart or do not fit together."""
        return _dataset(path, _columns(path))

    @staticmethod
    def read_parts(files: Mapping[str, Path], target: str) -> Dataset:
        """Read an .npz file for each part."""
        if target != AUTO:
            raise DataError("numpy arrays have no columns", hint='Leave data.target at "auto".')
        found = [replace(c, key=f"{part}_{c.key}") for part, file in files.items() for c in columns(file)]
        return _dataset(files["train"], found)


READER = ArraysReader


def _dataset(path: Path, found: list[Column]) -> Dataset:
    if found and all(len(column.shape) in (3, 4) for column in found):
        return _unlabelled(path, found)
    pairs = _pairs(path, found)
    for split, (images, labels) in pairs.items():
        if images.shape[:1] != labels.shape[:1]:
            counts = f"{images.key} has {_length(images):,} images, but {labels.key} {_length(labels):,} labels"
            raise DataError(f"{counts} ({split})", hint="Store one label for each image, in the same order.")
    inputs, problems = image_inputs({split: images.load() for split, (images, _) in pairs.items()})
    stored = {split: labels.load() for split, (_, labels) in pairs.items()}
    encoded = encode(stored, _names(path, found, stored))
    parts = {split: Part.whole(inputs[split], encoded.targets[split]) for split in pairs}
    files = tuple(sorted({str(column.path) for pair in pairs.values() for column in pair}))
    name = "npz" if magic.is_zip(magic.head(Path(files[0]))) else "npy"
    dataset = Dataset(path, name, encoded.class_names, parts, files=files, task=encoded.task)
    empty = empty_classes(dataset.class_counts(), encoded.class_names)
    return replace(dataset, problems=(*problems, *encoded.problems, *empty))


def _unlabelled(path: Path, found: Sequence[Column]) -> Dataset:
    """Return images alone: with nothing that could be labels they show a student what a teacher answers."""
    images = {split: column for split in _PARTS if (column := _named(found, "images", split))}
    if "train" not in images:
        shaped = _shaped_like_images(found, "train")
        images = {"train": shaped, **images} if shaped else images
    if "train" not in images:
        raise _not_found(path, found)
    inputs, problems = image_inputs({split: column.load() for split, column in images.items()})
    parts = {split: Part.whole(one, np.full(len(one), -1, dtype=np.int64)) for split, one in inputs.items()}
    files = tuple(sorted({str(column.path) for column in images.values()}))
    name = "npz" if magic.is_zip(magic.head(Path(files[0]))) else "npy"
    return Dataset(
        path, name, (), parts, (*problems, unlabelled("Name labels y_train (y_test), beside x_train.")), files
    )


def _numpy_files(folder: Path) -> list[Path]:
    return [path for path in magic.few_files(folder) if magic.is_npy(magic.head(path)) or is_npz(path)]


def _columns(path: Path) -> list[Column]:
    """Return all arrays that may belong to the data at `path`."""
    if not path.is_dir() and not magic.is_npy(magic.head(path)):
        return columns(path)
    files = _numpy_files(path if path.is_dir() else path.parent)
    if not path.is_dir():
        family = meaning(path.stem).family
        siblings = [file for file in files if magic.is_npy(magic.head(file)) and meaning(file.stem).family == family]
        return [column for file in siblings for column in columns(file)]
    arrays = [file for file in files if magic.is_npy(magic.head(file))]
    archives = [file for file in files if file not in arrays]
    if arrays:
        return [column for file in arrays for column in columns(file)]
    if len(archives) > 1:  # train.npz and test.npz: the file's name is part of the arrays' names
        return [replace(c, key=f"{file.stem}_{c.key}") for file in archives for c in columns(file)]
    return columns(archives[0])


def _pairs(path: Path, found: Sequence[Column]) -> dict[str, tuple[Column, Column]]:
    """Return (images, labels) of each part, `train` first."""
    pairs: dict[str, tuple[Column, Column]] = {}
    for split in _PARTS:
        images, labels = _named(found, "images", split), _named(found, "labels", split)
        if images is None and labels is None and split != "train":
            continue
        if images is None:
            images = _shaped_like_images(found, split)
        if images is not None and labels is None:
            labels = _as_long_as(images, found, split)
        if images is not None and labels is not None:
            pairs[split] = images, labels
    if "train" not in pairs and len(pairs) == 1:
        pairs = {"train": next(iter(pairs.values()))}
    if "train" not in pairs:
        raise _not_found(path, found)
    return pairs


def _named(found: Sequence[Column], role: str, split: str) -> Column | None:
    """Return the one array whose name says this; without any split in its name an array is of `train`."""
    fitting = [c for c in found if meaning(c.key).role == role and (meaning(c.key).split or "train") == split]
    if role == "labels":
        fitting = [c for c in fitting if not _are_names(c)]
    if len(fitting) > 1:  # `x_train` beside a plain `x`; CIFAR-100's fine labels beside its coarse ones
        said = [c for c in fitting if meaning(c.key).split]
        fine = [c for c in fitting if "fine" in c.key.lower()]
        fitting = next((group for group in (said, fine) if len(group) == 1), fitting)
    if len(fitting) > 1:
        keys = listed([c.key for c in fitting])
        raise DataError(f"several arrays could be the {split} {role}: {keys}", hint=f"Keep one of them. {_HINT}")
    return fitting[0] if fitting else None


def _shaped_like_images(found: Sequence[Column], split: str) -> Column | None:
    fitting = [c for c in _nameless(found, split) if len(c.shape) in (3, 4)]
    return fitting[0] if len(fitting) == 1 else None


def _as_long_as(images: Column, found: Sequence[Column], split: str) -> Column | None:
    fitting = [c for c in _nameless(found, split) if c is not images and len(c.shape) in (1, 2)]
    fitting = [c for c in fitting if c.shape[0] == images.shape[0]] or fitting
    return fitting[0] if len(fitting) == 1 else None


def _nameless(found: Sequence[Column], split: str) -> list[Column]:
    return [c for c in found if not meaning(c.key).role and (meaning(c.key).split or "train") == split]


def _are_names(column: Column) -> bool:
    """Whether this is the list of class names: words under `classes`, beside labels in numbers."""
    return column.dtype.kind in "US" and len(column.shape) == 1 and "classes" in column.key.lower()


def _names(path: Path, found: Sequence[Column], stored: dict[str, np.ndarray]) -> tuple[str, ...]:
    for column in found:
        is_list = column.dtype.kind in "US" and len(column.shape) == 1
        if is_list and (meaning(column.key).role == "names" or _are_names(column)):
            names = column.load()
            return tuple(str(name) for name in (np.char.decode(names, "utf-8") if names.dtype.kind == "S" else names))
    largest = -1
    for labels in stored.values():
        if labels.dtype.kind not in "biuf" or not labels.size:
            return ()
        is_one_hot = labels.ndim == 2 and labels.shape[1] > 1
        largest = max(largest, labels.shape[1] - 1 if is_one_hot else int(np.nan_to_num(labels).max()))
    return class_names(path, largest)


def _length(column: Column) -> int:
    return column.shape[0] if column.shape else 0


def _not_found(path: Path, found: Sequence[Column]) -> DataError:
    if not found:
        return DataError(f"{path.name} holds no arrays", hint=_HINT)
    described = listed([f"{c.key} ({' × '.join(f'{size:,}' for size in c.shape)})" for c in found], most=8)
    has_images = any(meaning(c.key).role == "images" or len(c.shape) in (3, 4) for c in found)
    missing = "labels that belong to the images" if has_images else "images"
    return DataError(f"no {missing} found among the arrays: {described}", hint=_HINT)
