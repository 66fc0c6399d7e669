"""Attention relations: the last block attends as the teacher's does, and its values relate alike (MiniLM)."""

from collections.abc import Mapping
from math import gcd
from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor

from kdstudio.methods.attention import AttentionMethod, over_keys, scores
from kdstudio.methods.base import Exchange, Shape
from kdstudio.methods.layer_method import Features
from kdstudio.methods.losses import soft_target_kl
from kdstudio.models.pairs import Pairing

_QUERIES, _KEYS, _VALUES = 0, 1, 2
_RELATIONS = {
    "attention_values": (("attention", _QUERIES, _KEYS), ("values", _VALUES, _VALUES)),
    "each": (("queries", _QUERIES, _QUERIES), ("keys", _KEYS, _KEYS), ("values", _VALUES, _VALUES)),
}


class AttentionRelations(AttentionMethod):
    """KL(A_t ‖ A_s) + KL(V_t ‖ V_s), A = softmax(QKᵀ/√d_h), V = softmax(VVᵀ/√d_h), of each head at each place.

    Sum over the places that are attended to, mean over heads and places, as in the paper (its L_AT and L_VR, which
    count alike). MiniLMv2 (Wang et al. 2021, https://arxiv.org/abs/2012.15828) compares queries, keys and values each
    with themselves, and cuts all heads together into relation heads, so that both need not have as many heads.
    """

    title: ClassVar[str] = "Attention relations (MiniLM)"
    family: ClassVar[str] = "feature"
    paper: ClassVar[str] = "Wang et al. 2020, https://arxiv.org/abs/2002.10957"
    help: ClassVar[str] = (
        "The student's last block looks from each token at the same tokens as the teacher's, and relates what it sees "
        "there alike. Widths need not be equal, and nothing is added. Between transformers that read the same tokens."
    )
    vanishes_at_teacher: ClassVar[bool] = True
    pairing: ClassVar[Pairing] = "last"

    relations: Literal["attention_values", "each"] = Field(
        "attention_values",
        title="Relations",
        description="Attention and values, as in MiniLM; or queries, keys and values each among themselves, as in "
        "MiniLMv2.",
    )
    heads: int = Field(
        0,
        ge=0,
        le=1024,
        title="Relation heads",
        description="Into how many pieces the widths of both are cut. 0 keeps their own heads where both have as many, "
        "and else takes the largest number up to the teacher's that divides both widths.",
    )

    def compare(self, pairs: Features) -> Mapping[str, Tensor]:
        """Raise ValueError: relations are between the parts of an attention, which are no features of a layer."""
        raise ValueError(f"{self.title} compares what blocks attend with")

    def terms(self, exchange: Exchange) -> Mapping[str, Tensor]:
        """Return one divergence for each relation, averaged over the pairs."""
        found: dict[str, list[Tensor]] = {}
        for ours, theirs, places in self.attentions(exchange):
            count = self._count(ours.shape[1:], theirs.shape[1:])
            student, teacher = _cut(ours, count), _cut(theirs, count)
            from_places = places[:, None].expand(-1, count, -1)
            for name, left, right in _RELATIONS[self.relations]:
                own, other = (over_keys(scores(one[:, left], one[:, right]), places) for one in (student, teacher))
                found.setdefault(name, []).append(soft_target_kl(own, other, 1.0, from_places))
        return {name: torch.stack(each).mean() for name, each in found.items()}

    def heads_misfit(self, student: Shape, teacher: Shape) -> str:
        """Return why the heads cannot be compared: widths that do not divide."""
        count = self._count(student, teacher)
        if all(_width(shape) % count == 0 for shape in (student, teacher)):
            return ""
        return f"{count} relation heads do not divide the widths {_width(student)} and {_width(teacher)}"

    def _count(self, student: Shape, teacher: Shape) -> int:
        if self.heads:
            return self.heads
        if student[1] == teacher[1]:
            return teacher[1]
        common = gcd(_width(student), _width(teacher))
        return max(count for count in range(1, teacher[1] + 1) if common % count == 0)


def _width(shape: Shape) -> int:
    """Return the width of all heads together, of (3, heads, L, d_h)."""
    return shape[1] * shape[3]


def _cut(parts: Tensor, count: int) -> Tensor:
    """Return (N, 3, count, L, d): all heads of (N, 3, heads, L, d_h) side by side, cut anew."""
    together = parts.transpose(2, 3).flatten(3)
    return together.view(*together.shape[:3], count, -1).transpose(2, 3)


METHOD = AttentionRelations
