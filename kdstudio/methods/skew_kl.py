"""Skew KL: the student is mixed with a little of the teacher first, which keeps the gradients small (DistiLLM)."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field
from torch import Tensor

from kdstudio.core.targets import CLASSES, Task
from kdstudio.methods.base import Exchange
from kdstudio.methods.logit_method import SoftenedMethod
from kdstudio.methods.losses import skew_kl


class SkewKl(SoftenedMethod):
    """T² · KL(t ‖ α·t + (1−α)·s), or with student and teacher exchanged (equations 3 and 4 of the paper)."""

    title: ClassVar[str] = "Skew KL"
    family: ClassVar[str] = "response"
    paper: ClassVar[str] = "Ko et al. 2024 (DistiLLM), https://arxiv.org/abs/2402.03898"
    help: ClassVar[str] = (
        "KL to a mixture instead of to the other's answer alone. It never explodes where one of the two finds a class "
        "impossible, which early in training happens often."
    )
    tasks: ClassVar[tuple[Task, ...]] = CLASSES
    vanishes_at_teacher: ClassVar[bool] = True

    alpha: float = Field(
        0.1, gt=0, lt=1, title="Skew", description="How much of the one that is compared is in the mixture."
    )
    direction: Literal["forward", "reverse"] = Field(
        "forward",
        title="Direction",
        description="Forward starts from the teacher's answer, reverse from the student's.",
    )

    def terms(self, exchange: Exchange) -> Mapping[str, Tensor]:
        """Return the divergence from the mixture."""
        student, teacher = self.pair(exchange)
        if self.direction == "reverse":
            student, teacher = teacher, student
        return {"skew_kl": skew_kl(student, teacher, self.alpha, self.temperature, exchange.batch.mask)}


METHOD = SkewKl
