"""Multi-level logit distillation: each input, all inputs and all classes, at several temperatures (MLKD)."""

from collections.abc import Mapping
from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor

from kdstudio.methods.base import Exchange
from kdstudio.methods.logit_method import LogitMethod
from kdstudio.methods.losses import log_softened, squared_distance, weighted_kl


class MultiLevel(LogitMethod):
    """Σ_T [T²·KL + ‖SᵀS_s − SᵀS_t‖² / (C·N²) + ‖SSᵀ_s − SSᵀ_t‖² / N²], S the probabilities (N, C) at T.

    Jin, Wang, Lin 2023, equations 2, 5 and 7. Their code sums both matrices and divides the first by C and the second
    by N, so that they grow with the batch; here both are means over inputs or pairs of inputs. KL counts for the
    inputs alone whose teacher is surer than its median, as there.
    """

    splits: ClassVar[Literal["inputs", "labelled", "batch"]] = "batch"
    title: ClassVar[str] = "Multi-level (MLKD)"
    family: ClassVar[str] = "response"
    paper: ClassVar[str] = (
        "Jin, Wang, Lin 2023, https://openaccess.thecvf.com/content/CVPR2023/html/"
        "Jin_Multi-Level_Logit_Distillation_CVPR_2023_paper.html"
    )
    help: ClassVar[str] = (
        "Compares the answers at several temperatures at once, and beside them how alike the inputs of a batch are and "
        "how alike the classes. Only inputs where the teacher is surer than usual count for the first."
    )
    vanishes_at_teacher: ClassVar[bool] = True

    temperatures: tuple[float, ...] = Field(
        (2.0, 3.0, 4.0, 5.0, 6.0),
        min_length=1,
        title="Temperatures",
        description="The temperatures that are used together.",
    )
    classes_weight: float = Field(1.0, ge=0, title="Classes", description="Weight of how alike the classes are.")
    inputs_weight: float = Field(1.0, ge=0, title="Inputs", description="Weight of how alike the inputs are.")

    def terms(self, exchange: Exchange) -> Mapping[str, Tensor]:
        """Return the three levels, each summed over the temperatures."""
        student, teacher = (logits.flatten(0, -2) for logits in self.pair(exchange))
        surest = log_softened(teacher).amax(dim=1)
        sure = (surest >= surest.median()).to(student.dtype)
        kl = torch.stack([weighted_kl(student, teacher, sure, one) for one in self.temperatures])
        classes, inputs = zip(*(self._levels(student, teacher, one) for one in self.temperatures), strict=True)
        return {
            "kl": kl.sum(),
            "classes": self.classes_weight * torch.stack(classes).sum(),
            "inputs": self.inputs_weight * torch.stack(inputs).sum(),
        }

    def _levels(self, student: Tensor, teacher: Tensor, temperature: float) -> tuple[Tensor, Tensor]:
        s, t = log_softened(student, temperature).exp(), log_softened(teacher, temperature).exp()
        count = len(s)
        classes = 2 * squared_distance(s.T @ s / count, t.T @ t / count)  # twice: the paper has no ½
        inputs = 2 * squared_distance(s @ s.T, t @ t.T) / count
        return classes, inputs


METHOD = MultiLevel
