"""Logit matching: squared distance of centred logits (Ba, Caruana 2014)."""

from collections.abc import Mapping
from typing import ClassVar

from torch import Tensor

from kdstudio.core.targets import CLASSES, Task
from kdstudio.methods.base import Exchange
from kdstudio.methods.logit_method import LogitMethod
from kdstudio.methods.losses import squared_distance


class LogitMatching(LogitMethod):
    """½ · ‖(z_s − mean z_s) − (z_t − mean z_t)‖², summed over classes (equation 1 of the paper, on centred logits)."""

    title: ClassVar[str] = "Logit matching"
    family: ClassVar[str] = "response"
    paper: ClassVar[str] = "Ba, Caruana 2014, https://arxiv.org/abs/1312.6184"
    help: ClassVar[str] = (
        "The student copies the teacher's logits themselves, up to a constant that no softmax sees. It is the limit of "
        "soft targets at a very high temperature, times the number of classes; with many classes lower the weight."
    )
    tasks: ClassVar[tuple[Task, ...]] = CLASSES
    vanishes_at_teacher: ClassVar[bool] = True

    def terms(self, exchange: Exchange) -> Mapping[str, Tensor]:
        """Return half of the squared distance."""
        student, teacher = (logits - logits.mean(dim=-1, keepdim=True) for logits in self.pair(exchange))
        return {"distance": squared_distance(student, teacher, exchange.batch.mask)}


METHOD = LogitMatching
