"""Weighted soft labels: an input counts more where the student is behind its teacher (WSLD)."""

from collections.abc import Mapping
from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor

from kdstudio.methods.base import Exchange, Needs
from kdstudio.methods.logit_method import SoftenedMethod
from kdstudio.methods.losses import IGNORE, log_softened, weighted_kl


class WeightedSoftLabels(SoftenedMethod):
    """T² · mean of (1 − exp(−L_s / L_t)) · KL(teacher ‖ student), L the cross-entropy with the label (equation 9)."""

    title: ClassVar[str] = "Weighted soft labels (WSLD)"
    family: ClassVar[str] = "response"
    paper: ClassVar[str] = "Zhou et al. 2021, https://arxiv.org/abs/2102.00650"
    help: ClassVar[str] = (
        "Where the student knows an input better than its teacher, the teacher's answer only disturbs; such inputs "
        "count less here. The paper uses temperature 2 and a weight of 2.5."
    )
    needs: ClassVar[Needs] = Needs(labels=True)
    vanishes_at_teacher: ClassVar[bool] = True

    temperature: float = Field(
        2.0, gt=0, le=100, title="Temperature", description="Softens both answers before they are compared."
    )

    def terms(self, exchange: Exchange) -> Mapping[str, Tensor]:
        """Return the weighted divergence; inputs without a label count in full."""
        student, teacher = (logits.flatten(0, -2) for logits in self.pair(exchange))
        targets = exchange.batch.targets.flatten()
        known = targets.clamp(min=0)[:, None]
        behind, ahead = (-log_softened(x.detach()).gather(1, known).squeeze(1) for x in (student, teacher))
        weights = torch.where(targets == IGNORE, 1.0, 1 - torch.exp(-behind / (ahead + 1e-7)))
        return {"kl": weighted_kl(student, teacher, weights, self.temperature)}


METHOD = WeightedSoftLabels
