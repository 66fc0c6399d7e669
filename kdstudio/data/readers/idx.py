"""IDX files, the format of MNIST and Fashion-MNIST: four files, gzipped or not, found by their magic numbers.

http://yann.lecun.com/exdb/mnist. Names only tell the parts apart (`train-…`, `t10k-…`, with dashes, dots or
underscores, with any prefix); files whose names say nothing are matched by their number of entries.
"""

import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import ClassVar

import numpy as np

from kdstudio.core.errors import DataError, Problem
from kdstudio.data import magic
from kdstudio.data.class_names import class_names
from kdstudio.data.dataset import Dataset, Part
from kdstudio.data.image.pixels import image_inputs
from kdstudio.data.labels import empty_classes, encode, listed

_SPLITS = (("train", "train"), ("valid", "validation"), ("val", "validation"), ("t10k", "test"), ("test", "test"))
_WORDS = r"train(ing)?|validation|valid|val|t10k|test(ing)?|images?|labels?|idx\d?|ubyte|gz|byte"
_USUAL = "train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte"


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    dtype: str
    shape: tuple[int, ...]
    header: int
    is_gzip: bool

    @property
    def has_images(self) -> bool:
        return len(self.shape) >= 3

    @property
    def split(self) -> str:
        """The part that the name says, or nothing."""
        name = self.path.name.lower()
        return next((split for word, split in _SPLITS if word in name), "")

    @property
    def family(self) -> str:
        """What is left of the name without the usual words: `emnist-letters` and the like."""
        return re.sub(rf"{_WORDS}|[-_. ]+", " ", self.path.name.lower()).strip()


class IdxReader:
    """Reads a folder of IDX files, or the set that one of them belongs to."""

    title: ClassVar[str] = "a folder of IDX files (MNIST's format)"

    @staticmethod
    def sniff(path: Path) -> float:
        """Sure where IDX images are found."""
        if path.is_dir():
            return 0.95 if any(file.has_images for file in _files(path)) else 0.0
        return 0.95 if _open(path) else 0.0

    @staticmethod
    def read(path: Path) -> Dataset:
        """Read train and test (and validation); class names as `class_names` finds them, else digits."""
        pairs = _pairs(path)
        problems: list[Problem] = []
        columns = {split: _values(labels, problems) for split, (_, labels) in pairs.items()}
        arrays = {split: _values(images, problems) for split, (images, _) in pairs.items()}
        for split, (images, labels) in pairs.items():
            if len(arrays[split]) != len(columns[split]):
                message = (
                    f"{images.path.name} holds {len(arrays[split]):,} images, "
                    f"but {labels.path.name} {len(columns[split]):,} labels"
                )
                raise DataError(message, hint="Put the files that belong together into the folder.")
        inputs, remarks = image_inputs(arrays)
        largest = max((int(column.max()) for column in columns.values() if len(column)), default=0)
        first = {split: _first_column(column) for split, column in columns.items()}
        encoded = encode(first, class_names(path, largest))
        parts = {split: Part.whole(inputs[split], encoded.targets[split]) for split in pairs}
        files = tuple(sorted(str(file.path) for pair in pairs.values() for file in pair))
        dataset = Dataset(path, "IDX", encoded.class_names, parts, files=files)
        problems += [*remarks, *encoded.problems, *empty_classes(dataset.class_counts(), encoded.class_names)]
        return Dataset(path, "IDX", encoded.class_names, parts, tuple(problems), files)


READER = IdxReader


def _first_column(labels: np.ndarray) -> np.ndarray:
    return labels[:, 0] if labels.ndim == 2 else labels  # QMNIST keeps the class first and where it came from behind


def _open(path: Path) -> _File | None:
    start = magic.head(path)
    is_gzip = magic.is_gzip(start)
    header = magic.idx_header(magic.unzipped(start) if is_gzip else start)
    if header is None:
        return None
    dtype, shape, length = header
    return _File(path, dtype, shape, length, is_gzip)


