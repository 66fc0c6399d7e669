"""What a program takes: one `Takes` for each kind of input (pictures, sound, texts, rows), and handing it that.

A program (TorchScript, an exported program, ONNX) is not built here, so that its input is what its file says, or what
it can be seen to accept.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Self

import torch
from torch import Tensor, nn

from kdstudio.models.preprocessing.base import Preprocessing

PROBES = 2  # inputs in one probe
Dim = int | None  # None: any number


@dataclass(frozen=True, slots=True)
class Value:
    """One input or output that a program declares; `shape` has None where any number will do, `dtype` for no tensor."""

    name: str
    shape: tuple[Dim, ...]
    dtype: torch.dtype | None

    @property
    def rows(self) -> Dim:
        """The fixed size of its batch, or None."""
        return self.shape[0] if self.shape else None

    def describe(self) -> str:
        """Return it as people write it: `input_ids (N, 128)`."""
        return f"{self.name} (" + ", ".join("N" if size is None else str(size) for size in self.shape) + ")"


class Takes(ABC):
    """How prepared inputs of one kind are handed to a program. `rows`: the fixed size of its batch, None for any."""

    __slots__ = ()

    rows: int | None

    @property
    @abstractmethod
    def preprocessing(self) -> Preprocessing:
        """What prepares inputs for it, as far as the file tells."""

    @property
    @abstractmethod
    def is_told(self) -> bool:
        """Whether it is known how values are normalised."""

    @property
    @abstractmethod
    def input_shape(self) -> tuple[int, ...] | None:
        """Shape of one prepared input; None where any size will do."""

    @abstractmethod
    def arrange(self, prepared: Tensor) -> tuple[Tensor, ...]:
        """Turn prepared inputs into what the program takes, in its order, layout and type."""

    @abstractmethod
    def probes(self) -> list[Tensor]:
        """Return made-up prepared inputs, PROBES in each, as different normalisations would give them."""

    @abstractmethod
    def sized(self) -> Sequence[Self]:
        """Return it with each size to try where its own is open, the likeliest first."""

    def settled(self, accepted: Self, *, is_free: bool) -> Self:
        """Return what is known after the program answered inputs of one size, and of the next one (`is_free`)."""
        return self if is_free else accepted

    @abstractmethod
    def describe(self) -> str:
        """Return what people need to know of it, empty where there is nothing unusual."""


class Arranged(nn.Module):
    """A program that is handed prepared inputs as it wants them, and always in batches of the size that it wants."""

    def __init__(self, net: nn.Module, takes: Takes) -> None:
        super().__init__()
        self.net = net
        self.takes = takes
        self.training = net.training

    def __deepcopy__(self, memo: dict[int, Any]) -> "Arranged":
        """Return a copy whose weights can learn: those of a TorchScript copy would be results of the old ones."""
        with torch.no_grad():
            net = deepcopy(self.net, memo)
        for old, new in zip(self.net.parameters(), net.parameters(), strict=True):
            new.requires_grad_(old.requires_grad)
        return Arranged(net, self.takes)

    def train(self, mode: bool = True) -> "Arranged":
        """Set the program's mode; one that has a single mode keeps it."""
        super().train(mode)
        self.training = self.net.training
        return self

    def forward(self, prepared: Tensor) -> Any:
        """Answer prepared inputs (N, *)."""
        given, rows = self.takes.arrange(prepared), self.takes.rows
        if rows is None or len(prepared) == rows:
            return self.net(*given)
        pieces = zip(*(torch.split(_filled(one, rows), rows) for one in given), strict=True)
        return _joined([self.net(*piece) for piece in pieces], len(prepared))


def words(value: Value) -> str:
    """Return an input in words: `rows of 2048 whole numbers`."""
    shape = value.shape
    kind = "numbers" if value.dtype is None or value.dtype.is_floating_point else "whole numbers"
    if len(shape) == 2:
        return f"rows of {shape[1] or 'any number of'} {kind}"
    written = ", ".join("N" if i == 0 else "any" if n is None else str(n) for i, n in enumerate(shape))
    return f"{kind} of shape ({written})"


def noise(*shape: int) -> tuple[Tensor, Tensor]:
    """Return PROBES inputs of `shape` in 0..1, and around 0; torch's default generator is not touched."""
    generator = torch.Generator().manual_seed(0)
    even = torch.rand((PROBES, *shape), generator=generator)
    return even, torch.randn((PROBES, *shape), generator=generator)


def _filled(given: Tensor, rows: int) -> Tensor:
    missing = -len(given) % rows
    return torch.cat([given, given[-1:].expand(missing, *given.shape[1:])]) if missing else given


def _joined(answers: list[Any], count: int) -> Any:
    first = answers[0]
    if isinstance(first, Tensor):
        return torch.cat(answers)[:count]
    if isinstance(first, dict):
        return {key: _joined([answer[key] for answer in answers], count) for key in first}
    if isinstance(first, tuple | list):
        return tuple(_joined(list(parts), count) for parts in zip(*answers, strict=True))
    return first
