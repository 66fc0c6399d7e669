"""Rows of a table for programs of others, which say how many numbers they take and nothing of columns or scales."""

from typing import TYPE_CHECKING, ClassVar, Literal, Self

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from kdstudio.core.errors import ModelError
from kdstudio.data.dataset import Kind, Part
from kdstudio.data.kinds import TableInputs
from kdstudio.models.preprocessing.base import Raw
from kdstudio.models.preprocessing.table import ColumnPreprocessing, ColumnScale, TablePreprocessing

if TYPE_CHECKING:
    from kdstudio.data.dataset import Inputs

AS_THEY_ARE, SCALED = "the numbers as they are", "scaled as a student's would be"


class RowPreprocessing(ColumnPreprocessing):
    """Rows (N, `width`) of raw numbers and category codes, or what `scaling` makes of them.

    `columns` is empty as long as nothing tells them: then they are those of the first data that fits.
    """

    takes: ClassVar[Kind] = "table"

    kind: Literal["rows"] = "rows"
    width: int = Field(ge=1)
    columns: tuple[ColumnScale, ...] = ()
    scaling: TablePreprocessing | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """(D,)."""
        return (self.width,)

    def suited(self, inputs: "Inputs") -> Self:
        """Return the same for a table that has the columns; where none are told, one with as many numbers a row.

        Raises ModelError where columns are missing, or their number is another.
        """
        assert isinstance(inputs, TableInputs)
        if self.columns:
            return super().suited(inputs)
        options = self.options(Part.whole(inputs, np.zeros(len(inputs), dtype=np.int64)))
        return next(iter(options.values()))

    def options(self, part: Part) -> dict[str, Self]:
        """Return every way in which rows of `part` have as many numbers as wanted; raises ModelError where none has."""
        inputs = part.inputs
        assert isinstance(inputs, TableInputs)
        named = tuple(ColumnScale(name=column.name, categories=column.categories) for column in inputs.columns)
        scaling = TablePreprocessing.of(part)
        plain = self.model_copy(update={"columns": named, "source": None, "scaling": None})
        found = {AS_THEY_ARE: plain} if len(named) == self.width else {}
        if scaling.shape == self.shape:
            found[SCALED] = plain.model_copy(update={"scaling": scaling})
        if not found:
            raise ModelError(
                f"the model takes {self.width} numbers a row; the table has {len(named)} columns, "
                f"which are {scaling.shape[0]} numbers once categories are spread",
                hint="Use the table that the model was trained on, or a file of its answers as the teacher.",
            )
        return found

    def apply(self, inputs: Raw) -> Tensor:
        """Return rows (N, F) as they are, or scaled (N, D)."""
        assert isinstance(inputs, Tensor)
        return inputs if self.scaling is None else self.scaling.apply(inputs)

    def example(self) -> Tensor:
        """Return one row of zeros."""
        return torch.zeros(1, self.width)

    def constants(self, shape: tuple[int, ...]) -> int:
        """Those of the scaling."""
        return 64 if self.scaling is None else self.scaling.constants(shape)

    def describe(self) -> str:
        """Return it in words."""
        return f"{self.width} numbers as they are" if self.scaling is None else self.scaling.describe()
