"""Attention transfer: where a layer looks, and not what it sees there (Zagoruyko, Komodakis 2017)."""

from collections.abc import Mapping
from typing import ClassVar

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor

from kdstudio.methods.layer_method import Features, LayerMethod, common
from kdstudio.models.pairs import Pairing


class AttentionTransfer(LayerMethod):
    """Mean of (q_s − q_t)², q the normalised map of mean squared activations; summed over pairs.

    The authors' code takes this mean; equation 2 of the paper is the distance itself. With the code's form the weight
    is 1000 (β / 2 of the paper).
    """

    title: ClassVar[str] = "Attention transfer"
    family: ClassVar[str] = "feature"
    paper: ClassVar[str] = "Zagoruyko, Komodakis 2017, https://arxiv.org/abs/1612.03928"
    help: ClassVar[str] = (
        "Each stage of the student looks at the same places as the teacher's stage. Nothing is added to the student, "
        "and the widths need not be equal. The weight is that of the authors' code."
    )
    vanishes_at_teacher: ClassVar[bool] = True
    pairing: ClassVar[Pairing] = "stages"
    ranks: ClassVar[tuple[int, ...]] = (3,)

    weight: float = Field(1000.0, ge=0)
    power: float = Field(2.0, gt=0, le=8, title="Power", description="Higher powers look at the strongest places only.")

    def compare(self, pairs: Features) -> Mapping[str, Tensor]:
        """Return the distance of the attention maps, summed over the pairs."""
        alike = [common(ours, theirs) for ours, theirs in pairs]
        errors = [(self._map(ours) - self._map(theirs)).square().mean() for ours, theirs in alike]
        return {"attention": torch.stack(errors).sum()}

    def _map(self, feature: Tensor) -> Tensor:
        """Return where a feature (N, c, h, w) is active: (N, h·w) of length 1."""
        return F.normalize(feature.float().abs().pow(self.power).mean(dim=1).flatten(1), dim=1)


METHOD = AttentionTransfer
