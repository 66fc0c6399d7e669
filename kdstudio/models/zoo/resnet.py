"""Residual networks for 28 and 32 pixel images: the CIFAR family with 8 to 110 layers."""

import re
from collections import OrderedDict
from typing import ClassVar, Literal, Self

from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from kdstudio.models.zoo.base import Architecture, Fit, InputShape, Shapes, scaled
from kdstudio.models.zoo.joints import Mean, Sum

Depth = Literal[8, 14, 20, 26, 32, 38, 44, 50, 56, 62, 68, 74, 80, 86, 92, 98, 104, 110]


class ResNet(Architecture):
    """Three stages of basic blocks with `width`, 2 and 4 times `width` channels; depth = 6 n + 2."""

    title: ClassVar[str] = "ResNet"
    family: ClassVar[str] = "Residual"
    paper: ClassVar[str] = "He, Zhang, Ren, Sun 2016, Deep Residual Learning for Image Recognition (section 4.2)"
    help: ClassVar[str] = (
        "The residual networks of the CIFAR experiments. ResNet-8 and ResNet-20 are usual students, ResNet-56 and "
        "ResNet-110 usual teachers."
    )

    depth: Depth = Field(20, title="Depth", description="Number of weight layers: 6 n + 2 with n blocks in each stage.")
    width: int = Field(
        16,
        ge=2,
        le=256,
        title="Width",
        description="Channels of the first stage; the others have two and four times as many.",
    )
    shortcut: Literal["pad", "projection"] = Field(
        "pad",
        title="Shortcut",
        description="Where the size changes: pad with zero channels (option A, no weights) or project (option B).",
    )

    @property
    def label(self) -> str:
        """The name with the depth, and the width where it is not 16."""
        return f"ResNet-{self.depth}" + (f" width {self.width}" if self.width != 16 else "")

    def build(self, input_shape: InputShape, classes: int) -> nn.Module:
        """Return the network for inputs of any size."""
        return _Network(
            input_shape[0], self.width, (self.depth - 2) // 6, classes, project=self.shortcut == "projection"
        )

    def shrunk(self, width: float, depth: float) -> Self:
        """Keep a share of the channels, and of the blocks in each stage."""
        blocks = scaled((self.depth - 2) // 6, depth)
        return self.model_copy(update={"width": scaled(self.width, width, 2), "depth": 6 * blocks + 2})

    @classmethod
    def recognise(cls, shapes: Shapes) -> Fit | None:
        """Recognise the usual key names: head `linear` or `fc`, projections `shortcut` or `downsample`."""
        renamed = {key: _RENAMED.sub(_usual, key) for key in shapes}
        usual = {renamed[key]: shape for key, shape in shapes.items()}
        first, head = usual.get("conv1.weight"), usual.get("linear.weight")
        blocks = len({key.split(".")[1] for key in usual if re.match(r"layer1\.\d+\.conv1\.weight$", key)})
        if first is None or head is None or len(first) != 4 or len(head) != 2:
            return None
        if not (1 <= blocks <= 18 and 2 <= first[0] <= 256):
            return None
        project = any(".shortcut." in key for key in usual)
        knobs = cls.model_validate(
            {"depth": 6 * blocks + 2, "width": first[0], "shortcut": "projection" if project else "pad"}
        )
        return Fit(knobs, None, first[1], head[0], renamed)


ARCHITECTURE = ResNet

_RENAMED = re.compile(r"^(?:fc|classifier|head)(?=\.(?:weight|bias)$)|(?<=\.)downsample(?=\.)")


def _usual(match: re.Match[str]) -> str:
    return "shortcut" if match[0] == "downsample" else "linear"


class _Network(nn.Module):
    def __init__(self, channels: int, width: int, blocks: int, classes: int, *, project: bool) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.layer1 = _stage(width, width, blocks, project=project)
        self.layer2 = _stage(width, 2 * width, blocks, project=project)
        self.layer3 = _stage(2 * width, 4 * width, blocks, project=project)
        self.mean = Mean()
        self.linear = nn.Linear(4 * width, classes)

    def forward(self, inputs: Tensor) -> Tensor:
        x = F.relu(self.bn1(self.conv1(inputs)), inplace=True)
        x = self.layer3(self.layer2(self.layer1(x)))
        logits: Tensor = self.linear(self.mean(x))
        return logits


class _Block(nn.Module):
    def __init__(self, before: int, width: int, *, project: bool) -> None:
        super().__init__()
        stride = 1 if before == width else 2
        self.added = width - before
        self.conv1 = nn.Conv2d(before, width, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.sum = Sum()
        self.shortcut: nn.Module | None = None
        if self.added and project:
            self.shortcut = nn.Sequential(nn.Conv2d(before, width, 1, stride, bias=False), nn.BatchNorm2d(width))

    def forward(self, inputs: Tensor) -> Tensor:
        x = F.relu(self.bn1(self.conv1(inputs)), inplace=True)
        x = self.bn2(self.conv2(x))
        if self.shortcut is not None:
            kept = self.shortcut(inputs)
        elif self.added:  # option A: every second pixel, and channels of zeros on both sides
            left = self.added // 2
            kept = F.pad(inputs[:, :, ::2, ::2], (0, 0, 0, 0, left, self.added - left))
        else:
            kept = inputs
        return F.relu(self.sum(x, kept), inplace=True)


def _stage(before: int, width: int, blocks: int, *, project: bool) -> nn.Sequential:
    named = {str(i): _Block(before if i == 0 else width, width, project=project) for i in range(blocks)}
    return nn.Sequential(OrderedDict(named))
