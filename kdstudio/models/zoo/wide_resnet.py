"""Wide residual networks with pre-activation blocks, under the key names of the usual PyTorch version."""

import re
from collections import OrderedDict
from typing import ClassVar, Literal, Self

from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from kdstudio.models.zoo.base import Architecture, Fit, InputShape, Shapes, scaled
from kdstudio.models.zoo.joints import Mean, Sum

Depth = Literal[10, 16, 22, 28, 34, 40]
_STEM = 16


class WideResNet(Architecture):
    """Three groups of pre-activation blocks with 16, 32 and 64 times `widen` channels; depth = 6 n + 4."""

    title: ClassVar[str] = "Wide ResNet"
    family: ClassVar[str] = "Residual"
    paper: ClassVar[str] = "Zagoruyko, Komodakis 2016, Wide Residual Networks"
    help: ClassVar[str] = (
        "Fewer and wider layers than a ResNet, which GPUs and CPUs work through faster. WRN-40-2 teaching WRN-16-2 is "
        "a usual pair."
    )

    depth: Depth = Field(16, title="Depth", description="Number of weight layers: 6 n + 4 with n blocks in each group.")
    widen: int = Field(
        2, ge=1, le=16, title="Widening", description="How many times wider than the plain 16, 32 and 64 channels."
    )
    dropout: float = Field(
        0.0, ge=0, le=0.9, title="Dropout", description="Share of values switched off inside each block while training."
    )

    @property
    def label(self) -> str:
        """The name as in the paper: WRN-16-2."""
        return f"WRN-{self.depth}-{self.widen}"

    def build(self, input_shape: InputShape, classes: int) -> nn.Module:
        """Return the network for inputs of any size."""
        return _Network(input_shape[0], self.widen, (self.depth - 4) // 6, classes, self.dropout)

    def shrunk(self, width: float, depth: float) -> Self:
        """Keep a share of the widening, and of the blocks in each group."""
        blocks = scaled((self.depth - 4) // 6, depth)
        return self.model_copy(update={"widen": scaled(self.widen, width), "depth": 6 * blocks + 4})

    @classmethod
    def recognise(cls, shapes: Shapes) -> Fit | None:
        """Recognise `block1.layer.0.conv1 …`; the head may be called `fc` or `linear`."""
        renamed = {key: re.sub(r"^(linear|classifier)(?=\.)", "fc", key) for key in shapes}
        usual = {renamed[key]: shape for key, shape in shapes.items()}
        first, wide, head = (usual.get(f"{key}.weight") for key in ("conv1", "block1.layer.0.conv1", "fc"))
        blocks = len({key for key in usual if re.match(r"block1\.layer\.\d+\.conv1\.weight$", key)})
        if first is None or wide is None or head is None or len(first) != 4 or len(head) != 2:
            return None
        if not (1 <= blocks <= 6 and 1 <= wide[0] // _STEM <= 16):
            return None
        knobs = cls.model_validate({"depth": 6 * blocks + 4, "widen": wide[0] // _STEM})
        return Fit(knobs, None, first[1], head[0], renamed)


ARCHITECTURE = WideResNet


class _Network(nn.Module):
    def __init__(self, channels: int, widen: int, blocks: int, classes: int, dropout: float) -> None:
        super().__init__()
        widths = [_STEM, 16 * widen, 32 * widen, 64 * widen]
        self.conv1 = nn.Conv2d(channels, _STEM, 3, padding=1, bias=False)
        self.block1 = _group(widths[0], widths[1], blocks, 1, dropout)
        self.block2 = _group(widths[1], widths[2], blocks, 2, dropout)
        self.block3 = _group(widths[2], widths[3], blocks, 2, dropout)
        self.bn1 = nn.BatchNorm2d(widths[3])
        self.mean = Mean()
        self.fc = nn.Linear(widths[3], classes)

    def forward(self, inputs: Tensor) -> Tensor:
        x = self.block3(self.block2(self.block1(self.conv1(inputs))))
        logits: Tensor = self.fc(self.mean(F.relu(self.bn1(x), inplace=True)))
        return logits


class _Block(nn.Module):
    def __init__(self, before: int, width: int, stride: int, dropout: float) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm2d(before)
        self.conv1 = nn.Conv2d(before, width, 3, stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.dropout = nn.Dropout(dropout)
        self.convShortcut = nn.Conv2d(before, width, 1, stride, bias=False) if before != width else None
        self.sum = Sum()

    def forward(self, inputs: Tensor) -> Tensor:
        active = F.relu(self.bn1(inputs), inplace=True)
        x = F.relu(self.bn2(self.conv1(active)), inplace=True)
        x = self.conv2(self.dropout(x))
        kept = inputs if self.convShortcut is None else self.convShortcut(active)
        added: Tensor = self.sum(x, kept)
        return added


def _group(before: int, width: int, blocks: int, stride: int, dropout: float) -> nn.Sequential:
    named = {
        str(i): _Block(before if i == 0 else width, width, stride if i == 0 else 1, dropout) for i in range(blocks)
    }
    return nn.Sequential(OrderedDict(layer=nn.Sequential(OrderedDict(named))))
