"""A plain convolutional network of a few thousand to a few hundred thousand parameters."""

from collections import OrderedDict
from typing import ClassVar, Self

from pydantic import Field
from torch import Tensor, nn

from kdstudio.models.zoo.base import Architecture, Fit, InputShape, Shapes, scaled
from kdstudio.models.zoo.joints import Mean


class SmallCnn(Architecture):
    """Stages of 3×3 convolutions with pooling between them, then an average over the image and one linear layer."""

    title: ClassVar[str] = "Small CNN"
    family: ClassVar[str] = "Convolutional"
    paper: ClassVar[str] = "Springenberg et al. 2015, Striving for Simplicity: The All Convolutional Net"
    help: ClassVar[str] = (
        "A plain convolutional network. With width 16 it has about 11 thousand parameters and trains in seconds; with "
        "width 64 and two layers a stage it makes a good teacher for 28 or 32 pixel images."
    )

    width: int = Field(
        16,
        ge=2,
        le=512,
        title="Width",
        description="Channels of the first stage; each further stage has half as many more.",
    )
    blocks: int = Field(
        3, ge=1, le=5, title="Stages", description="Number of stages; the image is halved between one and the next."
    )
    depth: int = Field(1, ge=1, le=6, title="Layers a stage", description="Convolutions in each stage.")
    batch_norm: bool = Field(
        True, title="Batch normalisation", description="Normalise after each convolution; it learns faster and better."
    )

    @property
    def label(self) -> str:
        """The name with the channels of each stage."""
        return f"Small CNN {'-'.join(map(str, self.channels))}" + (f" ×{self.depth}" if self.depth > 1 else "")

    @property
    def channels(self) -> tuple[int, ...]:
        """Channels of each stage: width × 1, 1.5, 2, 2.5 ..."""
        return tuple(self.width * (2 + i) // 2 for i in range(self.blocks))

    def build(self, input_shape: InputShape, classes: int) -> nn.Module:
        """Return the network for inputs of any size."""
        return _Network(input_shape[0], self.channels, self.depth, classes, batch_norm=self.batch_norm)

    def shrunk(self, width: float, depth: float) -> Self:
        """Keep a share of the channels, and of the layers in each stage."""
        return self.model_copy(update={"width": scaled(self.width, width, 2), "depth": scaled(self.depth, depth)})

    @classmethod
    def recognise(cls, shapes: Shapes) -> Fit | None:
        """Recognise weights saved by kdstudio: other plain networks do not tell where they pool."""
        first, head = shapes.get("stage1.conv1.weight"), shapes.get("classifier.weight")
        if first is None or head is None or len(first) != 4 or len(head) != 2:
            return None
        stages = {key.split(".")[0] for key in shapes if key.startswith("stage")}
        layers = {key for key in shapes if key.startswith("stage1.conv") and key.endswith("weight")}
        if not (len(stages) <= 5 and len(layers) <= 6 and 2 <= first[0] <= 512):
            return None
        knobs = cls(width=first[0], blocks=len(stages), depth=len(layers), batch_norm="stage1.bn1.weight" in shapes)
        return Fit(knobs, None, first[1], head[0], {key: key for key in shapes})


ARCHITECTURE = SmallCnn


class _Network(nn.Module):
    def __init__(self, inputs: int, channels: tuple[int, ...], depth: int, classes: int, *, batch_norm: bool) -> None:
        super().__init__()
        self.stages = len(channels)
        for number, width in enumerate(channels, 1):
            before = inputs if number == 1 else channels[number - 2]
            stage = _stage(before, width, depth, batch_norm=batch_norm, pool=number < len(channels))
            self.add_module(f"stage{number}", stage)
        self.mean = Mean()
        self.classifier = nn.Linear(channels[-1], classes)

    def forward(self, inputs: Tensor) -> Tensor:
        x = inputs
        for number in range(1, self.stages + 1):
            x = self.get_submodule(f"stage{number}")(x)
        logits: Tensor = self.classifier(self.mean(x))
        return logits


def _stage(before: int, width: int, depth: int, *, batch_norm: bool, pool: bool) -> nn.Sequential:
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    for number in range(1, depth + 1):
        layers[f"conv{number}"] = nn.Conv2d(before, width, 3, padding=1, bias=not batch_norm)
        if pool and number == depth:  # before norm and ReLU, which then have a quarter of the values to go through
            layers["pool"] = nn.MaxPool2d(2, ceil_mode=True)
        if batch_norm:
            layers[f"bn{number}"] = nn.BatchNorm2d(width)
        layers[f"relu{number}"] = nn.ReLU(inplace=True)
        before = width
    return nn.Sequential(layers)
