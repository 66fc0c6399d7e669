"""Numbers to predict: the student follows the teacher's, or the truth where the teacher does better."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field
from torch import Tensor

from kdstudio.core.targets import Task
from kdstudio.methods.base import Exchange, Method
from kdstudio.methods.losses import mean_over, squared_error, squared_errors


class Regression(Method):
    """Plain: ½·‖s − t‖². Bounded: ½·‖s − y‖² where ½·‖s − y‖² + m > ½·‖t − y‖², else 0; each number in its deviation.

    Chen, Choi, Yu, Han, Chandraker 2017 ("Learning Efficient Object Detection Models with Knowledge Distillation",
    section 3.3), there for the corners of boxes. Dividing by the standard deviation of the training targets is ours:
    a weight and a margin then mean the same for prices and for angles.
    """

    title: ClassVar[str] = "Numbers"
    family: ClassVar[str] = "response"
    paper: ClassVar[str] = "Chen et al. 2017, https://papers.nips.cc/paper/6676"
    help: ClassVar[str] = (
        "The student learns the numbers that the teacher answers, on inputs without a true value too. Bounded, it "
        "learns the true value where it is not yet better than the teacher by the margin, and rests elsewhere."
    )
    vanishes_at_teacher: ClassVar[bool] = True
    tasks: ClassVar[tuple[Task, ...]] = ("regression",)

    form: Literal["plain", "bounded"] = Field(
        "plain",
        title="Form",
        description="Plain follows the teacher. Bounded takes the teacher's error as the bound that the student has to "
        "pass, and needs true values.",
    )
    margin: float = Field(
        0.0,
        ge=0,
        le=10,
        title="Margin",
        description="How much smaller the student's squared error has to be than the teacher's before a bounded term "
        "rests, in half squared standard deviations of the targets.",
    )

    def terms(self, exchange: Exchange) -> Mapping[str, Tensor]:
        """Return the squared error to the teacher, or to the truth where the student is behind its bound."""
        if exchange.teacher is None:
            raise ValueError("numbers of a teacher need a teacher")
        batch, student, teacher = exchange.batch, exchange.student.logits, exchange.teacher.logits
        scale = student.new_ones(student.shape[-1]) if batch.scale is None else batch.scale
        if self.form == "plain":
            return {"squared_error": squared_error(student, teacher, scale)}
        own, bound = (squared_errors(one, batch.targets, scale) for one in (student, teacher))
        has_numbers = ~batch.targets.isnan().any(dim=-1)
        behind = own + self.margin > bound
        return {"bounded_error": mean_over(own * behind, has_numbers)}


METHOD = Regression
