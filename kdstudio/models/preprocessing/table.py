"""Rows of a table: numbers scaled, categories as one-hot, missing values filled, all from the training part alone."""

from functools import partial
from typing import TYPE_CHECKING, ClassVar, Literal, Self

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from kdstudio.core.errors import ModelError
from kdstudio.data.dataset import Kind
from kdstudio.data.kinds import Column, TableInputs
from kdstudio.data.labels import listed
from kdstudio.models.preprocessing.base import Feed, GraphInput, Preprocessing, Raw

if TYPE_CHECKING:
    from kdstudio.data.dataset import Inputs, Part

_SAMPLE = 200_000  # rows that means and deviations are taken from
_WIDEST = 10.0  # deviations that a value may lie from the mean: an outlier would otherwise rule the whole row


class ColumnScale(BaseModel):
    """One column: a number with mean and deviation, or a category with its names in the order of their codes."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str
    categories: tuple[str, ...] = ()
    seen: tuple[int, ...] = ()  # the codes that training had: weights of others would stay as they were drawn
    mean: float = 0.0
    std: float = Field(1.0, gt=0)
    may_miss: bool = False  # a value was missing in training: the network is told where one is

    @property
    def width(self) -> int:
        """How many numbers the network sees of it."""
        return len(self.seen) if self.categories else 1 + self.may_miss


class SourceColumn(BaseModel):
    """Where a column of the model stands in the data, and the model's code for each of the data's (-1: not known)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    position: int = Field(ge=0)
    codes: tuple[int, ...] = ()


class ColumnPreprocessing(Preprocessing):
    """Rows of the data with the columns and category codes that a model knows, by their names."""

    takes: ClassVar[Kind] = "table"

    columns: tuple[ColumnScale, ...]
    source: tuple[SourceColumn, ...] | None = None  # of the data, where its columns or codes are others

    def suited(self, inputs: "Inputs") -> Self:
        """Return the same for data that has these columns by name, in any order and with its own category codes.

        Raises ModelError where a column is missing, or is a number where the model knows a category.
        """
        assert isinstance(inputs, TableInputs)
        given = {column.name: (position, column) for position, column in enumerate(inputs.columns)}
        lacking = [column.name for column in self.columns if column.name not in given]
        if lacking:
            hint = "Use a table with the columns that the model was trained on, under the same names."
            raise ModelError(f"the data lacks columns that the model wants: {listed(lacking)}", hint=hint)
        found = [_source(column, *given[column.name]) for column in self.columns]
        is_same = [source.position for source in found] == list(range(len(inputs.columns))) and all(
            source.codes == tuple(range(len(column.categories)))
            for source, column in zip(found, self.columns, strict=True)
        )
        return self.model_copy(update={"source": None if is_same else tuple(found)})

    def raw(self, values: np.ndarray) -> Tensor:
        """Turn rows (n, F) of the data into rows with the model's columns and codes."""
        values = np.ascontiguousarray(values, dtype=np.float32)
        if self.source is not None:
            values = np.stack([_translated(values[:, source.position], source.codes) for source in self.source], axis=1)
        return torch.from_numpy(values)

    def graph_inputs(self, shape: tuple[int, ...]) -> tuple[GraphInput, ...]:
        """Raw rows; any number of them."""
        del shape  # the data may have more columns
        return (GraphInput("row", torch.zeros(2, len(self.columns)), {0: "batch"}),)

    def in_graph(self, *given: Tensor) -> Tensor:
        """Prepare raw rows."""
        return self.apply(given[0])

    def feed(self, values: np.ndarray) -> Feed:
        """Return rows as float32, with the model's columns and codes."""
        return {"row": self.raw(values).numpy()}


