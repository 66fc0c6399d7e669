"""Progressive self-distillation: the student's own answers of the epoch before soften its labels (PS-KD)."""

from collections.abc import Mapping
from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor

from kdstudio.methods.base import Exchange, Method, Needs, Objective, Setting
from kdstudio.methods.losses import labels_spread, log_softened, target_kl
from kdstudio.methods.memory import Memory, bank_bytes


class ProgressiveSelf(Method):
    """KL from (1 − α) · label + α · own answer of the epoch before to the answer, as in the paper.

    α grows linearly from 0 to `trust` over the run. This is the paper's cross-entropy without the target's entropy,
    which no student can change. What was answered in training is remembered, as in the authors' code.
    """

    splits: ClassVar[Literal["inputs", "labelled", "batch"]] = "labelled"
    title: ClassVar[str] = "Progressive self-distillation (PS-KD)"
    family: ClassVar[str] = "self"
    paper: ClassVar[str] = "Kim et al. 2021, https://arxiv.org/abs/2006.12000"
    help: ClassVar[str] = (
        "The student is its own teacher: its answers of the epoch before are mixed into the labels, the more so the "
        "longer it has learned. It takes the place of hard labels, and remembers one answer for each training input."
    )
    needs: ClassVar[Needs] = Needs(teacher=False, labels=True)

    trust: float = Field(
        0.8,
        ge=0,
        le=1,
        title="Trust",
        description="The share of its own answers in the targets at the end of the run; 0.8 in the paper.",
    )

    def terms(self, exchange: Exchange) -> Mapping[str, Tensor]:
        """Return the divergence from the labels alone: nothing is remembered yet."""
        targets = exchange.batch.targets
        return self.towards(exchange, *labels_spread(targets, exchange.student.logits.shape[-1], 1.0))

    def towards(self, exchange: Exchange, wanted: Tensor, has_label: Tensor) -> Mapping[str, Tensor]:
        """Return the divergence from targets (N, C), over the labelled inputs."""
        return {"kl": target_kl(exchange.student.logits, wanted, mask=has_label)}

    def build(self, setting: Setting) -> Objective:
        """Return the method with its memory."""
        return _Remembering(self, setting)

    def memory(self, setting: Setting) -> int:
        """Return the size of one answer for each training input."""
        return bank_bytes(setting, setting.classes)


class _Remembering(Objective):
    method: ProgressiveSelf

    def __init__(self, method: ProgressiveSelf, setting: Setting) -> None:
        super().__init__(method, setting)
        self.answers = Memory(setting, setting.classes)

    def forward(self, exchange: Exchange) -> Mapping[str, Tensor]:
        index, logits = exchange.batch.index, exchange.student.logits
        labels, has_label = labels_spread(exchange.batch.targets, logits.shape[-1], 1.0)
        before = self.answers.read(index)
        trust = self.method.trust * exchange.progress * before.sum(dim=1, keepdim=True)  # 0 where nothing is known
        answered = log_softened(logits.detach()).exp()
        # of a blend or of noise, which show another input, nothing is remembered
        self.answers.write(index, torch.where(has_label[:, None], answered, before))
        return self.method.towards(exchange, (1 - trust) * labels + trust * before, has_label)


METHOD = ProgressiveSelf
