"""Arrays in .npy and .npz files, described without reading them; nothing pickled is ever loaded."""

import re
import tokenize
import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from kdstudio.core.errors import DataError
from kdstudio.data import magic
from kdstudio.data.zip_names import zip_names

MAPPED_BYTES = 64 * 1024**2  # a larger .npy file is memory-mapped
_SPLITS = {
    "train": "train", "training": "train", "tr": "train",
    "validation": "validation", "valid": "validation", "val": "validation", "dev": "validation",
    "test": "test", "testing": "test", "te": "test",
}  # fmt: skip
_IMAGES = frozenset({"x", "image", "images", "img", "imgs", "data", "input", "inputs", "feature", "features", "pixels"})
_LABELS = frozenset({"y", "label", "labels", "target", "targets", "class", "classes", "fine", "coarse"})
_BROKEN = (  # what zipfile and numpy raise for damaged, encrypted or exotic files
    zipfile.BadZipFile, zlib.error, tokenize.TokenError, SyntaxError, ValueError, EOFError, RuntimeError,
    OverflowError, TypeError, KeyError,
)  # fmt: skip
_NAMES = frozenset({"names", "name", "categories"})


@dataclass(frozen=True, slots=True)
class Column:
    """One stored array: what it is called, its shape and type, and how to get it."""

    key: str
    shape: tuple[int, ...]
    dtype: np.dtype
    path: Path
    load: Callable[[], np.ndarray]


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the name of an array says: `role` images, labels, names or nothing; `family` the rest of the name."""

    role: str
    split: str
    family: tuple[str, ...]


def columns(path: Path) -> list[Column]:
    """Return the arrays in a .npy or .npz file, told by its content; raises DataError where it is damaged."""
    try:
        if magic.is_npy(magic.head(path)):
            with open(path, "rb") as file:
                shape, dtype = _header(file)
            return [Column(path.stem, shape, dtype, path, lambda: _load(path))]
        with zipfile.ZipFile(path) as archive:
            return [_member(path, archive, name) for name in archive.namelist() if name.endswith(".npy")]
    except _BROKEN as error:
        raise _damaged(path, error) from error


def is_npz(path: Path) -> bool:
    """Whether a file is a zip archive with nothing but .npy files in it."""
    if not magic.is_zip(magic.head(path)):
        return False
    names = zip_names(path)
    if names is None:  # cut off: the first member still tells, and reading says what is wrong
        return b".npy" in magic.head(path)[:128]
    return bool(names) and all(name.endswith(".npy") for name in names)


def meaning(key: str) -> Meaning:
    """Return what `x_train`, `trainY`, `test-images`, `xtest`, `mnist_labels` … stand for."""
    words = [w.lower() for w in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", key.replace("t10k", "test"))]
    tokens = [token for word in words for token in _unglued(word)]
    split = next((_SPLITS[token] for token in tokens if token in _SPLITS), "")
    rest = [token for token in tokens if token not in _SPLITS]
    role = next((role for role, known in _ROLES if any(token in known for token in rest)), "")
    family = tuple(token for token in rest if token not in _IMAGES | _LABELS | _NAMES)
    return Meaning(role, split, family)


_ROLES = (("names", _NAMES), ("labels", _LABELS), ("images", _IMAGES))


def _unglued(word: str) -> Iterable[str]:
    """Split `xtrain` and `testlabels`, which have no separator."""
    if word in _SPLITS or word in _IMAGES | _LABELS | _NAMES:
        return (word,)
    for split in _SPLITS:
        for rest in (word.removesuffix(split), word.removeprefix(split)):
            if rest in _IMAGES | _LABELS:
                return (split, rest)
    return (word,)


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], np.dtype]:
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    elif version == (2, 0):
        shape, _, dtype = np.lib.format.read_array_header_2_0(file)
    else:
        raise ValueError(f"it has version {version[0]}.{version[1]} of the format, for tables and not for images")
    return shape, dtype


def _member(path: Path, archive: zipfile.ZipFile, name: str) -> Column:
    with archive.open(name) as file:
        shape, dtype = _header(file)

    def load() -> np.ndarray:
        try:
            with zipfile.ZipFile(path) as again, again.open(name) as stream:
                return np.lib.format.read_array(stream, allow_pickle=False)
        except _BROKEN as error:
            raise _damaged(path, error, name) from error

    return Column(name.removesuffix(".npy"), shape, dtype, path, _refusing_objects(load, path, name, dtype))


def _load(path: Path) -> np.ndarray:
    with open(path, "rb") as file:
        _, dtype = _header(file)

    def load() -> np.ndarray:
        try:
            if path.stat().st_size > MAPPED_BYTES:
                return np.lib.format.open_memmap(path, mode="r")
            return np.asarray(np.load(path, allow_pickle=False))
        except _BROKEN as error:
            raise _damaged(path, error) from error

    return _refusing_objects(load, path, path.name, dtype)()


def _refusing_objects(
    load: Callable[[], np.ndarray], path: Path, name: str, dtype: np.dtype
) -> Callable[[], np.ndarray]:
    def checked() -> np.ndarray:
        if dtype.hasobject:
            hint = "Store numbers, for example np.stack(images).astype(np.uint8)."
            message = f"{name} holds Python objects, which are not opened: they could run code"
            raise DataError(message, hint=hint, where=str(path))
        return load()

    return checked


def _damaged(path: Path, error: Exception, member: str = "") -> DataError:
    what = f"{member} in {path.name}" if member else path.name
    return DataError(f"{what} is cut off or damaged: {error}", hint="Copy or write the file again.", where=str(path))
