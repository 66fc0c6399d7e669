"""Hints: the student's middle layer predicts the teacher's (FitNets)."""

from collections.abc import Mapping
from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor

from kdstudio.methods.layer_method import Features, LayerMethod


class Hints(LayerMethod):
    """Mean of (r(F_s) − F_t)² over the feature, r a linear map (equation 3 of the paper, as a mean)."""

    title: ClassVar[str] = "Hints (FitNet)"
    family: ClassVar[str] = "feature"
    paper: ClassVar[str] = "Romero et al. 2015, https://arxiv.org/abs/1412.6550"
    help: ClassVar[str] = (
        "The student learns to predict what a middle layer of the teacher sees, through a linear map that is dropped "
        "afterwards. The weight of 100 is that of the field's reimplementations, where the error is a mean."
    )

    connects: ClassVar[bool] = True

    weight: float = Field(100.0, ge=0)

    def compare(self, pairs: Features) -> Mapping[str, Tensor]:
        """Return the mean squared error, averaged over the pairs."""
        return {"error": torch.stack([(ours - theirs).square().mean() for ours, theirs in pairs]).mean()}


METHOD = Hints
