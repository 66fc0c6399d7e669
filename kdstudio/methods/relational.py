"""Relational distillation: distances between inputs and angles between three of them (RKD)."""

from collections.abc import Mapping
from typing import ClassVar, Literal

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor

from kdstudio.methods.layer_method import Features, LayerMethod, pooled
from kdstudio.models.pairs import Pairing


class Relational(LayerMethod):
    """Smooth L1 on pair distances divided by their mean, and on the cosines of triples (equations 4 to 8)."""

    splits: ClassVar[Literal["inputs", "labelled", "batch"]] = "batch"
    title: ClassVar[str] = "Relational (RKD)"
    family: ClassVar[str] = "relation"
    paper: ClassVar[str] = "Park et al. 2019, https://arxiv.org/abs/1904.05068"
    help: ClassVar[str] = (
        "How far inputs lie from each other, and under which angles, is carried over; their places are not. It works "
        "between any two architectures, because no widths have to be equal."
    )
    vanishes_at_teacher: ClassVar[bool] = True
    pairing: ClassVar[Pairing] = "embedding"
    relates: ClassVar[Literal["places", "inputs"]] = "inputs"

    distance: float = Field(
        25.0, ge=0, title="Distances", description="Weight of the distances between two inputs; 25 in the paper."
    )
    angle: float = Field(
        50.0, ge=0, title="Angles", description="Weight of the angles between three inputs; 50 in the paper."
    )

    def compare(self, pairs: Features) -> Mapping[str, Tensor]:
        """Return both terms with their weights, averaged over the pairs of layers."""
        vectors = [(pooled(ours), pooled(theirs)) for ours, theirs in pairs]
        distance = [F.smooth_l1_loss(_distances(ours), _distances(theirs)) for ours, theirs in vectors]
        angle = [F.smooth_l1_loss(_angles(ours), _angles(theirs)) for ours, theirs in vectors]
        return {
            "distance": self.distance * torch.stack(distance).mean(),
            "angle": self.angle * torch.stack(angle).mean(),
        }


def _distances(vectors: Tensor) -> Tensor:
    """Return (N, N) distances, divided by the mean of those that are not 0."""
    squares = vectors.square().sum(dim=1)
    squared = (squares[:, None] + squares[None] - 2 * vectors @ vectors.T).clamp(min=0)
    is_apart = squared > 1e-12
    distances = torch.where(is_apart, squared, 1.0).sqrt() * is_apart  # the root has no slope at 0
    return distances / (distances.sum() / is_apart.sum().clamp(min=1)).clamp(min=1e-12)


def _angles(vectors: Tensor) -> Tensor:
    """Return (N, N, N) cosines of the angle that two inputs make at a third."""
    towards = F.normalize(vectors[None] - vectors[:, None], dim=2)
    return towards @ towards.transpose(1, 2)


METHOD = Relational
