"""CIFAR-10 and CIFAR-100 as they are published: batches of Python pickles or of plain bytes, in a folder or packed.

https://www.cs.toronto.edu/~kriz/cifar.html. A binary record is a label of one byte (CIFAR-100: coarse, then fine) and
3,072 bytes of an image, channel by channel.
"""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np

from kdstudio.core.errors import DataError, Problem
from kdstudio.data import magic
from kdstudio.data.class_names import class_names
from kdstudio.data.dataset import ArrayInputs, Dataset, Part
from kdstudio.data.image import batch_pickle
from kdstudio.data.labels import empty_classes, encode
from kdstudio.data.stores import Store
from kdstudio.data.stores.folder import FolderStore
from kdstudio.data.stores.opening import first_names, open_store

_PIXELS = 3072
_RECORDS = {3073: (10,), 3074: (20, 100)}  # bytes of a record → how many classes each of its label bytes tells apart
_NAME = re.compile(r"(data_batch_\d+|test_batch|train|test)(\.bin)?$")
_META = ("batches.meta", "meta")
_NAMES = ("fine_label_names.txt", "batches.meta.txt")
_FOLDER = re.compile(r"cifar-?10+-(batches-(py|bin)|python|binary)", re.IGNORECASE)
_PICKLED_KEYS = (b"batch_label", b"filenames", b"fine_labels", b"labels", b"data", b"label_names")
_LOOK = 32  # records whose labels sniffing looks at
_BATCHES = 5


class CifarReader:
    """Reads CIFAR's own files."""

    title: ClassVar[str] = "CIFAR-10 or CIFAR-100 as published (Python or binary batches, in a folder, zip or tar)"

    @staticmethod
    def sniff(path: Path) -> float:
        """Sure of folders with batches, and of one batch; fairly sure of archives whose members are called so."""
        if path.is_dir():
            return 0.97 if _place(path) is not None else 0.0
        if _is_batch(path):
            return 0.97
        return 0.9 if any(_FOLDER.search(name) and _is_named(name) for name in first_names(path)) else 0.0

    @staticmethod
    def read(path: Path) -> Dataset:
        """Read all batches; raises DataError where one is damaged or wants to run code."""
        store = _store(path)
        files = {name.rpartition("/")[2]: at for at, name in enumerate(store.names)}
        problems = list(store.problems)
        batches = sorted(name for name in files if _NAME.match(name))
        train = [name for name in batches if not name.startswith("test")]
        test = [name for name in batches if name.startswith("test")]
        if not train:
            raise DataError(f"{path.name} has CIFAR batches, but none to train on", hint="data_batch_1 … 5, or train.")
        if train[0].startswith("data_batch") and len(train) < _BATCHES:
            message = f"{len(train)} of CIFAR-10's {_BATCHES} training batches are there: {', '.join(train)}"
            problems.append(Problem(message=message, hint="Copy the others too.", severity="warning"))
        read = {"train": [_batch(store, files[name]) for name in train]}
        read |= {"test": [_batch(store, files[name]) for name in test]} if test else {}
        labels = {split: np.concatenate([labels for _, labels in of]) for split, of in read.items()}
        largest = max(int(column.max(initial=0)) for column in labels.values())
        encoded = encode(labels, _names(store, files) or class_names(path, largest))
        parts = {
            split: Part.whole(ArrayInputs(np.concatenate([images for images, _ in of])), encoded.targets[split])
            for split, of in read.items()
        }
        used = [files[name] for name in (*batches, *(n for n in (*_META, *_NAMES) if n in files))]
        form = f"CIFAR {'binary' if train[0].endswith('.bin') else 'Python'} batches"
        dataset = Dataset(path, form, encoded.class_names, parts, files=tuple(sorted(set(store.files(used)))))
        problems += [*encoded.problems, *empty_classes(dataset.class_counts(), encoded.class_names)]
        return Dataset(path, form, encoded.class_names, parts, tuple(problems), dataset.files)


READER = CifarReader


def _place(folder: Path) -> Path | None:
    """Return the folder that the batches lie in: this one, or the only one inside it."""
    if any(_is_batch(file) for file in magic.few_files(folder) if _NAME.match(file.name)):
        return folder
    try:
        inside = [entry for entry in folder.iterdir() if magic.is_visible(entry.name)]
    except OSError:
        return None
    if len(inside) == 1 and inside[0].is_dir():
        return inside[0] if any(_is_batch(file) for file in magic.few_files(inside[0])) else None
    return None


