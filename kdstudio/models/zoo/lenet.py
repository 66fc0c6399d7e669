"""LeNet and its relatives: convolutions with pooling, then fully connected layers."""

from collections import OrderedDict
from itertools import pairwise, product
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field
from torch import nn

from kdstudio.core.errors import ModelError
from kdstudio.models.zoo.base import Architecture, Fit, InputShape, Shapes, scaled
from kdstudio.models.zoo.layers import Layer, by_number, is_chain, layers

Padding = Literal["none", "first", "all"]
Pool = Literal["each", "last"]
Size = Annotated[int, Field(ge=1, le=4096)]


class LeNet(Architecture):
    """Convolutions, 2×2 max pooling, then linear layers; ReLU everywhere."""

    title: ClassVar[str] = "LeNet"
    family: ClassVar[str] = "Convolutional"
    paper: ClassVar[str] = (
        "LeCun, Bottou, Bengio, Haffner 1998, Gradient-Based Learning Applied to Document Recognition"
    )
    help: ClassVar[str] = (
        "The classic network for digits, with ReLU and max pooling as it is used today. Most of its weights are in the "
        "linear layers."
    )

    channels: tuple[Size, ...] = Field(
        (6, 16), min_length=1, max_length=4, title="Channels", description="Channels of each convolution."
    )
    kernel: int = Field(5, ge=1, le=11, title="Kernel", description="Width and height of each convolution's kernel.")
    hidden: tuple[Size, ...] = Field(
        (120, 84), max_length=4, title="Hidden units", description="Size of each hidden linear layer."
    )
    padding: Padding = Field(
        "first", title="Padding", description="Which convolutions keep the image size by padding with zeros."
    )
    pool: Pool = Field(
        "each", title="Pooling", description="Halve the image after each convolution, or after the last only."
    )

    @property
    def label(self) -> str:
        """The name, with the channels where they are not the classic ones."""
        return "LeNet-5" if self.channels == (6, 16) else f"LeNet {'-'.join(map(str, self.channels))}"

    def build(self, input_shape: InputShape, classes: int) -> nn.Module:
        """Return the network for inputs of exactly `input_shape`; raises ModelError where the image is used up."""
        height, width = (self._left(side) for side in input_shape[1:])
        if min(height, width) < 1:
            raise ModelError(
                f"nothing is left of a {input_shape[1]}×{input_shape[2]} image after these convolutions",
                hint="Use fewer channels in the list, a smaller kernel, or padding.",
            )
        return _Network(self, input_shape[0], height * width, classes)

    def shrunk(self, width: float, depth: float) -> Self:
        """Keep a share of the channels and hidden units; the convolutions stay, or the image would not be used up."""
        hidden = self.hidden[: scaled(len(self.hidden), depth)] if self.hidden else ()
        update = {
            "channels": tuple(scaled(size, width) for size in self.channels),
            "hidden": tuple(scaled(size, width) for size in hidden),
        }
        return self.model_copy(update=update)

    @classmethod
    def recognise(cls, shapes: Shapes) -> Fit | None:
        """Read convolutions followed by a chain of linear layers, whatever the names."""
        found = layers(shapes)
        if not found or any(layer.kind == "norm" or "bias" not in layer.parts for layer in found):
            return None
        return next(filter(None, (cls._fit(order) for order in (found, by_number(found)))), None)

    @classmethod
    def _fit(cls, order: list[Layer]) -> Fit | None:
        convs = [layer for layer in order if layer.kind == "conv"]
        linear = [layer for layer in order if layer.kind == "linear"]
        if not (1 <= len(convs) <= 4 and 1 <= len(linear) <= 5 and is_chain(convs) and is_chain(linear)):
            return None
        if len({layer.shape[2:] for layer in convs}) > 1 or convs[0].shape[2] != convs[0].shape[3]:
            return None
        side = cls._read(convs, linear)
        if side is None:
            return None
        knobs, size = side
        renamed: dict[str, str] = {}
        for number, layer in enumerate(convs, 1):
            renamed |= layer.renamed(f"conv{number}")
        for number, layer in enumerate(linear, 1):
            renamed |= layer.renamed(f"fc{number}")
        channels = convs[0].shape[1]
        note = (
            f"The weights do not tell all of the network: ReLU, 2×2 max pooling after {knobs.pool} convolution and "
            f"{size}×{size} inputs with padding of {knobs.padding} are assumed, which fit the sizes."
        )
        return Fit(knobs, (channels, size, size), channels, linear[-1].shape[0], renamed, (note,))

    @classmethod
    def _read(cls, convs: list[Layer], linear: list[Layer]) -> "tuple[LeNet, int] | None":
        """Find padding, pooling and input size for which the first linear layer has the right number of inputs."""
        sizes = (28, 32) if convs[0].shape[1] == 1 else (32, 28)
        paddings: tuple[Padding, ...] = ("none", "first", "all")
        pools: tuple[Pool, ...] = ("each", "last")
        for size, pool, padding in product(sizes, pools, paddings):
            knobs = cls.model_construct(
                channels=tuple(layer.shape[0] for layer in convs),
                kernel=convs[0].shape[2],
                hidden=tuple(layer.shape[0] for layer in linear[:-1]),
                padding=padding,
                pool=pool,
            )
            left = knobs._left(size)
            if left > 0 and knobs.channels[-1] * left * left == linear[0].shape[1]:
                return knobs, size
        return None

    def padded(self, number: int) -> bool:
        """Whether convolution `number`, counted from 0, keeps the image size."""
        return self.padding == "all" or (self.padding == "first" and number == 0)

    def pooled(self, number: int) -> bool:
        """Whether pooling follows convolution `number`, counted from 0."""
        return self.pool == "each" or number == len(self.channels) - 1

    def _left(self, side: int) -> int:
        for number in range(len(self.channels)):
            if self.padded(number):
                side += 2 * (self.kernel // 2)
            side = max(0, side - self.kernel + 1)
            if self.pooled(number):
                side //= 2
        return side


ARCHITECTURE = LeNet


class _Network(nn.Sequential):
    def __init__(self, knobs: LeNet, inputs: int, area: int, classes: int) -> None:
        parts: OrderedDict[str, nn.Module] = OrderedDict()
        for number, width in enumerate(knobs.channels):
            padding = knobs.kernel // 2 if knobs.padded(number) else 0
            parts[f"conv{number + 1}"] = nn.Conv2d(inputs, width, knobs.kernel, padding=padding)
            parts[f"relu_conv{number + 1}"] = nn.ReLU(inplace=True)
            if knobs.pooled(number):
                parts[f"pool{number + 1}"] = nn.MaxPool2d(2)
            inputs = width
        parts["flatten"] = nn.Flatten()
        sizes = (inputs * area, *knobs.hidden, classes)
        for number, (before, after) in enumerate(pairwise(sizes), 1):
            parts[f"fc{number}"] = nn.Linear(before, after)
            if number < len(sizes) - 1:
                parts[f"relu_fc{number}"] = nn.ReLU(inplace=True)
        super().__init__(parts)
