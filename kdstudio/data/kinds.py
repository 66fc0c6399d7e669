"""Inputs that are not images: text, rows of a table, sound."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from kdstudio.data.dataset import Kind

SEPARATOR = "[SEP]"
"""Stands between two texts that are judged together; BERT's own tokenizers read it so."""


@dataclass(frozen=True, slots=True)
class TextInputs:
    """Texts in memory.

    `names` are those of their files, where each has one; `joined` the columns whose texts were put together.
    """

    texts: Sequence[str]
    names: Sequence[str] = field(default=(), repr=False)
    joined: tuple[str, ...] = ()
    kind: ClassVar[Kind] = "text"
    shape: ClassVar[tuple[int, ...]] = ()
    dtype: ClassVar[np.dtype] = np.dtype(object)

    def __len__(self) -> int:
        return len(self.texts)

    def read(self, rows: np.ndarray) -> np.ndarray:
        """Return the texts of these rows, (n,) of str."""
        block = np.empty(len(rows), dtype=object)
        block[:] = [self.texts[int(row)] for row in rows]
        return block


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: a number, or a category with its names in the order of their codes."""

    name: str
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TableInputs:
    """Rows of numbers: `array` (N, F), with category codes, and NaN where a value is missing or a category unknown."""

    array: np.ndarray
    columns: tuple[Column, ...]
    kind: ClassVar[Kind] = "table"
    dtype: ClassVar[np.dtype] = np.dtype(np.float32)

    @property
    def shape(self) -> tuple[int, ...]:
        """(F,) of one row."""
        return (len(self.columns),)

    def __len__(self) -> int:
        return len(self.array)

    def read(self, rows: np.ndarray) -> np.ndarray:
        """Return these rows, (n, F) float32."""
        return np.ascontiguousarray(self.array[np.asarray(rows, dtype=np.int64)], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class AudioInputs:
    """Clips that are decoded when they are read: `decode(row)` gives mono samples in −1..1 at `rate`, of any length.

    `samples` is the length that all are brought to: longer clips lose their end, shorter ones end in silence. `names`
    are those of their files, where each has one.
    """

    count: int
    rate: int
    samples: int
    decode: Callable[[int], np.ndarray]
    names: Sequence[str] = field(default=(), repr=False)
    kind: ClassVar[Kind] = "audio"
    dtype: ClassVar[np.dtype] = np.dtype(np.float32)

    @property
    def shape(self) -> tuple[int, ...]:
        """(S,) samples of one clip."""
        return (self.samples,)

    def __len__(self) -> int:
        return self.count

    def read(self, rows: np.ndarray) -> np.ndarray:
        """Return the clips of these rows, (n, S) float32; raises DataError that names a file it cannot decode."""
        block = np.zeros((len(rows), self.samples), dtype=np.float32)
        for place, row in enumerate(rows):
            clip = self.decode(int(row))[: self.samples]
            block[place, : len(clip)] = clip
        return block
