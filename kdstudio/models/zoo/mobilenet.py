"""Inverted residuals with depthwise convolutions, sized for 28 and 32 pixel images."""

import re
from collections import OrderedDict
from typing import ClassVar, Self

from pydantic import Field
from torch import Tensor, nn

from kdstudio.models.zoo.base import Architecture, Fit, InputShape, Shapes, scaled
from kdstudio.models.zoo.joints import Mean, Sum

_STAGES = (3, 4, 6)  # channels in units of half the width; each stage halves the image


class MobileNet(Architecture):
    """A stem, three stages of inverted residuals with 1.5, 2 and 3 times `width` channels, and a wide last layer."""

    title: ClassVar[str] = "MobileNet"
    family: ClassVar[str] = "Mobile"
    paper: ClassVar[str] = "Sandler et al. 2018, MobileNetV2: Inverted Residuals and Linear Bottlenecks"
    help: ClassVar[str] = (
        "Depthwise convolutions between thin layers, as in MobileNetV2 and sized for small images. Few weights and few "
        "multiplications, but slower to train on a CPU than a plain network with as many weights."
    )

    width: int = Field(
        16, ge=8, le=128, multiple_of=8, title="Width", description="Channels of the first layers, a multiple of 8."
    )
    expansion: int = Field(
        4, ge=1, le=8, title="Expansion", description="How much wider a block is inside than outside."
    )
    depth: int = Field(2, ge=1, le=6, title="Blocks a stage", description="Inverted residual blocks in each stage.")

    @property
    def label(self) -> str:
        """The name with width and blocks a stage."""
        return f"MobileNet {self.width}×{self.depth}"

    def build(self, input_shape: InputShape, classes: int) -> nn.Module:
        """Return the network for inputs of any size."""
        return _Network(input_shape[0], self.width, self.expansion, self.depth, classes)

    def shrunk(self, width: float, depth: float) -> Self:
        """Keep a share of the channels (a multiple of 8), and of the blocks in each stage."""
        eights = scaled(self.width // 8, width)
        return self.model_copy(update={"width": 8 * eights, "depth": scaled(self.depth, depth)})

    @classmethod
    def recognise(cls, shapes: Shapes) -> Fit | None:
        """Recognise weights saved by kdstudio."""
        stem, head, inside = (
            shapes.get(f"{key}.weight") for key in ("stem.conv", "classifier", "stage1.0.depthwise.conv")
        )
        depth = len({key for key in shapes if re.match(r"stage1\.\d+\.depthwise\.conv\.weight$", key)})
        if stem is None or head is None or inside is None or len(stem) != 4 or len(head) != 2:
            return None
        width, expansion = stem[0], inside[0] // max(1, stem[0])
        if not (1 <= depth <= 6 and 1 <= expansion <= 8 and 8 <= width <= 128 and width % 8 == 0):
            return None
        knobs = cls(width=width, expansion=expansion, depth=depth)
        return Fit(knobs, None, stem[1], head[0], {key: key for key in shapes})


ARCHITECTURE = MobileNet


class _Network(nn.Module):
    def __init__(self, channels: int, width: int, expansion: int, depth: int, classes: int) -> None:
        super().__init__()
        self.stem = _conv(channels, width, 3)
        self.first = _Block(width, width, 1, 1)
        before = width
        for number, halves in enumerate(_STAGES, 1):
            after = halves * width // 2
            self.add_module(f"stage{number}", _stage(before, after, expansion, depth))
            before = after
        self.last = _conv(before, 8 * width, 1)
        self.mean = Mean()
        self.classifier = nn.Linear(8 * width, classes)

    def forward(self, inputs: Tensor) -> Tensor:
        x = self.first(self.stem(inputs))
        for number in range(1, len(_STAGES) + 1):
            x = self.get_submodule(f"stage{number}")(x)
        logits: Tensor = self.classifier(self.mean(self.last(x)))
        return logits


class _Block(nn.Module):
    def __init__(self, before: int, after: int, expansion: int, stride: int) -> None:
        super().__init__()
        inside = before * expansion
        self.expand = _conv(before, inside, 1) if expansion > 1 else nn.Identity()
        self.depthwise = _conv(inside, inside, 3, stride, groups=inside)
        self.project = _conv(inside, after, 1, active=False)
        self.sum = Sum() if stride == 1 and before == after else None

    def forward(self, inputs: Tensor) -> Tensor:
        x: Tensor = self.project(self.depthwise(self.expand(inputs)))
        return x if self.sum is None else self.sum(x, inputs)


def _stage(before: int, after: int, expansion: int, depth: int) -> nn.Sequential:
    blocks = {str(i): _Block(before if i == 0 else after, after, expansion, 2 if i == 0 else 1) for i in range(depth)}
    return nn.Sequential(OrderedDict(blocks))


def _conv(
    before: int, after: int, kernel: int, stride: int = 1, *, groups: int = 1, active: bool = True
) -> nn.Sequential:
    layers: OrderedDict[str, nn.Module] = OrderedDict(
        conv=nn.Conv2d(before, after, kernel, stride, padding=kernel // 2, groups=groups, bias=False),
        bn=nn.BatchNorm2d(after),
    )
    if active:
        layers["relu"] = nn.ReLU6(inplace=True)
    return nn.Sequential(layers)
