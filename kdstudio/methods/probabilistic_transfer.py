"""Probabilistic knowledge transfer: who is whose neighbour, as a probability (Passalis, Tefas 2018)."""

from collections.abc import Mapping
from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor

from kdstudio.methods.layer_method import Features, LayerMethod, cosines
from kdstudio.methods.losses import soft_target_kl
from kdstudio.models.pairs import Pairing

_NEVER = 1e-7  # the kernel of two opposite features, whose logarithm must stay a number


class ProbabilisticTransfer(LayerMethod):
    """KL(p_t ‖ p_s) of p(j | i) = k(i, j) / Σ_j k(i, j), k = (1 + cos) / 2, as in the paper.

    Sum over the neighbours j, mean over the inputs i. The field's reimplementations take the mean over all pairs, with
    a weight of 30000 at a batch of 64: that is 30000 / 64 = 468.75 here. As in them an input is its own neighbour, too.
    """

    splits: ClassVar[Literal["inputs", "labelled", "batch"]] = "batch"
    title: ClassVar[str] = "Probabilistic transfer (PKT)"
    family: ClassVar[str] = "relation"
    paper: ClassVar[str] = "Passalis, Tefas 2018, https://arxiv.org/abs/1803.10837"
    help: ClassVar[str] = (
        "For each input, the others of the batch are its neighbours with some probability; the student learns the "
        "teacher's. Only directions count, neither lengths nor widths, so it works between any two architectures."
    )
    vanishes_at_teacher: ClassVar[bool] = True
    pairing: ClassVar[Pairing] = "embedding"
    relates: ClassVar[Literal["places", "inputs"]] = "inputs"

    weight: float = Field(468.75, ge=0)

    def compare(self, pairs: Features) -> Mapping[str, Tensor]:
        """Return the divergence between the neighbourhoods, averaged over the pairs of layers."""
        found = [soft_target_kl(_log_kernel(ours), _log_kernel(theirs), 1.0) for ours, theirs in pairs]
        return {"kl": torch.stack(found).mean()}


def _log_kernel(feature: Tensor) -> Tensor:
    """Return (N, N) log k(i, j): their softmax over j is p(j | i)."""
    return ((1 + cosines(feature)) / 2).clamp(min=_NEVER).log()


METHOD = ProbabilisticTransfer
