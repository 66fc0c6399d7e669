"""The teacher's top class as if it were the label (DeiT's hard-label distillation)."""

from collections.abc import Mapping
from typing import ClassVar

from torch import Tensor

from kdstudio.core.targets import CLASSES, Task
from kdstudio.methods.base import Exchange, Method
from kdstudio.methods.losses import cross_entropy


class HardTeacher(Method):
    """Cross-entropy with the teacher's top class (equation 3 of the paper, its second half)."""

    title: ClassVar[str] = "Hard teacher token (DeiT)"
    family: ClassVar[str] = "response"
    paper: ClassVar[str] = "Touvron et al. 2021, https://arxiv.org/abs/2012.12877"
    help: ClassVar[str] = (
        "Only what the teacher would decide, and not how it weighs the rest. With hard labels, each at weight 0.5, it "
        "is DeiT's recipe; alone it labels inputs that have none."
    )
    tasks: ClassVar[tuple[Task, ...]] = CLASSES

    def terms(self, exchange: Exchange) -> Mapping[str, Tensor]:
        """Return the mean cross-entropy over valid positions."""
        if exchange.teacher is None:
            raise ValueError("the hard teacher needs a teacher")
        decided = exchange.teacher.logits.argmax(dim=-1)
        if exchange.batch.mask is not None:
            decided = decided.masked_fill(~exchange.batch.mask.bool(), -100)
        return {"cross_entropy": cross_entropy(exchange.student.logits, decided)}


METHOD = HardTeacher
