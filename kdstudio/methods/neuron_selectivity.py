"""Neuron selectivity transfer: the channels of both respond to the same places, whichever channel it is (NST)."""

from collections.abc import Mapping
from typing import ClassVar

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor

from kdstudio.methods.layer_method import Features, LayerMethod, common
from kdstudio.models.pairs import Pairing


class NeuronSelectivity(LayerMethod):
    """MMD² = mean k(t, t') + mean k(s, s') − 2 mean k(s, t), s and t maps of one channel of length 1, k(a, b) = (aᵀb)².

    The paper's loss with its polynomial kernel of degree 2 and no constant; means over the pairs of channels and over
    inputs, summed over layers. 50 is the weight of the field's reimplementations, which take the same means.
    """

    title: ClassVar[str] = "Neuron selectivity (NST)"
    family: ClassVar[str] = "feature"
    paper: ClassVar[str] = "Huang, Wang 2017, https://arxiv.org/abs/1707.01219"
    help: ClassVar[str] = (
        "Each channel is one sample of where a network looks; the student's samples come to be distributed as the "
        "teacher's. No channel is tied to another, so the widths need not be equal."
    )
    vanishes_at_teacher: ClassVar[bool] = True
    pairing: ClassVar[Pairing] = "stages"
    ranks: ClassVar[tuple[int, ...]] = (3,)

    weight: float = Field(50.0, ge=0)

    def compare(self, pairs: Features) -> Mapping[str, Tensor]:
        """Return the squared discrepancy, summed over the pairs."""
        return {"discrepancy": torch.stack([_discrepancy(*common(*pair)) for pair in pairs]).sum()}


def _discrepancy(student: Tensor, teacher: Tensor) -> Tensor:
    student, teacher = (F.normalize(feature.flatten(2), dim=2) for feature in (student, teacher))  # (N, c, h·w)
    return _kernel(teacher, teacher) + _kernel(student, student) - 2 * _kernel(student, teacher)


def _kernel(left: Tensor, right: Tensor) -> Tensor:
    """Return the mean kernel of all pairs of channels of (N, a, p) and (N, b, p)."""
    return (left @ right.transpose(1, 2)).square().mean()


METHOD = NeuronSelectivity
