"""Soft targets: the student matches the teacher's softened probabilities (Hinton, Vinyals, Dean 2015)."""

from collections.abc import Mapping
from typing import ClassVar

from torch import Tensor

from kdstudio.core.targets import CLASSES, Task
from kdstudio.methods.base import Exchange
from kdstudio.methods.logit_method import SoftenedMethod
from kdstudio.methods.losses import soft_target_kl


class SoftTargets(SoftenedMethod):
    """T² · KL(teacher ‖ student) at temperature T. The curve is the divergence itself, so that it can reach 0."""

    title: ClassVar[str] = "Soft targets (Hinton)"
    family: ClassVar[str] = "response"
    paper: ClassVar[str] = "Hinton, Vinyals, Dean 2015, https://arxiv.org/abs/1503.02531"
    help: ClassVar[str] = (
        "The student matches the teacher's whole answer, also how it weighs the wrong classes. The temperature softens "
        "both answers first, so that small probabilities count."
    )
    tasks: ClassVar[tuple[Task, ...]] = CLASSES
    vanishes_at_teacher: ClassVar[bool] = True

    def terms(self, exchange: Exchange) -> Mapping[str, Tensor]:
        """Return the softened divergence from the teacher."""
        student, teacher = self.pair(exchange)
        return {"kl": soft_target_kl(student, teacher, self.temperature, exchange.batch.mask)}


METHOD = SoftTargets
