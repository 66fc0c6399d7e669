"""Activation boundaries: which of the teacher's neurons are on, and not how much (AB)."""

from collections.abc import Mapping
from itertools import starmap
from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from kdstudio.methods.base import Exchange, Objective, Setting
from kdstudio.methods.between import linear_map
from kdstudio.methods.layer_method import Features, LayerMethod, common, width
from kdstudio.models.pairs import Pairing


class ActivationBoundaries(LayerMethod):
    """Mean of max(0, μ − r(F_s))² where the teacher is on, max(0, μ + r(F_s))² where it is off; summed over pairs.

    The paper's surrogate of the boundaries' transfer, r a 1×1 convolution with batch normalisation. The field's code
    sums over the feature, multiplies by 3/1000, and halves for each stage towards the front, where the features of
    CIFAR networks are twice as large: as a mean, a weight of 12 for each stage of a ResNet that ends with 64 × 8 × 8.
    The paper begins with this term alone for some epochs; here it goes on beside the others.
    """

    splits: ClassVar[Literal["inputs", "labelled", "batch"]] = "batch"
    title: ClassVar[str] = "Activation boundaries (AB)"
    family: ClassVar[str] = "feature"
    paper: ClassVar[str] = "Heo et al. 2019, https://arxiv.org/abs/1811.03233"
    help: ClassVar[str] = (
        "The student learns on which side of its boundary each neuron of the teacher is, by a margin; how active it is "
        "there is left open. A map with batch normalisation lies between and is dropped afterwards."
    )
    pairing: ClassVar[Pairing] = "stages"
    ranks: ClassVar[tuple[int, ...]] = (3,)

    weight: float = Field(12.0, ge=0)
    margin: float = Field(
        1.0, gt=0, le=100, title="Margin", description="How far from the boundary the student has to be."
    )

    def compare(self, pairs: Features) -> Mapping[str, Tensor]:
        """Return the squared hinge, summed over the pairs."""
        return {"hinge": torch.stack([self._hinge(ours, theirs) for ours, theirs in starmap(common, pairs)]).sum()}

    @classmethod
    def parts(cls, ours: int, theirs: int, *, is_map: bool) -> str:
        """Return the convolution with its normalisation."""
        return f"{linear_map(ours, theirs, is_map=is_map)} with batch normalisation"

    def build(self, setting: Setting) -> Objective:
        """Return the method with a connector for each pair."""
        return _ActivationBoundaries(self, setting)

    def _hinge(self, student: Tensor, teacher: Tensor) -> Tensor:
        side = torch.where(teacher > 0, student, -student)  # positive on the teacher's side
        return (self.margin - side).clamp(min=0).square().mean()


class _ActivationBoundaries(Objective):
    method: ActivationBoundaries

    def __init__(self, method: ActivationBoundaries, setting: Setting) -> None:
        super().__init__(method, setting)
        shapes = [(setting.student[ours], setting.teacher[theirs]) for ours, theirs in method.chosen]
        self.connectors = nn.ModuleList(_connector(width(ours), width(theirs)) for ours, theirs in shapes)

    def forward(self, exchange: Exchange) -> Mapping[str, Tensor]:
        pairs = zip(self.connectors, self.method.features(exchange), strict=True)
        return self.method.compare([(connect(ours), theirs) for connect, (ours, theirs) in pairs])


def _connector(before: int, after: int) -> nn.Module:
    return nn.Sequential(nn.Conv2d(before, after, 1, bias=False), nn.BatchNorm2d(after))


METHOD = ActivationBoundaries
