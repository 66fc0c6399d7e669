"""Variational information distillation: how likely the student finds what the teacher's layers see (VID)."""

import math
from collections.abc import Mapping
from typing import ClassVar

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from kdstudio.methods.base import Exchange, Objective, Setting, Shape
from kdstudio.methods.layer_method import Features, LayerMethod, common, width
from kdstudio.models.pairs import Pairing

_LEAST = 1e-5  # a variance; the authors' ε


class Variational(LayerMethod):
    """Mean of ½ [(μ(F_s) − F_t)² / σ² + log σ²], σ² one variance for each channel of the teacher; summed over pairs.

    The paper's Gaussian likelihood q(t | s) without its constant. There it is a sum over the feature; here it is its
    mean, as in the field's reimplementations, whose weight is 1.
    """

    title: ClassVar[str] = "Variational information (VID)"
    fixed: ClassVar[tuple[str, ...]] = ("pairs", "variance")
    family: ClassVar[str] = "feature"
    paper: ClassVar[str] = "Ahn et al. 2019, https://arxiv.org/abs/1904.05835"
    help: ClassVar[str] = (
        "A small network predicts the teacher's layers from the student's, and learns beside it which channels can be "
        "predicted at all; those that cannot weigh less. The loss may fall below 0: it is a likelihood."
    )
    pairing: ClassVar[Pairing] = "stages"

    variance: float = Field(
        5.0,
        gt=0.001,
        le=1000,
        title="Variance",
        description="How wrong predictions are thought to be at the start; it is learned for each channel.",
    )

    def compare(self, pairs: Features) -> Mapping[str, Tensor]:
        """Return the term for features that were predicted, as if every variance were the one of the start."""
        variance = torch.tensor(self.variance)
        return {"likelihood": torch.stack([surprise(ours, theirs, variance) for ours, theirs in pairs]).sum()}

    @classmethod
    def parts(cls, ours: int, theirs: int, *, is_map: bool) -> str:
        """Return the predictor."""
        return f"predictor {ours} → {theirs} of three {'1×1 convolutions' if is_map else 'linear maps'}"

    def build(self, setting: Setting) -> Objective:
        """Return the method with a predictor for each pair."""
        return _Variational(self, setting)


class _Variational(Objective):
    method: Variational

    def __init__(self, method: Variational, setting: Setting) -> None:
        super().__init__(method, setting)
        shapes = [(setting.student[ours], setting.teacher[theirs]) for ours, theirs in method.chosen]
        self.predictors = nn.ModuleList(Predictor(*pair, method.variance) for pair in shapes)

    def forward(self, exchange: Exchange) -> Mapping[str, Tensor]:
        features = self.method.features(exchange)
        terms = [predict(*pair) for predict, pair in zip(self.predictors, features, strict=True)]
        return {"likelihood": torch.stack(terms).sum()}


class Predictor(nn.Module):
    """μ: three linear maps (1×1 convolutions for maps) with ReLU between them; and σ² = softplus(scale) + ε."""

    def __init__(self, student: Shape, teacher: Shape, variance: float) -> None:
        super().__init__()
        ours, theirs = width(student), width(teacher)
        is_map = len(student) == len(teacher) == 3
        first, second, third = (_linear(before, theirs, is_map=is_map) for before in (ours, theirs, theirs))
        self.mean = nn.Sequential(first, nn.ReLU(), second, nn.ReLU(), third)
        self.scale = nn.Parameter(torch.full((theirs,), _inverse_softplus(variance - _LEAST)))

    def forward(self, student: Tensor, teacher: Tensor) -> Tensor:
        """Return how surprising the teacher's feature is, a scalar."""
        student, teacher = common(student, teacher)
        variance = F.softplus(self.scale) + _LEAST
        return surprise(self.mean(student), teacher, variance[:, None, None] if teacher.dim() == 4 else variance)


def surprise(mean: Tensor, feature: Tensor, variance: Tensor) -> Tensor:
    """Return −log of a Gaussian density without its constant, averaged over the feature; `variance` broadcasts."""
    return 0.5 * ((mean - feature).square() / variance + variance.log()).mean()


def _linear(before: int, after: int, *, is_map: bool) -> nn.Module:
    return nn.Conv2d(before, after, 1, bias=False) if is_map else nn.Linear(before, after, bias=False)


def _inverse_softplus(value: float) -> float:
    return value + math.log(-math.expm1(-value))


METHOD = Variational