class TablePreprocessing(ColumnPreprocessing):
    """How a row of raw numbers and category codes (NaN where a value is missing) becomes the network's input."""

    kind: Literal["table"] = "table"
    columns: tuple[ColumnScale, ...] = Field(min_length=1)

    @classmethod
    def of(cls, part: "Part") -> Self:
        """Return scales measured on `part`; a category keeps all of its codes, also those that `part` lacks."""
        inputs = part.inputs
        assert isinstance(inputs, TableInputs)
        chosen = np.unique(np.linspace(0, max(len(part) - 1, 0), min(_SAMPLE, len(part))).astype(np.int64))
        values = part.read(chosen).astype(np.float64)
        return cls(columns=tuple(map(_scale, inputs.columns, values.T)))

    @property
    def shape(self) -> tuple[int, ...]:
        """(D,): how many numbers the network sees of a row."""
        return (sum(column.width for column in self.columns),)

    def constants(self, shape: tuple[int, ...]) -> int:
        """Mean, deviation and fill of each number, the codes of each category, and shapes."""
        del shape
        return 64 + 8 * len(self.columns) + 2 * sum(len(column.seen) for column in self.columns)

    def apply(self, inputs: Raw) -> Tensor:
        """Turn rows (N, F) with NaN where a value is missing into (N, D). Traces under export.

        First the scaled numbers, then where one is missing, then the categories: few large steps, whatever F is.
        """
        assert isinstance(inputs, Tensor)
        constant = partial(torch.tensor, device=inputs.device)
        numbers = [(place, column) for place, column in enumerate(self.columns) if not column.categories]
        spread = [(place, code) for place, column in enumerate(self.columns) for code in column.seen]
        parts = []
        if numbers:
            values = inputs.index_select(1, constant([place for place, _ in numbers]))  # (N, numbers)
            mean = constant([column.mean for _, column in numbers])
            std = constant([column.std for _, column in numbers])
            missing = torch.isnan(values)
            parts.append(((torch.where(missing, mean, values) - mean) / std).clamp(-_WIDEST, _WIDEST))
            told = [place for place, (_, column) in enumerate(numbers) if column.may_miss]
            if told:
                parts.append(missing.index_select(1, constant(told)).to(inputs.dtype))
        if spread:
            values = inputs.index_select(1, constant([place for place, _ in spread]))
            codes = constant([float(code) for _, code in spread])
            parts.append((values == codes).to(inputs.dtype))  # a missing or unknown category equals no code
        return torch.cat(parts, dim=1)

    def describe(self) -> str:
        """Return it in words."""
        categories = sum(bool(column.categories) for column in self.columns)
        told = f"{len(self.columns) - categories} numbers scaled" if categories < len(self.columns) else ""
        return ", ".join(filter(None, (told, f"{categories} categories as one-hot" if categories else "")))


def _scale(column: Column, values: np.ndarray) -> ColumnScale:
    """Return what `values` (N,) float64 tell about a column."""
    known = values[np.isfinite(values)]
    if column.categories:
        seen = tuple(int(code) for code in np.unique(known))
        return ColumnScale(name=column.name, categories=column.categories, seen=seen)
    mean, std = (float(known.mean()), float(known.std())) if len(known) else (0.0, 1.0)
    std = std if std > max(1e-12, 1e-7 * abs(mean)) else 1.0  # float32 tells no finer values apart
    return ColumnScale(name=column.name, mean=mean, std=std, may_miss=len(known) < len(values))


def _source(wanted: ColumnScale, position: int, given: Column) -> SourceColumn:
    if not wanted.categories and not given.categories:
        return SourceColumn(position=position)
    if not wanted.categories or not given.categories:
        kinds = ("categories", "numbers") if wanted.categories else ("numbers", "categories")
        raise ModelError(
            f"the model knows {kinds[0]} in the column {wanted.name}, and the data has {kinds[1]} there",
            hint="Use a table whose columns mean the same.",
        )
    number = {name: code for code, name in enumerate(wanted.categories)}
    return SourceColumn(position=position, codes=tuple(number.get(name, -1) for name in given.categories))


def _translated(values: np.ndarray, codes: tuple[int, ...]) -> np.ndarray:
    """Return values (n,) with the model's codes in place of the data's; NaN where it knows none."""
    if not codes:
        return values
    known = np.array([np.nan if code < 0 else code for code in codes] + [np.nan], dtype=np.float32)
    return known[np.where(np.isnan(values), len(codes), values).astype(np.int64)]
