"""Masked generation: from a part of the student's feature the teacher's whole feature is made (MGD)."""

from collections.abc import Mapping
from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from kdstudio.methods.base import Exchange, Objective, Setting, Shape
from kdstudio.methods.between import linear_map
from kdstudio.methods.layer_method import Features, LayerMethod, common, width
from kdstudio.models.pairs import Pairing


class MaskedGeneration(LayerMethod):
    """Mean of (G(W F_s · M) − F_t)², G two 3×3 convolutions with a ReLU between, M new in each step; mean over pairs.

    The paper sums the error over the feature and divides by the batch. As a mean, its weight of 7e-5 for classifiers is
    7e-5 · 512 · 7 · 7 = 1.756 for the ResNet-34 that it was tuned on, and depends on no feature's size. The authors
    mask 0.15 of the channels for classifiers; for detectors 0.65, for segmentation 0.75 of the places. W is a 1×1
    convolution, there only where the widths differ.
    """

    splits: ClassVar[Literal["inputs", "labelled", "batch"]] = "batch"
    title: ClassVar[str] = "Masked generation (MGD)"
    family: ClassVar[str] = "feature"
    paper: ClassVar[str] = "Yang et al. 2022, https://arxiv.org/abs/2205.01529"
    help: ClassVar[str] = (
        "A part of the student's feature is blanked out, and a small network makes the teacher's whole feature of the "
        "rest, so that each part has to tell of its surroundings. That network is dropped afterwards."
    )
    draws: ClassVar[bool] = True
    pairing: ClassVar[Pairing] = "last"
    ranks: ClassVar[tuple[int, ...]] = (3,)

    weight: float = Field(1.756, ge=0)
    masked: Literal["channels", "places"] = Field(
        "channels",
        title="Masked",
        description="Whole channels, as for classifiers, or places in all channels, as for detectors.",
    )
    share: float = Field(0.15, ge=0, le=0.95, title="Share", description="How much of the feature is blanked out.")

    def compare(self, pairs: Features) -> Mapping[str, Tensor]:
        """Return the mean squared error, averaged over the pairs."""
        return {"error": torch.stack([(ours - theirs).square().mean() for ours, theirs in pairs]).mean()}

    @classmethod
    def parts(cls, ours: int, theirs: int, *, is_map: bool) -> str:
        """Return the generator."""
        aligned = "" if ours == theirs else f"{linear_map(ours, theirs, is_map=is_map)}, then "
        return f"{aligned}two 3×3 convolutions"

    def build(self, setting: Setting) -> Objective:
        """Return the method with a generator for each pair."""
        return _MaskedGeneration(self, setting)


class _MaskedGeneration(Objective):
    method: MaskedGeneration

    def __init__(self, method: MaskedGeneration, setting: Setting) -> None:
        super().__init__(method, setting)
        shapes = [(setting.student[ours], setting.teacher[theirs]) for ours, theirs in method.chosen]
        self.generators = nn.ModuleList(Generator(*pair, method) for pair in shapes)

    def forward(self, exchange: Exchange) -> Mapping[str, Tensor]:
        made = []
        for generate, pair in zip(self.generators, self.method.features(exchange), strict=True):
            student, teacher = common(*pair)
            made.append((generate(student), teacher))
        return self.method.compare(made)


class Generator(nn.Module):
    """Brings the student's feature to the teacher's width, blanks a part of it out, and makes the whole of the rest."""

    def __init__(self, student: Shape, teacher: Shape, method: MaskedGeneration) -> None:
        super().__init__()
        ours, theirs = width(student), width(teacher)
        self.method = method
        self.align = nn.Identity() if ours == theirs else nn.Conv2d(ours, theirs, 1)
        first, second = (nn.Conv2d(theirs, theirs, 3, padding=1) for _ in range(2))
        self.generate = nn.Sequential(first, nn.ReLU(), second)

    def forward(self, student: Tensor) -> Tensor:
        """Return what is made (N, teacher's width, h, w)."""
        aligned = self.align(student)
        inputs, channels, height, wide = aligned.shape
        size = (inputs, channels, 1, 1) if self.method.masked == "channels" else (inputs, 1, height, wide)
        is_kept = torch.rand(size, device=aligned.device) >= self.method.share
        made: Tensor = self.generate(aligned * is_kept)
        return made


METHOD = MaskedGeneration
