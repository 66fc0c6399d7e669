"""What all methods that compare logits have in common: the temperature, and logits that may be standardized."""

from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor

from kdstudio.core.targets import CLASSES, Task
from kdstudio.methods.base import Exchange, Method
from kdstudio.methods.losses import IGNORE, standardized


class LogitMethod(Method):
    """A method between the student's logits and the teacher's, of classes that exclude each other."""

    logits: Literal["plain", "standardized"] = Field(
        "plain",
        title="Logits",
        description="Standardized logits (Sun et al. 2024) let the student keep its own scale; use temperature 2 and a "
        "weight of about 9 with them.",
    )

    def pair(self, exchange: Exchange) -> tuple[Tensor, Tensor]:
        """Return the student's and the teacher's logits (…, C), as the method compares them."""
        if exchange.teacher is None:
            raise ValueError(f"{self.title} needs a teacher")
        student, teacher = exchange.student.logits, exchange.teacher.logits
        if self.logits == "standardized":
            return standardized(student), standardized(teacher)
        return student, teacher

    def counted(self, exchange: Exchange) -> tuple[Tensor, Tensor, Tensor]:
        """Return the pair at the positions that count, as rows (P, C) of all inputs, and a mask (P,) of trues.

        Of answers to whole inputs (N, C) all count. Of answers to each position (N, L, V) those where `mask` is true
        and whose target is not ignored: what a model says of padding or of a prompt may be any number, or none.
        """
        student, teacher = self.pair(exchange)
        batch, places = exchange.batch, student.shape[:-1]
        counts = torch.ones(places, dtype=torch.bool, device=student.device)
        if batch.mask is not None and batch.mask.shape == places:
            counts &= batch.mask.bool()
        if student.dim() > 2 and batch.targets.shape == places:
            counts &= batch.targets != IGNORE
        if student.dim() > 2:
            student, teacher = student[counts], teacher[counts]
            counts = counts[counts]
        return student, teacher, counts


class SoftenedMethod(LogitMethod):
    """A method between answers that are softened by a temperature."""

    temperature: float = Field(
        4.0,
        gt=0,
        le=100,
        title="Temperature",
        description="Higher values soften the teacher's answer and show more of how it weighs the wrong classes. "
        "2 to 5 suits small students, up to 20 large ones.",
    )


class SequenceMethod(SoftenedMethod):
    """A method between the answers at each place of a sequence, over a vocabulary with a long tail."""

    tasks: ClassVar[tuple[Task, ...]] = CLASSES

    temperature: float = Field(
        1.0,
        gt=0,
        le=100,
        title="Temperature",
        description="Higher values show more of the unlikely tokens. Language models use 1 to 2: their answers have a "
        "long tail already.",
    )
