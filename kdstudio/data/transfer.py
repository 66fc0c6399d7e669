"""More inputs to be taught on, without labels of their own: what is transferred need not be what is labelled.

Hinton, Vinyals, Dean 2015, section 2: the transfer set "could consist entirely of unlabeled data".
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kdstudio.core.errors import DataError, Problem
from kdstudio.data.dataset import Dataset, Inputs, Kind, Part
from kdstudio.data.image.files import EncodedImages

WHERE = "data.transfer"
_ROWS = {"table": "Put the rows into the data's own table and leave their class empty: they are then taught on alone."}


@dataclass(frozen=True, slots=True)
class Joined:
    """The inputs of two data sets as one: the rows of `more` come after those of `own`."""

    own: Inputs
    more: Inputs

    @property
    def kind(self) -> Kind:
        """What one input is."""
        return self.own.kind

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one input."""
        return self.own.shape

    @property
    def dtype(self) -> np.dtype:
        """uint8 where both are; images of floats are 0..1, and so are bytes beside them."""
        return self.own.dtype if self.own.dtype == self.more.dtype else np.dtype(np.float32)

    def __len__(self) -> int:
        return len(self.own) + len(self.more)

    def read(self, rows: np.ndarray) -> np.ndarray:
        """Return the inputs of these rows (n,), each from the data set that it is of."""
        is_own = rows < len(self.own)
        block = np.empty((len(rows), *self.shape), dtype=self.dtype)
        for inputs, mine, at in ((self.own, is_own, rows), (self.more, ~is_own, rows - len(self.own))):
            if mine.any():
                block[mine] = self._alike(inputs.read(at[mine]))
        return block

    def _alike(self, values: np.ndarray) -> np.ndarray:
        is_scaled = self.kind == "image" and values.dtype == np.uint8 and self.dtype == np.float32
        return values.astype(np.float32) / np.float32(255) if is_scaled else values


def with_transfer(dataset: Dataset, more: Dataset) -> Dataset:
    """Return the data with the training inputs of `more` to be taught on as well; their labels are not looked at.

    Pictures in files are brought to the size of the data's own. Raises DataError where the inputs are of another kind
    or size.
    """
    if more.kind != dataset.kind or dataset.kind in _ROWS:
        message = f"the data holds {dataset.kind} inputs, and these are {more.kind} inputs"
        message = message if more.kind != dataset.kind else "rows of another table cannot be taught on"
        raise DataError(message, hint=_ROWS.get(dataset.kind, f"Choose {dataset.kind} data."), where=WHERE)
    part = more.parts["train"]
    if isinstance(part.inputs, EncodedImages) and part.inputs.shape != dataset.input_shape:
        encoded: Any = part.inputs  # each of them is a dataclass, which mypy cannot know
        part = replace(part, inputs=replace(encoded, shape=dataset.input_shape))
    if part.inputs.shape != dataset.input_shape:
        message = f"an input has the shape {part.inputs.shape}, and one of the data {dataset.input_shape}"
        raise DataError(message, hint="Choose inputs that are stored in the same size.", where=WHERE)
    told = f"{len(part):,} more inputs are taught on; what they are labelled with, if anything, is not used"
    note = Problem(message=told, where=WHERE, severity="note")
    return replace(dataset, transfer=replace(more, parts={"train": part}), problems=(*dataset.problems, note))


def joined(train: Part, more: Part) -> Part:
    """Return the inputs to learn from, (N + M): those of `more` have no target."""
    nothing = -1 if train.targets.dtype.kind != "f" else np.nan
    targets = np.full((len(more), *train.targets.shape[1:]), nothing, dtype=train.targets.dtype)
    return Part(
        Joined(train.inputs, more.inputs),
        np.concatenate([train.targets, targets]),
        np.concatenate([train.index, more.index + len(train.inputs)]),
    )
