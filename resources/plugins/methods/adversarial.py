"""An adversarial term: a discriminator tells the student's answers from the teacher's, and the student deceives it."""

from collections.abc import Mapping
from typing import ClassVar

import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from kdstudio.methods.base import Exchange, Objective, Setting
from kdstudio.methods.logit_method import LogitMethod
from kdstudio.methods.losses import standardized


class Adversarial(LogitMethod):
    """−log D(teacher) − log(1 − D(student)), mean over inputs, which D minimises and the student maximises.

    Xu, Hsu, Huang 2018: their discriminator is an MLP on logits, and takes turns with the student. Here the gradient is
    reversed on its way into the student (Ganin, Lempitsky 2015), so that one step of one optimizer serves both.
    """

    title: ClassVar[str] = "Adversarial"
    family: ClassVar[str] = "response"
    paper: ClassVar[str] = "Xu, Hsu, Huang 2018, https://arxiv.org/abs/1709.00513"
    help: ClassVar[str] = (
        "A small network learns to tell the student's answers from the teacher's, and the student learns to deceive "
        "it. Whole distributions are pulled together and not each answer, so use it beside another method; its loss "
        "rises towards 1.39 (2 ln 2) as the student succeeds."
    )

    weight: float = Field(0.1, ge=0)
    hidden: int = Field(128, ge=1, le=4096, title="Hidden", description="Units in each of the discriminator's layers.")
    standard: bool = Field(
        True,
        title="Same scale",
        description="Both answers are standardized first, so that the student cannot be told by its scale alone.",
    )

    def terms(self, exchange: Exchange) -> Mapping[str, Tensor]:
        """Raise ValueError: `build` gives the discriminator."""
        raise ValueError(f"{self.title} needs its discriminator: build it first")

    def build(self, setting: Setting) -> Objective:
        """Return the method with its discriminator."""
        return _Game(self, setting)


class _Game(Objective):
    method: Adversarial

    def __init__(self, method: Adversarial, setting: Setting) -> None:
        super().__init__(method, setting)
        self.discriminator = nn.Sequential(
            nn.Linear(setting.classes, method.hidden),
            nn.LeakyReLU(0.2),
            nn.Linear(method.hidden, method.hidden),
            nn.LeakyReLU(0.2),
            nn.Linear(method.hidden, 1),
        )

    def forward(self, exchange: Exchange) -> Mapping[str, Tensor]:
        student, teacher, _ = self.method.counted(exchange)
        if self.method.standard:
            student, teacher = standardized(student), standardized(teacher)
        deceiving = 2 * student.detach() - student  # the same numbers, and the gradient goes back reversed
        real, made = self.discriminator(teacher.detach()), self.discriminator(deceiving)
        return {"told_apart": F.softplus(-real).mean() + F.softplus(made).mean()}


METHOD = Adversarial
