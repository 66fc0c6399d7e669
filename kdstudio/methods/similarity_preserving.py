"""Similarity-preserving: inputs that are alike for the teacher become alike for the student (Tung, Mori 2019)."""

from collections.abc import Mapping
from typing import ClassVar, Literal

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor

from kdstudio.methods.layer_method import Features, LayerMethod
from kdstudio.methods.losses import wide
from kdstudio.models.pairs import Pairing


class SimilarityPreserving(LayerMethod):
    """Mean over inputs of ‖g_s − g_t‖², g an input's similarities F·Fᵀ to all of the batch, of length 1.

    The paper divides the sum over inputs by N², which halves the term when the batch doubles; here it is their mean, so
    γ = 3000 of the paper at a batch of 64 is a weight of 3000 / 64 = 46.875.
    """

    splits: ClassVar[Literal["inputs", "labelled", "batch"]] = "batch"
    title: ClassVar[str] = "Similarity-preserving (SP)"
    family: ClassVar[str] = "relation"
    paper: ClassVar[str] = "Tung, Mori 2019, https://arxiv.org/abs/1907.09682"
    help: ClassVar[str] = (
        "Two inputs that excite the teacher's last stage alike shall excite the student's alike; what they excite is "
        "left to the student. The weight is the paper's 3000 at a batch of 64, made free of the batch size."
    )
    vanishes_at_teacher: ClassVar[bool] = True
    pairing: ClassVar[Pairing] = "last"
    relates: ClassVar[Literal["places", "inputs"]] = "inputs"

    weight: float = Field(46.875, ge=0)

    def compare(self, pairs: Features) -> Mapping[str, Tensor]:
        """Return the mean squared distance of the rows of similarities, summed over the pairs as in the paper."""
        rows = [(_similarities(ours), _similarities(theirs)) for ours, theirs in pairs]
        return {"similarity": torch.stack([(ours - theirs).square().sum(1).mean() for ours, theirs in rows]).sum()}


def _similarities(feature: Tensor) -> Tensor:
    """Return (N, N) inner products of whole features (N, …), each row of length 1.

    Features are brought to length about 1 together first: nothing changes but that no square of a square overflows.
    """
    flat = wide(feature.flatten(1))
    flat = flat / flat.detach().square().sum(1).mean().sqrt().clamp(min=1e-12)
    return F.normalize(flat @ flat.T, dim=1)


METHOD = SimilarityPreserving
