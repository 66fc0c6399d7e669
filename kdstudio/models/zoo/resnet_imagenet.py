"""The four-stage residual networks of the ImageNet experiments, with torchvision's names or those of CIFAR variants."""

import re
from collections import OrderedDict
from typing import ClassVar, Literal, Self

import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from kdstudio.models.zoo.base import Architecture, Fit, InputShape, Shapes, scaled
from kdstudio.models.zoo.joints import Mean, Sum

BLOCKS: dict[int, tuple[int, ...]] = {
    10: (1, 1, 1, 1),
    18: (2, 2, 2, 2),
    34: (3, 4, 6, 3),
    26: (2, 2, 2, 2),
    50: (3, 4, 6, 3),
    101: (3, 4, 23, 3),
    152: (3, 8, 36, 3),
}
BOTTLENECKS = (26, 50, 101, 152)  # blocks of three convolutions, the last four times as wide


class ResNetImageNet(Architecture):
    """ResNet-18 to ResNet-152: a stem and four stages, each half as large and twice as wide as the one before."""

    title: ClassVar[str] = "ResNet (ImageNet family)"
    family: ClassVar[str] = "Residual"
    paper: ClassVar[str] = "He, Zhang, Ren, Sun 2016, Deep Residual Learning for Image Recognition (table 1)"
    help: ClassVar[str] = (
        "The residual networks that torchvision ships. ResNet-50 is a usual teacher and ResNet-18 a usual student; for "
        "images of 28 or 32 pixels take the small stem."
    )

    depth: Literal[10, 18, 26, 34, 50, 101, 152] = Field(
        18, title="Depth", description="Number of weight layers; from 50 on (and at 26) blocks have three of them."
    )
    width: int = Field(
        64, ge=4, le=256, title="Width", description="Channels of the first stage; each later one has twice as many."
    )
    stem: Literal["large", "small"] = Field(
        "small",
        title="Stem",
        description="Large: a 7×7 convolution and pooling, which make the image four times smaller, as for ImageNet. "
        "Small: one 3×3 convolution, as for CIFAR.",
    )

    @property
    def label(self) -> str:
        """The name with the depth, the width where it is not 64, and the small stem."""
        width = f" width {self.width}" if self.width != 64 else ""
        return f"ResNet-{self.depth}{width}" + (" (small stem)" if self.stem == "small" else "")

    def build(self, input_shape: InputShape, classes: int) -> nn.Module:
        """Return the network for inputs of any size."""
        return _Network(self, input_shape[0], classes)

    def shrunk(self, width: float, depth: float) -> Self:
        """Keep a share of the channels, and the deepest network of the same blocks that has the share of them."""
        same = [other for other in BLOCKS if (other in BOTTLENECKS) == (self.depth in BOTTLENECKS)]
        most = sum(BLOCKS[self.depth]) * depth
        fitting = [other for other in same if sum(BLOCKS[other]) <= most] or [min(same)]
        return self.model_copy(update={"width": scaled(self.width, width, 4), "depth": max(fitting)})

    @classmethod
    def recognise(cls, shapes: Shapes) -> Fit | None:
        """Recognise torchvision's names, and those of CIFAR variants: head `linear`, projections `shortcut`."""
        renamed = {key: _RENAMED.sub(_usual, key) for key in shapes}
        usual = {renamed[key]: shape for key, shape in shapes.items()}
        first, head = usual.get("conv1.weight"), usual.get("fc.weight")
        found = {match.groups() for key in usual if (match := _BLOCK.match(key))}
        counts = tuple(len({block for stage, block in found if stage == number}) for number in "1234")
        bottleneck = "layer1.0.conv3.weight" in usual
        depths = [depth for depth in BLOCKS if BLOCKS[depth] == counts and (depth in BOTTLENECKS) == bottleneck]
        if not depths or first is None or head is None or len(first) != 4 or len(head) != 2:
            return None
        if not 4 <= first[0] <= 256:
            return None
        knobs = cls.model_validate(
            {"depth": depths[0], "width": first[0], "stem": "large" if first[-1] == 7 else "small"}
        )
        return Fit(knobs, None, first[1], head[0], renamed)


ARCHITECTURE = ResNetImageNet

_BLOCK = re.compile(r"layer([1-4])\.(\d+)\.conv1\.weight$")
_RENAMED = re.compile(r"^(?:linear|classifier|head)(?=\.(?:weight|bias)$)|(?<=\.)shortcut(?=\.)")


def _usual(match: re.Match[str]) -> str:
    return "downsample" if match[0] == "shortcut" else "fc"


class _Network(nn.Module):
    def __init__(self, knobs: ResNetImageNet, channels: int, classes: int) -> None:
        super().__init__()
        is_large = knobs.stem == "large"
        kernel = 7 if is_large else 3
        self.conv1 = nn.Conv2d(channels, knobs.width, kernel, 2 if is_large else 1, padding=kernel // 2, bias=False)
        self.bn1 = nn.BatchNorm2d(knobs.width)
        self.pool: nn.Module = nn.MaxPool2d(3, stride=2, padding=1) if is_large else nn.Identity()
        block, before = (_Bottleneck if knobs.depth in BOTTLENECKS else _Basic), knobs.width
        for number, count in enumerate(BLOCKS[knobs.depth], 1):
            width, stride = knobs.width * 2 ** (number - 1), 1 if number == 1 else 2
            blocks: OrderedDict[str, nn.Module] = OrderedDict()
            for i in range(count):
                blocks[str(i)] = block(before, width, stride if i == 0 else 1)
                before = width * block.expansion
            self.add_module(f"layer{number}", nn.Sequential(blocks))
        self.mean = Mean()
        self.fc = nn.Linear(before, classes)

    def forward(self, inputs: Tensor) -> Tensor:
        x = self.pool(F.relu(self.bn1(self.conv1(inputs)), inplace=True))
        for number in range(1, 5):
            x = self.get_submodule(f"layer{number}")(x)
        logits: Tensor = self.fc(self.mean(x))
        return logits


class _Basic(nn.Module):
    expansion: ClassVar[int] = 1

    def __init__(self, before: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(before, width, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = _projection(before, width, stride)
        self.sum = Sum()

    def forward(self, inputs: Tensor) -> Tensor:
        x = F.relu(self.bn1(self.conv1(inputs)), inplace=True)
        return F.relu(self.sum(self.bn2(self.conv2(x)), self.downsample(inputs)), inplace=True)


class _Bottleneck(nn.Module):
    expansion: ClassVar[int] = 4

    def __init__(self, before: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(before, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * width)
        self.downsample = _projection(before, 4 * width, stride)
        self.sum = Sum()

    def forward(self, inputs: Tensor) -> Tensor:
        x = F.relu(self.bn1(self.conv1(inputs)), inplace=True)
        x = F.relu(self.bn2(self.conv2(x)), inplace=True)
        return F.relu(self.sum(self.bn3(self.conv3(x)), self.downsample(inputs)), inplace=True)


def _projection(before: int, after: int, stride: int) -> nn.Module:
    if stride == 1 and before == after:
        return nn.Identity()
    return nn.Sequential(nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after))
