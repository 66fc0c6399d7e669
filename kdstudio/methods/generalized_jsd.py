"""Generalized Jensen–Shannon divergence: between forward and reverse KL, by one knob (Agarwal et al. 2024)."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field
from torch import Tensor

from kdstudio.core.targets import CLASSES, Task
from kdstudio.methods.base import Exchange
from kdstudio.methods.logit_method import SoftenedMethod
from kdstudio.methods.losses import generalized_jsd


class GeneralizedJsd(SoftenedMethod):
    """T² · [β·KL(t ‖ m) + (1−β)·KL(s ‖ m)] / (β(1−β)), m = β·t + (1−β)·s (equation 2 of the paper, scaled)."""

    title: ClassVar[str] = "Generalized JSD"
    family: ClassVar[str] = "response"
    paper: ClassVar[str] = "Agarwal et al. 2024 (GKD), https://arxiv.org/abs/2306.13649"
    help: ClassVar[str] = (
        "A bounded way between forward KL (share 0) and reverse KL (share 1). It is divided by share · (1 − share), "
        "which the paper does not do, so that its strength does not depend on the share."
    )
    tasks: ClassVar[tuple[Task, ...]] = CLASSES
    vanishes_at_teacher: ClassVar[bool] = True

    beta: float = Field(
        0.5,
        ge=0,
        le=1,
        title="Share",
        description="How much of the teacher is in the mixture: 0 is forward KL, 1 reverse KL.",
    )

    def terms(self, exchange: Exchange) -> Mapping[str, Tensor]:
        """Return the divergence of both from their mixture."""
        student, teacher = self.pair(exchange)
        return {"jsd": generalized_jsd(student, teacher, self.beta, self.temperature, exchange.batch.mask)}


METHOD = GeneralizedJsd