def _files(folder: Path) -> list[_File]:
    """Return the IDX files in a folder; where one lies there packed and unpacked, the unpacked one."""
    found = [file for path in magic.few_files(folder) if (file := _open(path))]
    plain = {file.path.name for file in found if not file.is_gzip}
    return [file for file in found if not (file.is_gzip and file.path.name.removesuffix(".gz") in plain)]


def _pairs(path: Path) -> dict[str, tuple[_File, _File]]:
    """Return the files (images, labels) of each part, `train` first."""
    folder = path if path.is_dir() else path.parent
    files = _files(folder)
    families = sorted({file.family for file in files if file.has_images})
    if not path.is_dir():
        dropped = next(
            (file for file in files if file.path.name.removesuffix(".gz") == path.name.removesuffix(".gz")), None
        )
        own = [file for file in files if dropped and file.family == dropped.family]
        files = own if {file.has_images for file in own} == {True, False} else files
    elif len(families) > 1 and all(any(f.family == family and not f.has_images for f in files) for family in families):
        hint = "Drop one of its files instead of the folder: those that belong to it are found."
        raise DataError(f"{folder.name} holds several data sets: {listed(families)}", hint=hint)
    images, labels = [f for f in files if f.has_images], [f for f in files if not f.has_images]
    pairs = _match(images, labels)
    if "train" not in pairs and len(pairs) == 1:
        pairs = {"train": next(iter(pairs.values()))}
    if "train" not in pairs:
        missing = "labels" if images else "images"
        hint = f"The usual files are {_USUAL}, each with or without .gz."
        raise DataError(f"{folder.name} has IDX files, but no training {missing} that belong together", hint=hint)
    return {split: pairs[split] for split in ("train", "validation", "test") if split in pairs}


def _match(images: list[_File], labels: list[_File]) -> dict[str, tuple[_File, _File]]:
    pairs: dict[str, tuple[_File, _File]] = {}
    for split in ("train", "validation", "test"):
        own_images, own_labels = _of(split, images), _of(split, labels)
        if len(own_images) > 1 or len(own_labels) > 1:
            several = own_images if len(own_images) > 1 else own_labels
            names = listed([file.path.name for file in several])
            raise DataError(f"several files could be the {split} part: {names}", hint="Keep one of them in the folder.")
        if own_images and own_labels:
            pairs[split] = own_images[0], own_labels[0]
    left_images = sorted((f for f in images if not f.split), key=lambda file: -file.shape[0])
    for image, split in zip(left_images, [s for s in ("train", "test") if s not in pairs], strict=False):
        fitting = [file for file in labels if not file.split and file.shape[0] == image.shape[0]]
        if not fitting and len(images) == len(labels) == 1:
            fitting = labels
        if len(fitting) == 1:
            pairs[split] = image, fitting[0]
    return pairs


def _of(split: str, files: Iterable[_File]) -> list[_File]:
    return [file for file in files if file.split == split]


def _values(file: _File, problems: list[Problem]) -> np.ndarray:
    """Return the array in an IDX file; raises DataError where it is cut off or damaged."""
    again = "Copy or download the file again."
    try:
        content = file.path.read_bytes()
        content = zlib.decompress(content, 31) if file.is_gzip else content
    except zlib.error as error:
        message = f"{file.path.name} is cut off or damaged: it cannot be unpacked ({error})"
        raise DataError(message, hint=again, where=str(file.path)) from error
    dtype = np.dtype(file.dtype)
    wanted, found = prod(file.shape) * dtype.itemsize, len(content) - file.header
    if found < wanted:
        message = f"{file.path.name} is cut off: it should hold {wanted:,} bytes of numbers, but {found:,} are there"
        raise DataError(message, hint=again, where=str(file.path))
    if found > wanted:
        message = f"{file.path.name} has {found - wanted:,} bytes more than it should: they are not used"
        problems.append(Problem(message=message, hint=again, severity="warning", where=str(file.path)))
    values = np.frombuffer(content, dtype, count=wanted // dtype.itemsize, offset=file.header).reshape(file.shape)
    return values if dtype.isnative else values.astype(dtype.newbyteorder("="))
