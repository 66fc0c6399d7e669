"""Fully connected networks, found under any naming from a chain of weight matrices."""

from collections import OrderedDict
from itertools import pairwise
from math import isqrt, prod
from typing import Annotated, ClassVar, Self

from pydantic import Field
from torch import nn

from kdstudio.models.zoo.base import Architecture, Fit, InputShape, Shapes, scaled
from kdstudio.models.zoo.layers import Layer, by_number, is_chain, layers


class Mlp(Architecture):
    """Linear layers with ReLU between them, as in the distillation paper's MNIST experiment."""

    title: ClassVar[str] = "MLP"
    family: ClassVar[str] = "Fully connected"
    paper: ClassVar[str] = "Hinton, Vinyals, Dean 2015, Distilling the Knowledge in a Neural Network"
    help: ClassVar[str] = (
        "A fully connected network. 1200 and 1200 hidden units with dropout is the teacher of the first distillation "
        "paper, 800 and 800 without dropout its student."
    )
    takes: ClassVar[tuple[str, ...]] = ("image", "audio", "table")

    hidden: tuple[Annotated[int, Field(ge=1, le=16384)], ...] = Field(
        (800, 800),
        max_length=16,
        title="Hidden units",
        description="Size of each hidden layer; none gives a linear model.",
    )
    dropout: float = Field(
        0.0, ge=0, le=0.9, title="Dropout", description="Share of hidden units switched off at random while training."
    )
    input_dropout: float = Field(
        0.0,
        ge=0,
        le=0.9,
        title="Input dropout",
        description="Share of the inputs (pixels, columns) switched off at random while training.",
    )
    batch_norm: bool = Field(False, title="Batch normalisation", description="Normalise after each hidden layer.")

    @property
    def label(self) -> str:
        """The name with the hidden sizes."""
        return f"MLP {'-'.join(map(str, self.hidden))}" if self.hidden else "Linear model"

    def build(self, input_shape: InputShape, classes: int) -> nn.Module:
        """Return the network for inputs of exactly `input_shape`."""
        rates = (self.input_dropout, self.dropout)
        return _Network(prod(input_shape), self.hidden, classes, rates, batch_norm=self.batch_norm)

    def shrunk(self, width: float, depth: float) -> Self:
        """Keep the first of the hidden layers, each narrower."""
        kept = self.hidden[: scaled(len(self.hidden), depth)] if self.hidden else ()
        return self.model_copy(update={"hidden": tuple(scaled(size, width) for size in kept)})

    @classmethod
    def recognise(cls, shapes: Shapes) -> Fit | None:
        """Read a chain of 2-D weights as an MLP, whatever the names; BatchNorm may follow each hidden layer."""
        found = layers(shapes)
        if not found or any(layer.kind == "conv" for layer in found):
            return None
        return next(filter(None, (cls._fit(order) for order in (found, by_number(found)))), None)

    @classmethod
    def _fit(cls, order: list[Layer]) -> Fit | None:
        linear = [layer for layer in order if layer.kind == "linear"]
        norms = [layer for layer in order if layer.kind == "norm"]
        hidden = tuple(layer.shape[0] for layer in linear[:-1])
        if not linear or not is_chain(linear) or any("bias" not in layer.parts for layer in linear):
            return None
        if len(hidden) > 16 or (norms and tuple(norm.shape[0] for norm in norms) != hidden):
            return None
        renamed: dict[str, str] = {}
        for number, layer in enumerate(linear, 1):
            renamed |= layer.renamed(f"fc{number}")
        for number, norm in enumerate(norms, 1):
            renamed |= norm.renamed(f"bn{number}")
        shape = _image(linear[0].shape[1])
        notes = ("The weights do not tell the activation between the layers: ReLU is assumed.",) if hidden else ()
        knobs = cls(hidden=hidden, batch_norm=bool(norms))
        return Fit(knobs, shape, shape[0], linear[-1].shape[0], renamed, notes)


ARCHITECTURE = Mlp


class _Network(nn.Sequential):
    def __init__(
        self, inputs: int, hidden: tuple[int, ...], classes: int, rates: tuple[float, float], *, batch_norm: bool
    ) -> None:
        parts: OrderedDict[str, nn.Module] = OrderedDict(flatten=nn.Flatten())
        if rates[0]:
            parts["input_dropout"] = nn.Dropout(rates[0])
        sizes = (inputs, *hidden, classes)
        for number, (before, after) in enumerate(pairwise(sizes), 1):
            parts[f"fc{number}"] = nn.Linear(before, after)
            if number == len(sizes) - 1:
                break
            if batch_norm:
                parts[f"bn{number}"] = nn.BatchNorm1d(after)
            parts[f"relu{number}"] = nn.ReLU(inplace=True)
            if rates[1]:
                parts[f"dropout{number}"] = nn.Dropout(rates[1])
        super().__init__(parts)


def _image(inputs: int) -> InputShape:
    """Return the image that so many inputs most likely are: grey or colour and square, else one row."""
    for channels in (1, 3):
        side = isqrt(inputs // channels)
        if side > 1 and channels * side * side == inputs:
            return channels, side, side
    return 1, 1, inputs
