"""Rows of a table for a program: numbers (N, F). Which column each of them is, only kdstudio's own exports tell."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from kdstudio.models.preprocessing.rows import RowPreprocessing
from kdstudio.models.preprocessing.table import ColumnPreprocessing, ColumnScale
from kdstudio.models.programs.inputs import Takes, Value, noise

WIDEST = 4096  # numbers in a row that is taken for one of a table


@dataclass(frozen=True, slots=True)
class Rows(Takes):
    """Rows of `width` numbers, those of `columns` where they are told."""

    width: int
    columns: tuple[ColumnScale, ...] = ()
    dtype: torch.dtype = torch.float32
    rows: int | None = None

    @property
    def preprocessing(self) -> RowPreprocessing:
        """Numbers as they are."""
        return RowPreprocessing(width=self.width, columns=self.columns)

    @property
    def is_told(self) -> bool:
        """Who tells the columns wrote the file so that it takes raw numbers."""
        return bool(self.columns)

    @property
    def input_shape(self) -> tuple[int, ...]:
        """(D,)."""
        return (self.width,)

    def arrange(self, prepared: Tensor) -> tuple[Tensor, ...]:
        """Turn rows (N, D) into the program's type."""
        return (prepared.to(self.dtype),)

    def probes(self) -> list[Tensor]:
        """Rows of 0..1, and around 0."""
        return list(noise(self.width))

    def sized(self) -> list["Rows"]:
        """There is one size."""
        return [self]

    def describe(self) -> str:
        """Say that the columns are a guess."""
        untold = "the file does not tell which columns it takes: those of the table are used, in their order"
        parts = ["" if self.is_told else untold, "" if self.rows is None else f"{self.rows} rows at a time"]
        return "; ".join(filter(None, parts))


def declared(value: Value) -> Iterator[Rows]:
    """Return how to hand rows to a program that declares this input; nothing where it takes none."""
    shape, dtype = value.shape, value.dtype
    if dtype is not None and dtype.is_floating_point and len(shape) == 2 and shape[1] is not None:
        yield Rows(shape[1], (), dtype, value.rows)


def guesses(shapes: Iterable[tuple[int, ...]]) -> Iterator[Rows]:
    """Return the rows that a net may take whose file declares no input: it has linear layers alone."""
    known = [shape for shape in shapes if len(shape) > 1]
    if all(len(shape) == 2 for shape in known):
        for count in dict.fromkeys(shape[1] for shape in known):
            if count <= WIDEST:
                yield Rows(count)


def own(how: ColumnPreprocessing, value: Value) -> Rows:
    """Return what a graph takes that kdstudio exported: raw numbers and codes, scaled inside of it."""
    assert value.dtype is not None
    columns = tuple(ColumnScale(name=column.name, categories=column.categories) for column in how.columns)
    return Rows(len(columns), columns, value.dtype, value.rows)
