"""Pearson maps: the student's channels rise and fall with the teacher's, at any scale and level (PKD)."""

from collections.abc import Mapping
from itertools import starmap
from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor

from kdstudio.methods.base import Objective, Setting
from kdstudio.methods.between import linear_map
from kdstudio.methods.layer_method import Connected, Features, LayerMethod, common, width
from kdstudio.models.pairs import Pairing

_LEAST = 1e-8  # of a variance: a channel that never varies has no slope to speak of


class PearsonMaps(LayerMethod):
    """½ · mean of (z_s − z_t)², z the channels with mean 0 and variance 1 over batch and places; summed over pairs.

    It is 1 − ρ, averaged over the channels, as the paper shows. The variance divides by the number of values, not by
    one less, so that it does not depend on the batch size. The weight of 6 is the authors' for two-stage
    detectors (10 for one-stage); they tell none for classifiers.
    """

    splits: ClassVar[Literal["inputs", "labelled", "batch"]] = "batch"
    title: ClassVar[str] = "Pearson maps (PKD)"
    family: ClassVar[str] = "feature"
    paper: ClassVar[str] = "Cao et al. 2022, https://arxiv.org/abs/2207.02039"
    help: ClassVar[str] = (
        "Each channel of the student correlates with the teacher's channel over the places of a batch. Scale and level "
        "are left open, which suits networks whose features are of different size."
    )
    vanishes_at_teacher: ClassVar[bool] = True
    pairing: ClassVar[Pairing] = "stages"
    ranks: ClassVar[tuple[int, ...]] = (3,)

    weight: float = Field(6.0, ge=0)

    @classmethod
    def parts(cls, ours: int, theirs: int, *, is_map: bool) -> str:
        """Return the linear map, where widths differ."""
        return "" if ours == theirs else linear_map(ours, theirs, is_map=is_map)

    def build(self, setting: Setting) -> Objective:
        """Return the method, with linear maps only where widths differ."""
        is_equal = all(width(setting.student[ours]) == width(setting.teacher[theirs]) for ours, theirs in self.chosen)
        return Objective(self, setting) if is_equal else Connected(self, setting)

    def compare(self, pairs: Features) -> Mapping[str, Tensor]:
        """Return one minus the mean correlation of the channels, summed over the pairs."""
        errors = [
            0.5 * (_standardized(ours) - _standardized(theirs)).square().mean()
            for ours, theirs in starmap(common, pairs)
        ]
        return {"error": torch.stack(errors).sum()}


def _standardized(feature: Tensor) -> Tensor:
    """Return (N, c, h, w) with mean 0 and variance 1 in each channel."""
    variance, mean = torch.var_mean(feature, dim=(0, 2, 3), correction=0, keepdim=True)
    return (feature - mean) * (variance + _LEAST).rsqrt()


METHOD = PearsonMaps
