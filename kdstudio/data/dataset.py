"""What a data set is: inputs that are read by row, their true classes, and the parts they ship in."""

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar, Literal, Protocol

import numpy as np

from kdstudio.core.digest import digest_bytes, digest_file, digest_value
from kdstudio.core.errors import Problem
from kdstudio.core.targets import Task, is_known

WHOLE_DIGEST_BYTES = 256 * 1024**2  # up to here hashing every byte takes about a second
_DIGEST_SAMPLE_BYTES = 64 * 1024
_AT_ONCE_BYTES = 1024**2


Kind = Literal["image", "text", "table", "audio"]


class Inputs(Protocol):
    """Inputs of one kind, read by row, so that a data set larger than the memory can be used.

    | kind | `shape` of one input | what `read` gives |
    |---|---|---|
    | image | (c, H, W), c is 1 for grey and 3 for colour | (n, c, H, W) uint8, or float32 that is 0..1 already |
    | text | () | (n,) of str |
    | table | (F,) | (n, F) float32: numbers, category codes, NaN where a value is missing |
    | audio | (S,) | (n, S) float32 in −1..1 |
    """

    @property
    def kind(self) -> Kind:
        """What one input is."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one input."""

    @property
    def dtype(self) -> np.dtype:
        """Type of what `read` gives."""

    def __len__(self) -> int: ...

    def read(self, rows: np.ndarray) -> np.ndarray:
        """Return the inputs of these rows (n,) int64; only they are decoded. Raises DataError."""


@dataclass(frozen=True, slots=True)
class ArrayInputs:
    """Inputs in an array (N, c, H, W) of any number type, possibly memory-mapped.

    Without a divisor the values are right as they are: integers are given as uint8, floats (0..1) as float32. With one,
    float32 `(value − offset) / divisor` is given, computed for the rows that are read and not for the whole array, so
    that a mapped array is never copied.
    """

    array: np.ndarray
    offset: float = 0.0
    divisor: float | None = None
    kind: ClassVar[Kind] = "image"

    @property
    def shape(self) -> tuple[int, int, int]:
        """(c, H, W) of one input."""
        channels, height, width = self.array.shape[1:]
        return channels, height, width

    @property
    def dtype(self) -> np.dtype:
        """uint8 or float32."""
        is_raw = self.divisor is None and self.array.dtype.kind in "iu"
        return np.dtype(np.uint8 if is_raw else np.float32)

    def __len__(self) -> int:
        return len(self.array)

    def read(self, rows: np.ndarray) -> np.ndarray:
        """Return the inputs of these rows, (n, c, H, W)."""
        block = np.ascontiguousarray(self.array[np.asarray(rows, dtype=np.int64)], dtype=self.dtype)
        if self.divisor is not None:
            block -= np.float32(self.offset)
            block /= np.float32(self.divisor)
        return block


@dataclass(frozen=True, slots=True)
class Part:
    """One split of a data set: position i is row `index[i]` of `inputs` and has the true class `targets[i]`.

    `targets` (N,) int64, -1 where there is no label, or (N, C) float32 as `core.targets` says; `index` (N,) int64. A
    validation part that was taken out of the training inputs shares their `inputs`, so that a row always names the same
    image.
    """

    inputs: Inputs
    targets: np.ndarray
    index: np.ndarray

    @classmethod
    def whole(cls, inputs: Inputs, targets: np.ndarray) -> "Part":
        """Return the part that holds every row of `inputs`, with `targets` of any type of integers or floats."""
        kind = np.float32 if targets.dtype.kind == "f" else np.int64
        return cls(inputs, np.asarray(targets, dtype=kind), np.arange(len(inputs), dtype=np.int64))

    @property
    def known(self) -> np.ndarray:
        """Where there is a class, labels or numbers, (N,) bool."""
        return is_known(self.targets)

    def __len__(self) -> int:
        return len(self.index)

    def subset(self, positions: np.ndarray) -> "Part":
        """Return the part with only these positions, int (n,) or bool (N,)."""
        return Part(self.inputs, self.targets[positions], self.index[positions])

    def read(self, positions: np.ndarray) -> np.ndarray:
        """Return the inputs at these positions (n,), as `Inputs.read` does."""
        return self.inputs.read(self.index[positions])


