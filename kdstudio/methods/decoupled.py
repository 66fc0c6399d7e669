"""Decoupled distillation: how sure the teacher is, and how it weighs the other classes, as two terms (DKD)."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field
from torch import Tensor

from kdstudio.methods.base import Exchange, Needs
from kdstudio.methods.logit_method import SoftenedMethod
from kdstudio.methods.losses import decoupled_kl


class Decoupled(SoftenedMethod):
    """α · T²·KL(b_t ‖ b_s) + β · T²·KL(p̂_t ‖ p̂_s), ramped up linearly (equation 7 of the paper)."""

    splits: ClassVar[Literal["inputs", "labelled", "batch"]] = "labelled"
    title: ClassVar[str] = "Decoupled (DKD)"
    family: ClassVar[str] = "response"
    paper: ClassVar[str] = "Zhao et al. 2022, https://arxiv.org/abs/2203.08679"
    help: ClassVar[str] = (
        "Soft targets drown what the teacher says about the wrong classes whenever it is sure of the right one. Here "
        "the two have weights of their own: 8 for the wrong classes suits most pairs, 2 where it is hardly better."
    )
    needs: ClassVar[Needs] = Needs(labels=True)
    vanishes_at_teacher: ClassVar[bool] = True

    alpha: float = Field(
        1.0, ge=0, title="Target weight", description="Weight of how sure the teacher is of the true class."
    )
    beta: float = Field(
        8.0, ge=0, title="Other classes", description="Weight of how the teacher weighs all the other classes."
    )
    warmup_epochs: float = Field(
        20.0,
        ge=0,
        title="Ramp",
        description="Epochs over which the term grows to its full weight, at most a tenth of the run.",
    )

    def terms(self, exchange: Exchange) -> Mapping[str, Tensor]:
        """Return both divergences, with their weights."""
        student, teacher = self.pair(exchange)
        target, others = decoupled_kl(student, teacher, exchange.batch.targets, self.temperature)
        ramp = exchange.ramp(self.warmup_epochs)
        return {"target": ramp * self.alpha * target, "others": ramp * self.beta * others}


METHOD = Decoupled
