"""Reverse KL: the student is punished for what it believes and the teacher does not (mode-seeking)."""

from collections.abc import Mapping
from typing import ClassVar

from torch import Tensor

from kdstudio.core.targets import CLASSES, Task
from kdstudio.methods.base import Exchange
from kdstudio.methods.logit_method import SoftenedMethod
from kdstudio.methods.losses import reverse_kl


class ReverseKl(SoftenedMethod):
    """T² · KL(student ‖ teacher) at temperature T."""

    title: ClassVar[str] = "Reverse KL"
    family: ClassVar[str] = "response"
    paper: ClassVar[str] = "Gu et al. 2024 (MiniLLM, section 2.1), https://arxiv.org/abs/2306.08543"
    help: ClassVar[str] = (
        "The student concentrates on the classes that the teacher finds likely, and leaves out those that it has no "
        "room for. Forward KL, in contrast, makes it spread over all of them."
    )
    tasks: ClassVar[tuple[Task, ...]] = CLASSES
    vanishes_at_teacher: ClassVar[bool] = True

    def terms(self, exchange: Exchange) -> Mapping[str, Tensor]:
        """Return the softened divergence, taken from the student's side."""
        student, teacher = self.pair(exchange)
        return {"reverse_kl": reverse_kl(student, teacher, self.temperature, exchange.batch.mask)}


METHOD = ReverseKl
