"""Curriculum temperature: T is learned against the student, so that its task grows harder (CTKD)."""

import math
from collections.abc import Mapping
from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn

from kdstudio.core.targets import CLASSES, Task
from kdstudio.methods.base import Exchange, Objective, Setting
from kdstudio.methods.logit_method import LogitMethod
from kdstudio.methods.losses import soft_target_kl


class CurriculumTemperature(LogitMethod):
    """T² · KL(teacher ‖ student) with T = lowest + range · σ(θ), where θ climbs what the student descends.

    Li et al. 2023, equations 4 to 6; the strength of the reversed gradient rises as a cosine over the ramp.
    """

    title: ClassVar[str] = "Curriculum temperature (CTKD)"
    family: ClassVar[str] = "response"
    paper: ClassVar[str] = "Li et al. 2023, https://arxiv.org/abs/2211.16231"
    help: ClassVar[str] = (
        "Nobody has to choose a temperature: it is learned beside the student, towards whatever is hardest for the "
        "student, slowly at first. Its value is drawn beside the loss."
    )
    tasks: ClassVar[tuple[Task, ...]] = CLASSES
    vanishes_at_teacher: ClassVar[bool] = True

    lowest: float = Field(1.0, gt=0, le=100, title="Lowest", description="The temperature is never below this.")
    span: float = Field(20.0, gt=0, le=100, title="Range", description="The temperature is at most this much above it.")
    ramp_epochs: float = Field(
        10.0, ge=0, title="Ramp", description="Epochs until the temperature is moved with full strength."
    )

    def terms(self, exchange: Exchange) -> Mapping[str, Tensor]:
        """Return the divergence at the temperature that a run begins with."""
        return self.at(exchange, self.lowest + self.span / 2)

    def at(self, exchange: Exchange, temperature: float | Tensor) -> Mapping[str, Tensor]:
        """Return the divergence at a temperature."""
        student, teacher = self.pair(exchange)
        return {"kl": soft_target_kl(student, teacher, temperature, exchange.batch.mask)}

    def build(self, setting: Setting) -> Objective:
        """Return the method with its temperature."""
        return _Curriculum(self, setting)


class _Curriculum(Objective):
    method: CurriculumTemperature

    def __init__(self, method: CurriculumTemperature, setting: Setting) -> None:
        super().__init__(method, setting)
        self.temperature = nn.Parameter(torch.zeros(()))

    def forward(self, exchange: Exchange) -> Mapping[str, Tensor]:
        strength = (1 - math.cos(math.pi * exchange.ramp(self.method.ramp_epochs))) / 2
        parameter = self.temperature.detach() * (1 + strength) - self.temperature * strength  # its gradient is reversed
        return self.method.at(exchange, self.method.lowest + self.method.span * torch.sigmoid(parameter))


METHOD = CurriculumTemperature
