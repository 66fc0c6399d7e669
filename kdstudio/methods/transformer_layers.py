"""Transformer layers: embeddings, hidden states and attention of each mapped block (TinyBERT)."""

from collections.abc import Mapping
from itertools import chain
from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn

from kdstudio.methods.attention import AttentionMethod, scores
from kdstudio.methods.base import Exchange, Objective, Setting, Shape
from kdstudio.methods.between import linear_map
from kdstudio.methods.layer_method import Connector, Features
from kdstudio.methods.losses import mean_over
from kdstudio.models.pairs import Pairing
from kdstudio.models.taps import EMBEDDED

_STATES = ((EMBEDDED, EMBEDDED),)


class TransformerLayers(AttentionMethod):
    """MSE(W_e E_s, E_t) + Σ over blocks of [MSE(W_h H_s, H_t) + mean over heads of MSE(A_s, A_t)], A = QKᵀ/√d_h.

    L_embd, L_hidn and L_attn of the paper; A is what goes into the softmax, which the authors found to converge faster
    than its result. Means over tokens and widths, of A over pairs of tokens. Blocks are mapped evenly, the last to the
    last. W is a linear map of each pair, left out of the export.
    """

    title: ClassVar[str] = "Transformer layers (TinyBERT)"
    family: ClassVar[str] = "feature"
    paper: ClassVar[str] = "Jiao et al. 2020, https://arxiv.org/abs/1909.10351"
    help: ClassVar[str] = (
        "Each block of the student does what a block of the teacher at the same relative depth does: what it gives, "
        "and what it attends to. Between transformers that read the same tokens and have as many heads."
    )
    pairing: ClassVar[Pairing] = "stages"

    embedding: float = Field(
        1.0, ge=0, title="Embeddings", description="Weight of the embedded tokens; 1 in the paper."
    )
    hidden: float = Field(1.0, ge=0, title="States", description="Weight of what the blocks give; 1 in the paper.")
    attention: float = Field(1.0, ge=0, title="Attention", description="Weight of the attention; 1 in the paper.")

    @property
    def taps(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The embedded tokens, and of the paired blocks what they give and their attention."""
        inside = super().taps
        own, other = (tuple(chain([EMBEDDED], names)) for names in zip(*self.chosen, strict=True))
        return own + inside[0], other + inside[1]

    def compare(self, pairs: Features) -> Mapping[str, Tensor]:
        """Return the distance of the embedded tokens, which come first, and those of the states."""
        gaps = [(ours - theirs).square().mean() for ours, theirs in pairs]
        return {"embedding": self.embedding * gaps[0], "hidden": self.hidden * torch.stack(gaps[1:]).sum()}

    @classmethod
    def parts(cls, ours: int, theirs: int, *, is_map: bool) -> str:
        """Return the linear map."""
        return linear_map(ours, theirs, is_map=is_map)

    def build(self, setting: Setting) -> Objective:
        """Return the method with a linear map for the embedded tokens and for each pair of blocks."""
        return _TransformerLayers(self, setting)

    def attention_gap(self, exchange: Exchange) -> Tensor:
        """Return the squared distance of the scores, mean over heads and pairs of tokens, summed over the blocks."""
        gaps = []
        for ours, theirs, places in self.attentions(exchange):
            gap = (scores(ours[:, 0], ours[:, 1]) - scores(theirs[:, 0], theirs[:, 1])).square().mean(dim=1)
            gaps.append(mean_over(gap, places[:, :, None] & places[:, None]))
        return torch.stack(gaps).sum()

    def heads_misfit(self, student: Shape, teacher: Shape) -> str:
        """Return why the heads cannot be compared: one has more."""
        return "" if student[1] == teacher[1] else f"the student has {student[1]} heads and the teacher {teacher[1]}"


class _TransformerLayers(Objective):
    method: TransformerLayers

    def __init__(self, method: TransformerLayers, setting: Setting) -> None:
        super().__init__(method, setting)
        shapes = [(setting.student[own], setting.teacher[other]) for own, other in (*_STATES, *method.chosen)]
        self.connectors = nn.ModuleList(Connector(*pair) for pair in shapes)

    def forward(self, exchange: Exchange) -> Mapping[str, Tensor]:
        method = self.method
        states = method.between(exchange, (*_STATES, *method.chosen))
        connected = [connect(*pair) for connect, pair in zip(self.connectors, states, strict=True)]
        attention = method.attention * method.attention_gap(exchange)
        return {**method.compare(connected), "attention": attention}


METHOD = TransformerLayers
