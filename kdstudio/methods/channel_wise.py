"""Channel-wise distillation: each channel spreads its activity over the places as the teacher's channel does (CWD)."""

from collections.abc import Mapping
from itertools import starmap
from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor

from kdstudio.methods.base import Objective, Setting
from kdstudio.methods.between import linear_map
from kdstudio.methods.layer_method import Connected, Features, LayerMethod, common, width
from kdstudio.methods.losses import soft_target_kl
from kdstudio.models.pairs import Pairing


class ChannelWise(LayerMethod):
    """T² · KL of softmax over the places of each channel: sum over places, mean over channels, inputs and pairs.

    The paper's loss, which divides by the channels; with its temperature of 4, and its weight of 50 for features (3
    for the maps of a dense network's logits). A 1×1 convolution lies between only where the widths differ.
    """

    title: ClassVar[str] = "Channel-wise (CWD)"
    family: ClassVar[str] = "feature"
    paper: ClassVar[str] = "Shu et al. 2021, https://arxiv.org/abs/2011.13256"
    help: ClassVar[str] = (
        "Each channel of the student looks at the places that the teacher's channel finds most striking; how strongly "
        "it does so is left open. It was made for networks that answer at each place of a picture."
    )
    vanishes_at_teacher: ClassVar[bool] = True
    pairing: ClassVar[Pairing] = "last"
    ranks: ClassVar[tuple[int, ...]] = (3,)

    weight: float = Field(50.0, ge=0)
    tau: float = Field(
        4.0,
        gt=0,
        le=100,
        title="Temperature of places",
        description="Higher values look at more than the strongest place.",
    )

    @classmethod
    def parts(cls, ours: int, theirs: int, *, is_map: bool) -> str:
        """Return the linear map, where widths differ."""
        return "" if ours == theirs else linear_map(ours, theirs, is_map=is_map)

    def build(self, setting: Setting) -> Objective:
        """Return the method, with linear maps only where widths differ."""
        is_equal = all(width(setting.student[ours]) == width(setting.teacher[theirs]) for ours, theirs in self.chosen)
        return Objective(self, setting) if is_equal else Connected(self, setting)

    def compare(self, pairs: Features) -> Mapping[str, Tensor]:
        """Return the divergence, averaged over the pairs."""
        rows = [(ours.flatten(2), theirs.flatten(2)) for ours, theirs in starmap(common, pairs)]  # (N, c, h·w)
        return {"kl": torch.stack([soft_target_kl(*row, self.tau) for row in rows]).mean()}


METHOD = ChannelWise
