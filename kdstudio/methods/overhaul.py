"""Overhaul of feature distillation: what the teacher passes on counts, and of what it blocks only the sign (OFD)."""

from collections.abc import Mapping
from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from kdstudio.methods.base import Exchange, Objective, Setting
from kdstudio.methods.between import linear_map
from kdstudio.methods.layer_method import Features, LayerMethod, common, width
from kdstudio.models.pairs import Pairing


class Overhaul(LayerMethod):
    """Mean of d(r(F_s), max(F_t, m)), d(s, t) = 0 where s ≤ t ≤ 0 and (s − t)² elsewhere; summed over the pairs.

    The paper's margin ReLU and partial L2 distance; r is a 1×1 convolution with batch normalisation. The margin m of a
    channel is the mean of its negative values. It is measured here over the batches seen so far, where the authors'
    code derives it from the batch normalisation before the ReLU. A layer that ends in a ReLU has none, and m is 0.

    The authors sum over the feature, divide by 1000, and halve the term for each stage towards the front, where the
    features of CIFAR networks are twice as large: as a mean, a weight of 4.1 for each stage of a ResNet.
    """

    splits: ClassVar[Literal["inputs", "labelled", "batch"]] = "batch"
    title: ClassVar[str] = "Overhaul (OFD)"
    family: ClassVar[str] = "feature"
    paper: ClassVar[str] = "Heo et al. 2019, https://arxiv.org/abs/1904.01866"
    help: ClassVar[str] = (
        "Where the teacher is active the student predicts its value; where the teacher's ReLU would block it, the "
        "student need only stay below. A map with batch normalisation lies between and is dropped afterwards."
    )
    pairing: ClassVar[Pairing] = "stages"
    ranks: ClassVar[tuple[int, ...]] = (3,)

    weight: float = Field(4.0, ge=0)

    def compare(self, pairs: Features) -> Mapping[str, Tensor]:
        """Return the partial distance, summed over the pairs, for features of the teacher that are above the margin."""
        return {"error": torch.stack([_partial(ours, theirs).mean() for ours, theirs in pairs]).sum()}

    @classmethod
    def parts(cls, ours: int, theirs: int, *, is_map: bool) -> str:
        """Return the convolution with its normalisation."""
        return f"{linear_map(ours, theirs, is_map=is_map)} with batch normalisation"

    def build(self, setting: Setting) -> Objective:
        """Return the method with a connector and margins for each pair."""
        return _Overhaul(self, setting)


class _Overhaul(Objective):
    method: Overhaul

    def __init__(self, method: Overhaul, setting: Setting) -> None:
        super().__init__(method, setting)
        widths = [(width(setting.student[ours]), width(setting.teacher[theirs])) for ours, theirs in method.chosen]
        self.connectors = nn.ModuleList(_connector(*pair) for pair in widths)
        self.margins = nn.ModuleList(Margin(theirs) for _, theirs in widths)

    def forward(self, exchange: Exchange) -> Mapping[str, Tensor]:
        pairs = [common(*pair) for pair in self.method.features(exchange)]
        parts = zip(self.connectors, self.margins, pairs, strict=True)
        return self.method.compare([(connect(ours), margin(theirs)) for connect, margin, (ours, theirs) in parts])


class Margin(nn.Module):
    """Lifts values below a channel's margin up to it: the mean of all negative values that the channel had so far."""

    margin: Tensor
    seen: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.register_buffer("margin", torch.zeros(channels))
        self.register_buffer("seen", torch.zeros(channels, dtype=torch.int64))

    @torch.no_grad()
    def forward(self, feature: Tensor) -> Tensor:
        """Return max(feature, margin) (N, c, h, w), the margin with this batch in it."""
        count = (feature < 0).sum(dim=(0, 2, 3))
        self.seen += count
        total = feature.clamp(max=0).sum(dim=(0, 2, 3))
        self.margin += (total - count * self.margin) / self.seen.clamp(min=1)
        return feature.maximum(self.margin[:, None, None])


def _connector(before: int, after: int) -> nn.Module:
    convolution = nn.Conv2d(before, after, 1, bias=False)
    nn.init.kaiming_normal_(convolution.weight, mode="fan_out", nonlinearity="relu")
    return nn.Sequential(convolution, nn.BatchNorm2d(after))


def _partial(student: Tensor, teacher: Tensor) -> Tensor:
    """Return the squared distance of each value, 0 where the teacher is blocked and the student is below it."""
    return torch.where((student <= teacher) & (teacher <= 0), 0, (student - teacher).square())


METHOD = Overhaul
