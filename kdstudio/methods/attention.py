"""What methods that look at the attention of transformers have in common: its parts, and which places are compared."""

import math
from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor

from kdstudio.methods.base import Exchange, Needs, Shape
from kdstudio.methods.layer_method import LayerMethod
from kdstudio.methods.losses import wide
from kdstudio.models.attention import ATTENTION
from kdstudio.models.values import Outputs

_LOWEST = torch.finfo(torch.float32).min  # an attention score that no softmax sees


class AttentionMethod(LayerMethod):
    """A method on the attention inside the paired blocks of two transformers that read the same tokens."""

    ranks: ClassVar[tuple[int, ...]] = (2,)
    needs: ClassVar[Needs] = Needs(layers=True, attention=True)

    @property
    def taps(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The attention inside the paired blocks."""
        ours, theirs = zip(*self.chosen, strict=True)
        return tuple(own + ATTENTION for own in ours), tuple(other + ATTENTION for other in theirs)

    def attentions(self, exchange: Exchange) -> list[tuple[Tensor, Tensor, Tensor]]:
        """Return what each pair attends with, (N, 3, heads, L, d_h) of both, and the places (N, L) that count."""
        if exchange.teacher is None:
            raise ValueError(f"{self.title} needs a teacher")
        found = []
        for own, other in self.chosen:
            ours = exchange.student.features[own + ATTENTION]
            theirs = exchange.teacher.features[other + ATTENTION]
            length = min(ours.shape[3], theirs.shape[3])
            places = _places(exchange.student, exchange.teacher, length)
            if places is None:
                places = torch.ones(len(ours), length, dtype=torch.bool, device=ours.device)
            found.append((ours[:, :, :, :length], theirs[:, :, :, :length], places))
        return found

    def misfit(self, student: Mapping[str, Shape], teacher: Mapping[str, Shape], own: str, other: str) -> str:
        """Return why the attention of two blocks cannot be compared, or nothing."""
        ours, theirs = student.get(own + ATTENTION), teacher.get(other + ATTENTION)
        if ours is None or theirs is None:
            return f"{own if ours is None else other} does not show what it attends with"
        return self.heads_misfit(ours, theirs)

    def heads_misfit(self, student: Shape, teacher: Shape) -> str:
        """Return why the heads of two blocks, (3, heads, L, d_h) each, cannot be compared, or nothing."""
        del student, teacher
        return ""


def scores(left: Tensor, right: Tensor) -> Tensor:
    """Return the scaled products (N, heads, L, L) of (N, heads, L, d): how much each place has to do with each."""
    return left @ right.transpose(2, 3) / math.sqrt(left.shape[3])


def over_keys(scores: Tensor, places: Tensor) -> Tensor:
    """Return scores (N, heads, L, L) with which no place attends to one that is no token."""
    return wide(scores).masked_fill(~places[:, None, None], _LOWEST)


def _places(student: Outputs, teacher: Outputs, length: int) -> Tensor | None:
    """Return (N, L) where both read the same token; None for what is no text, where all places count.

    One tokenizer cuts a long text at the length that each network has places for: what both have kept is compared.
    """
    if student.tokens is None or teacher.tokens is None:
        return None
    ours, theirs = student.tokens[:, :length], teacher.tokens[:, :length]
    return (ours == theirs) & (ours >= 0)