def _store(path: Path) -> Store:
    if path.is_file() and not _is_batch(path):
        return open_store(path)[0]
    folder = (_place(path) or path) if path.is_dir() else path.parent
    names = [file.name for file in magic.few_files(folder)]
    if not path.is_dir():  # of one batch the set that it belongs to
        suffix = path.suffix if path.suffix == ".bin" else ""
        names = [name for name in names if not _NAME.match(name) or name.endswith(".bin") == bool(suffix)]
    return FolderStore(folder, tuple(names), {})


def _is_named(name: str) -> bool:
    return bool(_NAME.match(name.rpartition("/")[2]))


def _is_batch(path: Path) -> bool:
    """Whether a file is one batch, by name and content."""
    if not _NAME.match(path.name):
        return False
    start = magic.head(path)
    if path.suffix != ".bin":
        is_pickle = start[:1] == b"\x80" or start[:2] in (b"(d", b"}q", b"}(")
        return is_pickle and any(key in start for key in _PICKLED_KEYS)
    try:
        size = path.stat().st_size
    except OSError:
        return False
    return any(size % record == 0 and _fits(path, record) for record in _RECORDS)


def _fits(path: Path, record: int) -> bool:
    """Whether the label bytes of the first records are labels, and not all of the file is one value."""
    content = magic.head(path, record * _LOOK)
    rows = np.frombuffer(content[: len(content) // record * record], np.uint8).reshape(-1, record)
    return len(rows) > 0 and _has_labels(rows) and bool(np.ptp(rows) > 0)


def _has_labels(rows: np.ndarray) -> bool:
    classes = _RECORDS[rows.shape[1]]
    return all(bool((rows[:, i] < count).all()) for i, count in enumerate(classes))


def _batch(store: Store, at: int) -> tuple[np.ndarray, np.ndarray]:
    """Return images (n, 3, 32, 32) uint8 and labels (n,) int64 of one batch."""
    name = store.names[at].rpartition("/")[2]
    with store.access() as access:
        content = access.read(at)
    images, labels = _binary(content, name) if name.endswith(".bin") else _pickled(content, name)
    if len(images) != len(labels):
        raise DataError(f"{name} has {len(images):,} images and {len(labels):,} labels", hint="Download it again.")
    return images.reshape(-1, 3, 32, 32), labels


def _binary(content: bytes, name: str) -> tuple[np.ndarray, np.ndarray]:
    for record, classes in _RECORDS.items():
        if content and len(content) % record == 0:
            rows = np.frombuffer(content, np.uint8).reshape(-1, record)
            if _has_labels(rows):
                return rows[:, len(classes) :], rows[:, len(classes) - 1].astype(np.int64)
    message = f"{name} is cut off or damaged: its {len(content):,} bytes are no whole CIFAR records"
    raise DataError(message, hint="Copy or download the file again.")


def _pickled(content: bytes, name: str) -> tuple[np.ndarray, np.ndarray]:
    value = batch_pickle.read(content, name)
    labels = value.get("fine_labels", value.get("labels"))
    images = value.get("data")
    is_right = isinstance(images, np.ndarray) and images.dtype == np.uint8 and images.shape[1:] == (_PIXELS,)
    if not is_right or not isinstance(labels, list | np.ndarray):
        message = f"{name} does not hold what a CIFAR batch holds: data (n × 3,072 bytes) and labels"
        raise DataError(message, hint="Download it again.")
    try:
        return np.asarray(images), np.array(labels, dtype=np.int64).reshape(-1)
    except (TypeError, ValueError, OverflowError) as error:
        raise DataError(f"the labels in {name} are no whole numbers", hint="Download it again.") from error


def _names(store: Store, files: dict[str, int]) -> tuple[str, ...]:
    """Return the class names that lie beside the batches; none where they cannot be read."""

    def content(name: str) -> bytes:
        with store.access() as access:
            return access.read(files[name])

    readers: list[tuple[str, Callable[[str], Sequence[object]]]] = [
        *((name, lambda name: _meta(content(name), name)) for name in _META),
        *((name, lambda name: content(name).splitlines()) for name in _NAMES),
    ]
    for name, read in readers:
        found = [_text(word) for word in read(name)] if name in files else []
        if any(found):
            return tuple(word for word in found if word)
    return ()


def _meta(content: bytes, name: str) -> Sequence[object]:
    value = batch_pickle.read(content, name)
    names = value.get("fine_label_names", value.get("label_names"))
    return names if isinstance(names, list) else ()


def _text(word: object) -> str:
    return word.decode("utf-8", "replace").strip() if isinstance(word, bytes) else str(word).strip()
