"""What every preprocessing can do, whatever kind of input it is for."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from kdstudio.data.dataset import Kind

if TYPE_CHECKING:
    from kdstudio.data.dataset import Inputs

Raw = Tensor | np.ndarray  # a tensor, or for text an array of str


Feed = dict[str, np.ndarray]  # what an exported graph is fed with, by the names of its inputs


@dataclass(frozen=True, slots=True)
class GraphInput:
    """One input of an exported graph: its name, an example with 2 rows, and the axes that may change, by name.

    `longest` is how far an axis may grow, by its name, where there is an end.
    """

    name: str
    example: Tensor
    axes: dict[int, str]
    longest: dict[str, int] = field(default_factory=dict)


class Preprocessing(BaseModel, ABC):
    """How raw inputs become a network's inputs: frozen, stored with the model, and part of what it exports."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    seen_in: str = Field("", exclude=True)  # the data set of a teacher that sees other inputs than the student

    takes: ClassVar[Kind]
    ahead: ClassVar[bool] = True  # inputs are prepared once for a run; images are not, because they are augmented

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        """Kept, because a vocabulary of ten thousand words would be gone through in each step."""
        return hash((type(self), *(getattr(self, name) for name in type(self).model_fields)))

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy with other values; what was remembered of the old ones is left behind."""
        copied = super().model_copy(update=update, deep=deep)
        for name in copied.__dict__.keys() - type(self).model_fields.keys():
            del copied.__dict__[name]
        return copied

    @abstractmethod
    def raw(self, values: np.ndarray) -> Raw:
        """Turn values (N, …), as a Part reads them, into what `apply` takes (shapes: `data.dataset.Inputs`)."""

    @abstractmethod
    def apply(self, inputs: Raw) -> Tensor:
        """Turn raw inputs (N, …) into the network's, (N, *shape); rows of text are as long as the longest.

        Traces under export, except for text, whose tokens are made outside.
        """

    @abstractmethod
    def describe(self) -> str:
        """Return it in words, for people."""

    def suited(self, inputs: "Inputs") -> Self:
        """Return the same with what it leaves open filled in from the data; raises ModelError where it cannot be."""
        del inputs
        return self

    def joined(self, pieces: Sequence[Tensor]) -> Tensor:
        """Return prepared pieces (n, …) of one part of the data as one tensor (N, …)."""
        return torch.cat(list(pieces))

    def lengths(self, prepared: Tensor) -> Tensor | None:
        """Return how much of each prepared row is used (N,); None where all are of one length."""
        del prepared
        return None

    def tokens(self, prepared: Tensor) -> Tensor | None:
        """Return the token at each place of prepared texts (N, L), −1 where there is none; None for other inputs."""
        del prepared
        return None

    def trimmed(self, prepared: Tensor) -> Tensor:
        """Return a prepared batch (N, …) without what no row of it uses: the padding behind its longest text."""
        return prepared

    @property
    @abstractmethod
    def shape(self) -> tuple[int, ...]:
        """What the network is built for: (c, H, W) of an image, (L, V) of tokens, (D,) of a row."""

    def example(self) -> Tensor:
        """Return one prepared input, (1, *shape), for counting what a network does with it."""
        return torch.zeros(1, *self.shape)

    def constants(self, shape: tuple[int, ...]) -> int:
        """How many numbers the preprocessing itself puts into a graph for data of `shape`, about."""
        del shape
        return 64

    @abstractmethod
    def graph_inputs(self, shape: tuple[int, ...]) -> tuple[GraphInput, ...]:
        """Return the inputs of an exported graph for data of `shape` (contract: "Exported files")."""

    @abstractmethod
    def in_graph(self, *given: Tensor) -> Tensor:
        """Return the network's inputs from the graph's, inside the graph."""

    @abstractmethod
    def feed(self, values: np.ndarray) -> Feed:
        """Return what an exported graph is fed with, from values as a Part reads them."""
