"""Rows of a table: numbers scaled, categories as one-hot, missing values filled, all from the training part alone."""

from typing import TYPE_CHECKING, ClassVar, Literal, Self

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from kdstudio.core.errors import ModelError
from kdstudio.data.dataset import Kind
from kdstudio.data.kinds import TableInputs
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
    mean: float = 0.0
    std: float = Field(1.0, gt=0)
    may_miss: bool = False  # a value was missing in training: the network is told where one is

    @property
    def width(self) -> int:
        """How many numbers the network sees of it."""
        return len(self.categories) or 1 + self.may_miss


class TablePreprocessing(Preprocessing):
    """How a row of raw numbers and category codes (NaN where a value is missing) becomes the network's input."""

    takes: ClassVar[Kind] = "table"

    kind: Literal["table"] = "table"
    columns: tuple[ColumnScale, ...] = Field(min_length=1)

    @classmethod
    def of(cls, part: "Part") -> Self:
        """Return scales measured on `part`; a category keeps all of its names, also those that `part` lacks."""
        inputs = part.inputs
        assert isinstance(inputs, TableInputs)
        values = part.read(np.arange(min(len(part), _SAMPLE))).astype(np.float64)
        columns = []
        for column, numbers in zip(inputs.columns, values.T, strict=True):
            known = numbers[np.isfinite(numbers)]
            if column.categories:
                columns.append(ColumnScale(name=column.name, categories=column.categories))
                continue
            mean, std = (float(known.mean()), float(known.std())) if len(known) else (0.0, 1.0)
            std = std if std > 1e-12 else 1.0
            columns.append(ColumnScale(name=column.name, mean=mean, std=std, may_miss=len(known) < len(numbers)))
        return cls(columns=tuple(columns))

    @property
    def shape(self) -> tuple[int, ...]:
        """(D,): how many numbers the network sees of a row."""
        return (sum(column.width for column in self.columns),)

    @property
    def constants(self) -> int:
        """Mean, deviation and fill of each number, the codes of each category, and shapes."""
        return 64 + 16 * len(self.columns) + sum(len(column.categories) for column in self.columns)

    def suited(self, inputs: "Inputs") -> Self:
        """Return itself where the data has these columns; raises ModelError where it has others."""
        assert isinstance(inputs, TableInputs)
        own, given = [c.name for c in self.columns], [c.name for c in inputs.columns]
        if own != given:
            lacking = [name for name in own if name not in given]
            what = f"the data lacks {', '.join(lacking[:5])}" if lacking else "the data has them in another order"
            hint = "Use the table that the model was trained on, with the same columns."
            raise ModelError(f"the model wants {len(own)} columns and the data has {len(given)}: {what}", hint=hint)
        for mine, theirs in zip(self.columns, inputs.columns, strict=True):
            if mine.categories != theirs.categories:
                hint = "Use the table that the model was trained on: other categories would be misread."
                raise ModelError(f"the column {mine.name} has other categories than the model knows", hint=hint)
        return self

    def raw(self, values: np.ndarray) -> Tensor:
        """Rows (n, F) stay as they are."""
        return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))

    def apply(self, inputs: Raw) -> Tensor:
        """Turn rows (N, F) with NaN where a value is missing into (N, D). Traces under export."""
        assert isinstance(inputs, Tensor)
        parts = []
        for number, column in enumerate(self.columns):
            values = inputs[:, number : number + 1]
            if column.categories:
                codes = torch.arange(len(column.categories), device=values.device, dtype=values.dtype)
                parts.append((values == codes).to(values.dtype))  # a missing or unknown category equals no code
                continue
            missing = torch.isnan(values)
            filled = torch.where(missing, torch.full_like(values, column.mean), values)
            parts.append(((filled - column.mean) / column.std).clamp(-_WIDEST, _WIDEST))
            if column.may_miss:
                parts.append(missing.to(values.dtype))
        return torch.cat(parts, dim=1)

    def describe(self) -> str:
        """Return it in words."""
        categories = sum(bool(column.categories) for column in self.columns)
        return f"{len(self.columns) - categories} numbers scaled, {categories} categories as one-hot"

    def graph_inputs(self, shape: tuple[int, ...]) -> tuple[GraphInput, ...]:
        """Raw rows; any number of them."""
        return (GraphInput("row", torch.zeros(2, *shape), {0: "batch"}),)

    def in_graph(self, *given: Tensor) -> Tensor:
        """Prepare raw rows."""
        return self.apply(given[0])

    def feed(self, values: np.ndarray) -> Feed:
        """Return rows as float32."""
        return {"row": np.ascontiguousarray(values, dtype=np.float32)}
