"""Contrastive distillation: the student's view of an input shall tell which input the teacher saw (CRD)."""

import math
from collections.abc import Mapping
from typing import ClassVar, Literal

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from kdstudio.core.targets import Task
from kdstudio.methods.base import Exchange, Objective, Setting, Shape
from kdstudio.methods.layer_method import Features, LayerMethod, pooled, width
from kdstudio.methods.losses import wide
from kdstudio.methods.memory import Memory, bank_bytes
from kdstudio.models.pairs import Pairing

WIDTH = 128  # of the space in which student and teacher are compared, as in the paper


class Contrastive(LayerMethod):
    """−log h(t, s) − Σ over K negatives of log(1 − h), h = e^(t·s/τ) / (e^(t·s/τ) + K · c), as in the paper.

    Summed over both directions: the student's view among the teacher's remembered ones, and the other way round. c is
    the mean of e^(t·s/τ) at the first step, as the authors' code estimates Z = c · M. Three things differ from that
    code: all inputs of a batch share their negatives (K × 128 numbers instead of N times that), the positive is the
    present pair, as in the formula, and not the remembered one, and an input is a negative only once it was seen, where
    the code begins with random numbers. Negatives of the same class are left out; the sum stands for K others.
    """

    tasks: ClassVar[tuple[Task, ...]] = ("classification",)  # inputs of the same class are no contrast
    splits: ClassVar[Literal["inputs", "labelled", "batch"]] = "batch"
    title: ClassVar[str] = "Contrastive (CRD)"
    family: ClassVar[str] = "relation"
    paper: ClassVar[str] = "Tian, Krishnan, Isola 2020, https://arxiv.org/abs/1910.10699"
    help: ClassVar[str] = (
        "From the student's embedding alone it must be told which of many inputs the teacher saw, so it has to carry "
        "what the teacher's carries. Two banks remember 128 numbers each of every training input: 1 KB an input."
    )
    pairing: ClassVar[Pairing] = "embedding"
    relates: ClassVar[Literal["places", "inputs"]] = "inputs"

    weight: float = Field(0.8, ge=0)
    negatives: int = Field(
        16384,
        ge=1,
        le=1_000_000,
        title="Negatives",
        description="How many remembered inputs each input is told from; all of them where there are fewer.",
    )
    tau: float = Field(
        0.07, gt=0, le=10, title="Temperature", description="Lower values look at the closest negatives only."
    )
    momentum: float = Field(
        0.5,
        ge=0,
        lt=1,
        title="Momentum",
        description="The share of the old view that stays when an input is seen again.",
    )

    def compare(self, pairs: Features) -> Mapping[str, Tensor]:
        """Raise ValueError: an input is compared with what the banks remember, and `build` gives those."""
        raise ValueError(f"{self.title} needs its banks: build it first")

    @classmethod
    def parts(cls, ours: int, theirs: int, *, is_map: bool) -> str:
        """Return the two maps to the code."""
        return f"linear maps {ours} → {WIDTH} and {theirs} → {WIDTH}"

    def build(self, setting: Setting) -> Objective:
        """Return the method with two linear maps and two banks for each pair of layers."""
        return _Contrasting(self, setting)

    def memory(self, setting: Setting) -> int:
        """Return the size of the banks."""
        count = 1 if self.pairs == "auto" else len(self.pairs)
        return 2 * count * bank_bytes(setting, WIDTH)


class _Contrasting(Objective):
    method: Contrastive

    def __init__(self, method: Contrastive, setting: Setting) -> None:
        super().__init__(method, setting)
        self.views = nn.ModuleList(
            _Views(method, setting, setting.student[ours], setting.teacher[theirs]) for ours, theirs in method.chosen
        )

    def forward(self, exchange: Exchange) -> Mapping[str, Tensor]:
        pairs = zip(self.views, self.method.features(exchange), strict=True)
        found = [views(*pair, exchange.batch.index, exchange.batch.targets) for views, pair in pairs]
        return {"contrast": torch.stack(found).mean()}


class _Views(nn.Module):
    """One pair of layers as two views of length 1, and what is remembered of both."""

    log_mean: Tensor

    def __init__(self, method: Contrastive, setting: Setting, student: Shape, teacher: Shape) -> None:
        super().__init__()
        self.method = method
        self.student, self.teacher = nn.Linear(width(student), WIDTH), nn.Linear(width(teacher), WIDTH)
        self.students, self.teachers = Memory(setting, WIDTH), Memory(setting, WIDTH)
        self.classes = Memory(setting, 1, torch.int64)  # plus 1, so that 0 is an input that was not seen yet
        self.register_buffer("log_mean", torch.zeros(()))  # log c, 0 before the first step

    def forward(self, student: Tensor, teacher: Tensor, index: Tensor, targets: Tensor) -> Tensor:
        """Remember the views of a batch, and return its loss."""
        ours, theirs = _view(self.student, student), _view(self.teacher, teacher)
        for memory, view in ((self.students, ours), (self.teachers, theirs)):
            old = memory.read(index).to(view.dtype)  # zeros, where nothing is known: then the view itself is kept
            memory.write(index, F.normalize(torch.lerp(view.detach(), old, self.method.momentum), dim=1))
        self.classes.write(index, targets[:, None] + 1)
        first = (ours @ theirs.T).detach().div(self.method.tau).logsumexp((0, 1)) - 2 * math.log(len(index))
        self.log_mean.copy_(torch.where(self.log_mean == 0, first, self.log_mean))
        drawn = self._drawn(index.device)
        known = self.classes.bank[drawn, 0]
        others = (known != 0) & ((known != targets[:, None] + 1) | (targets[:, None] < 0))
        loss = self._contrast(ours, theirs, self.teachers.bank[drawn], others)
        return loss + self._contrast(theirs, ours, self.students.bank[drawn], others)

    def _drawn(self, device: torch.device) -> Tensor:
        """Return the places (K,) in the banks of a step's negatives."""
        inputs, wanted = len(self.classes.bank), self.method.negatives
        return (
            torch.randint(inputs, (wanted,), device=device) if wanted < inputs else torch.arange(inputs, device=device)
        )

    def _contrast(self, view: Tensor, positive: Tensor, negatives: Tensor, others: Tensor) -> Tensor:
        """Return the loss of views (N, d), their positives (N, d) and remembered negatives (K, d), `others` (N, K)."""
        count = len(negatives)
        offset = self.log_mean.to(view.dtype) + math.log(count)
        present = (view * positive.detach()).sum(dim=1) / self.method.tau - offset
        absent = F.logsigmoid(offset - view @ negatives.to(view.dtype).T / self.method.tau) * others
        return -(F.logsigmoid(present) + count * absent.sum(dim=1) / others.sum(dim=1).clamp(min=1)).mean()


def _view(linear: nn.Module, feature: Tensor) -> Tensor:
    """Return features (N, …) as vectors (N, d) of length 1."""
    return F.normalize(wide(linear(pooled(feature))), dim=1)


METHOD = Contrastive
