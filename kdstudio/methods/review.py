"""Knowledge review: the student's early stages are taught by the teacher's late ones, from the end forwards."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from kdstudio.methods.base import Exchange, Objective, Setting, Shape
from kdstudio.methods.layer_method import Features, LayerMethod, width
from kdstudio.models.pairs import Pairing

_LEVELS = (4, 2, 1)  # sides of the pooled maps; each counts half as much as the one before
_WIDEST = 512


class Review(LayerMethod):
    """HCL(U_i, F_t,i) summed over stages, U_i made of the student's stages i to last by attention (ABF).

    HCL is the mean squared error of the maps, and of maps that were averaged to sides 4, 2 and 1, weighted 1, ½, ¼, ⅛
    and divided by the sum of those weights, as in the authors' code. The pooled embedding, which their networks for
    CIFAR have as one more stage, is left out.
    """

    splits: ClassVar[Literal["inputs", "labelled", "batch"]] = "batch"
    title: ClassVar[str] = "Knowledge review (ReviewKD)"
    family: ClassVar[str] = "feature"
    paper: ClassVar[str] = "Chen et al. 2021, https://arxiv.org/abs/2104.09044"
    help: ClassVar[str] = (
        "Later stages of the student are fused into earlier ones, and each fusion predicts the teacher's stage at "
        "several resolutions. The fusions are dropped afterwards; 5 suits ResNet-32x4, 1 most other pairs."
    )
    pairing: ClassVar[Pairing] = "stages"
    ranks: ClassVar[tuple[int, ...]] = (3,)

    warmup_epochs: float = Field(
        20.0,
        ge=0,
        title="Ramp",
        description="Epochs over which the term grows to its full weight, at most a tenth of the run.",
    )

    def compare(self, pairs: Features) -> Mapping[str, Tensor]:
        """Return the hierarchical context loss, summed over the pairs."""
        return {"context": torch.stack([_context(ours, theirs) for ours, theirs in pairs]).sum()}

    @classmethod
    def bridge(cls, student: Shape, teacher: Shape) -> str:
        """Return the fusion, which brings the student's maps to the teacher's size."""
        size = "" if student[1:] == teacher[1:] else f", resized to {teacher[1]}×{teacher[2]}"
        return f"fusion with the later stages, 3×3 convolution to {teacher[0]} channels{size}"

    def build(self, setting: Setting) -> Objective:
        """Return the method with a fusion for each pair."""
        return _Review(self, setting)


class _Review(Objective):
    method: Review

    def __init__(self, method: Review, setting: Setting) -> None:
        super().__init__(method, setting)
        widths = [(width(setting.student[ours]), width(setting.teacher[theirs])) for ours, theirs in method.chosen]
        middle = min(_WIDEST, widths[-1][0])
        last = len(widths) - 1
        self.fusions = nn.ModuleList(Fusion(*pair, middle, fuses=i < last) for i, pair in enumerate(widths))

    def forward(self, exchange: Exchange) -> Mapping[str, Tensor]:
        features = self.method.features(exchange)
        fused: Tensor | None = None
        pairs = []
        for fuse, (ours, theirs) in zip(reversed(self.fusions), reversed(features), strict=True):
            answer, fused = fuse(ours, fused, theirs.shape[2:])
            pairs.append((answer, theirs))
        ramp = exchange.ramp(self.method.warmup_epochs)
        return {name: ramp * value for name, value in self.method.compare(pairs).items()}


class Fusion(nn.Module):
    """Attention based fusion (ABF) of one stage with what the later stages became."""

    def __init__(self, student: int, teacher: int, middle: int, *, fuses: bool) -> None:
        super().__init__()
        self.inwards = _normed(nn.Conv2d(student, middle, 1, bias=False))
        self.attend = nn.Sequential(nn.Conv2d(2 * middle, 2, 1), nn.Sigmoid()) if fuses else None
        self.outwards = _normed(nn.Conv2d(middle, teacher, 3, padding=1, bias=False))

    def forward(self, feature: Tensor, later: Tensor | None, size: Sequence[int]) -> tuple[Tensor, Tensor]:
        """Return the prediction (N, teacher, *size) and what goes on to earlier stages (N, middle, *size)."""
        fused = self.inwards(feature)
        if self.attend is not None and later is not None:
            later = F.interpolate(later, fused.shape[2:], mode="nearest")
            own, others = self.attend(torch.cat([fused, later], dim=1)).split(1, dim=1)
            fused = own * fused + others * later
        fused = F.interpolate(fused, list(size), mode="nearest")
        return self.outwards(fused), fused


def _normed(convolution: nn.Conv2d) -> nn.Module:
    nn.init.kaiming_uniform_(convolution.weight, a=1)
    return nn.Sequential(convolution, nn.BatchNorm2d(convolution.out_channels))


def _context(student: Tensor, teacher: Tensor) -> Tensor:
    """Return the hierarchical context loss (HCL) of maps (N, c, h, w) of one size."""
    sides = [side for side in _LEVELS if side < min(student.shape[2:])]
    errors = [(student - teacher).square().mean()]
    for side in sides:
        coarse = F.adaptive_avg_pool2d(student, side) - F.adaptive_avg_pool2d(teacher, side)
        errors.append(coarse.square().mean())
    shares = errors[0].new_tensor([0.5**i for i in range(len(errors))])
    return (torch.stack(errors) * shares).sum() / shares.sum()


METHOD = Review
