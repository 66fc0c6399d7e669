"""DIST: the student keeps the teacher's relations within an input and within a class, and not its exact shares."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field
from torch import Tensor

from kdstudio.methods.base import Exchange
from kdstudio.methods.logit_method import SoftenedMethod
from kdstudio.methods.losses import correlation, log_softened, mean_over


class Dist(SoftenedMethod):
    """β·T²·(1 − mean over inputs of ρ) + γ·T²·(1 − mean over classes of ρ), ρ Pearson's correlation of probabilities.

    Equations 7 to 9 of the paper; T² as in the authors' code, so that T is no weight in disguise.
    """

    splits: ClassVar[Literal["inputs", "labelled", "batch"]] = "batch"
    title: ClassVar[str] = "DIST"
    family: ClassVar[str] = "response"
    paper: ClassVar[str] = "Huang et al. 2022, https://arxiv.org/abs/2205.10536"
    help: ClassVar[str] = (
        "Matches correlations instead of values, which suits a teacher that is far stronger than its student. The "
        "relation within a class is taken over the batch: use 32 inputs or more."
    )
    vanishes_at_teacher: ClassVar[bool] = True

    temperature: float = Field(
        1.0, gt=0, le=100, title="Temperature", description="The paper uses 1 for ImageNet and 4 for CIFAR-100."
    )
    beta: float = Field(
        1.0, ge=0, title="Within an input", description="Weight of the relations between the classes of one input."
    )
    gamma: float = Field(
        1.0, ge=0, title="Within a class", description="Weight of the relations between the inputs for one class."
    )

    def terms(self, exchange: Exchange) -> Mapping[str, Tensor]:
        """Return one minus the mean correlation, over rows and over columns."""
        student, teacher = (
            log_softened(logits, self.temperature).exp().flatten(0, -2) for logits in self.pair(exchange)
        )
        mask = None if exchange.batch.mask is None else exchange.batch.mask.flatten()
        if mask is not None:
            student, teacher = student[mask], teacher[mask]
        square = self.temperature**2
        inter = 1 - mean_over(correlation(student, teacher, 1), None)
        intra = 1 - mean_over(correlation(student, teacher, 0), None)
        return {"inter": square * self.beta * inter, "intra": square * self.gamma * intra}


METHOD = Dist
