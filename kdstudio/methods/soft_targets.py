"""Soft targets: the student matches the teacher's softened probabilities (Hinton, Vinyals, Dean 2015)."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field
from torch import Tensor

from kdstudio.methods.base import Exchange, Method
from kdstudio.methods.losses import soft_target_kl, standardized


class SoftTargets(Method):
    """T² · KL(teacher ‖ student) at temperature T. The curve is the divergence itself, so that it can reach 0."""

    title: ClassVar[str] = "Soft targets (Hinton)"
    family: ClassVar[str] = "response"
    paper: ClassVar[str] = "Hinton, Vinyals, Dean 2015, https://arxiv.org/abs/1503.02531"
    help: ClassVar[str] = (
        "The student matches the teacher's whole answer, also how it weighs the wrong classes. The temperature softens "
        "both answers first, so that small probabilities count."
    )
    vanishes_at_teacher: ClassVar[bool] = True

    temperature: float = Field(
        4.0,
        gt=0,
        le=100,
        title="Temperature",
        description="Higher values soften the teacher's answer and show more of how it weighs the wrong classes. "
        "2 to 5 suits small students, up to 20 large ones.",
    )
    logits: Literal["plain", "standardized"] = Field(
        "plain",
        title="Logits",
        description="Standardized logits (Sun et al. 2024) let the student keep its own scale; use temperature 2 and a "
        "weight of about 9 with them.",
    )

    def terms(self, exchange: Exchange) -> Mapping[str, Tensor]:
        """Return the softened divergence from the teacher."""
        if exchange.teacher is None:
            raise ValueError("soft targets need a teacher")
        student, teacher = exchange.student.logits, exchange.teacher.logits
        if self.logits == "standardized":
            student, teacher = standardized(student), standardized(teacher)
        return {"kl": soft_target_kl(student, teacher, self.temperature, exchange.batch.mask)}


METHOD = SoftTargets
