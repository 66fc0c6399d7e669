"""Reused classifier: the student's embedding becomes the teacher's, and the teacher's classifier answers (SimKD)."""

from collections.abc import Mapping
from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor

from kdstudio.core.targets import Task
from kdstudio.methods.base import Shape
from kdstudio.methods.layer_method import Features, LayerMethod
from kdstudio.models.pairs import Pairing
from kdstudio.models.taps import EMBEDDING


class ReusedClassifier(LayerMethod):
    """Mean of (P(f_s) − f_t)², f the input of the classifier, P the projector, which stays in the student.

    The paper's loss, as a mean over the embedding. There f are maps before pooling and P three convolutions; here f is
    pooled and P three linear layers, so that it fits any two networks. There is no term for labels in the paper.
    """

    title: ClassVar[str] = "Reused classifier (SimKD)"
    fixed: ClassVar[tuple[str, ...]] = ("pairs", "reduction")
    family: ClassVar[str] = "feature"
    paper: ClassVar[str] = "Chen et al. 2022, https://arxiv.org/abs/2203.14001"
    help: ClassVar[str] = (
        "The student has no classifier of its own: behind a projector the teacher's answers for it, and only the way "
        "there is learned. Projector and classifier stay in the exported student and count in its size."
    )
    vanishes_at_teacher: ClassVar[bool] = True
    pairing: ClassVar[Pairing] = "embedding"
    ranks: ClassVar[tuple[int, ...]] = (1,)
    tasks: ClassVar[tuple[Task, ...]] = ("classification", "multi_label")  # numbers come in the unit of the data

    reduction: float = Field(
        2.0,
        ge=1,
        le=64,
        title="Reduction",
        description="How many times narrower than the teacher's embedding the projector is inside; 2 in the paper. "
        "Larger values make a smaller student.",
    )

    @property
    def reuses(self) -> float:
        """The student answers with the teacher's classifier."""
        return self.reduction

    @classmethod
    def parts(cls, ours: int, theirs: int, *, is_map: bool) -> str:
        """Return the projector, which is a part of the student."""
        del is_map
        return f"projector {ours} → {theirs} that stays in the student"

    def misfit(self, student: Mapping[str, Shape], teacher: Mapping[str, Shape], own: str, other: str) -> str:
        """Return why two layers cannot be compared, or nothing: only what goes into the classifier can."""
        del student, teacher
        return "" if own == other == EMBEDDING else f"{own} and {other} are not what goes into the classifier"

    def compare(self, pairs: Features) -> Mapping[str, Tensor]:
        """Return the mean squared error, averaged over the pairs."""
        return {"error": torch.stack([(ours - theirs).square().mean() for ours, theirs in pairs]).mean()}


METHOD = ReusedClassifier