@dataclass(frozen=True, slots=True)
class Dataset:
    """A data set as it ships: `parts` always has `train`, and `validation` and `test` where the data set has them.

    `class_names` are those of the labels or of the numbers where the task is such. Without any label there are none:
    the inputs show a student what a teacher answers. `problems` are warnings
    and notes (images left out, values rescaled); what makes a data set unusable is raised while it is read. `files` are
    the paths it was read from: text, because there may be many.
    """

    path: Path
    format: str
    class_names: tuple[str, ...]
    parts: dict[str, Part]
    problems: tuple[Problem, ...] = ()
    files: tuple[str, ...] = field(default=(), repr=False)
    target: str = ""  # the column that the classes are taken from, where they lie in a table
    columns: tuple[str, ...] = ()  # the columns of that table that could be chosen instead, this one among them
    task: Task = "classification"
    transfer: "Dataset | None" = None  # more inputs to be taught on, which have no labels

    @property
    def kind(self) -> Kind:
        """What one input is."""
        return self.parts["train"].inputs.kind

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one input, the same in all parts."""
        return self.parts["train"].inputs.shape

    def class_counts(self, part: str = "train") -> np.ndarray:
        """Return the number of labelled inputs per class or label, (C,) int64; of all known numbers, (K,)."""
        targets = self.parts[part].targets
        if self.task == "multi_label":
            return np.asarray((targets == 1).sum(axis=0), dtype=np.int64)
        if self.task == "regression":
            return np.asarray((~np.isnan(targets)).sum(axis=0), dtype=np.int64)
        if self.task == "next_token":
            return np.zeros(0, dtype=np.int64)  # passages have no classes: their tokens have
        return np.bincount(targets[targets >= 0], minlength=len(self.class_names))

    def with_classes(self, names: tuple[str, ...], count: int, task: Task = "classification") -> "Dataset":
        """Return data without any label under the classes and the task of a teacher, which stand in for its own."""
        if self.class_names:
            return self
        parts = self.parts
        if task not in ("classification", "next_token"):
            parts = {
                name: replace(part, targets=np.full((len(part), count), np.nan, np.float32))
                for name, part in parts.items()
            }
        return replace(self, parts=parts, class_names=names or tuple(str(i) for i in range(count)), task=task)

    def digest(self) -> str:
        """Return the SHA-256 of format, class names and files, wherever the data set lies.

        Files of together 256 MiB are hashed whole; of more, their names, sizes, beginnings and ends.
        """
        root = len(str(self.path if self.path.is_dir() else self.path.parent)) + 1
        sizes = [os.path.getsize(file) for file in self.files]
        is_whole = sum(sizes) <= WHOLE_DIGEST_BYTES
        contents = [
            [file[root:].replace(os.sep, "/"), size, _file_digest(file, size, is_whole)]
            for file, size in zip(self.files, sizes, strict=True)
        ]
        task = [] if self.task == "classification" else [self.task]
        more = [self.transfer.digest()] if self.transfer is not None else []
        return digest_value([self.format, list(self.class_names), contents, *task, *more])


def _file_digest(path: str, size: int, is_whole: bool) -> str:
    if is_whole and size > _AT_ONCE_BYTES:
        return digest_file(Path(path))
    with open(path, "rb", buffering=0) as file:
        beginning = file.read(size if is_whole else _DIGEST_SAMPLE_BYTES)
        if not is_whole:
            file.seek(max(0, size - _DIGEST_SAMPLE_BYTES))
        return digest_bytes(beginning + file.read())
