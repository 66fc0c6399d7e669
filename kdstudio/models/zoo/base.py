"""What every architecture offers: knobs with help, `build`, and `recognise`, which finds the knobs from weights."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict
from torch import nn

from kdstudio.core.errors import ModelError
from kdstudio.models.head import Reused
from kdstudio.models.zoo.joints import Bits

Shapes = dict[str, tuple[int, ...]]  # weight name → shape, in the order of the file
InputShape = tuple[int, ...]  # (c, H, W) of an image, (L, V) of numbered words, (D,) of a row


TOKENS = "tokens"  # what a language model takes: passages (N, L), to each place of which it answers (N, L, V)


class Architecture(BaseModel):
    """The knobs of one architecture; fields carry bounds and a help sentence, because the form is drawn from them."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    title: ClassVar[str]
    family: ClassVar[str]
    paper: ClassVar[str]
    help: ClassVar[str]
    takes: ClassVar[tuple[str, ...]] = ("image", "audio")  # kinds of data; sound reaches a network as a picture

    @property
    @abstractmethod
    def label(self) -> str:
        """The name that people use for these knobs: `ResNet-20`."""

    @property
    def per_token(self) -> bool:
        """Whether it is a language model, which answers each token with the next."""
        return TOKENS in self.takes

    @abstractmethod
    def build(self, input_shape: InputShape, classes: int) -> nn.Module:
        """Return the module: prepared inputs (N, *) → logits (N, classes). Raises ModelError where it cannot be."""

    def shrunk(self, width: float, depth: float) -> Self:
        """Return the same family with these shares of width and depth; raises ModelError where it has neither."""
        del width, depth
        raise ModelError(f"{self.label} cannot be shrunk", hint="Choose the student's architecture instead.")

    @classmethod
    @abstractmethod
    def recognise(cls, shapes: Shapes) -> "Fit | None":
        """Return how these weights would be read as this architecture, or None where there is no likeness.

        It may be generous: `identify` builds what is claimed and compares every name and shape.
        """


def scaled(size: int, share: float, least: int = 1) -> int:
    """Return a share of a size, rounded, at least `least` and at most the size itself."""
    return min(size, max(least, round(size * share)))


@dataclass(frozen=True, slots=True)
class Fit:
    """How weights are read as an architecture: its knobs, and the module's name for each name in the file.

    `input_shape` is None when the model takes inputs of any size; `notes` say what the weights cannot tell.
    """

    architecture: Architecture
    input_shape: InputShape | None
    channels: int
    classes: int
    renamed: dict[str, str]
    notes: tuple[str, ...] = ()
    reused: Reused | None = None
    bits: Bits | None = None  # what it rounds to while it computes
