"""Teachers that come into being with the student: an average of itself, or peers that learn beside it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from kdstudio.core.events import Event
from kdstudio.core.targets import Task
from kdstudio.models.model import Model
from kdstudio.models.outputs import SMALLEST
from kdstudio.models.taps import answer
from kdstudio.models.values import Batch, Outputs
from kdstudio.training.learner import Learner, Moment
from kdstudio.training.precision import cast_answer
from kdstudio.training.teachers import Teacher


class Ema(Teacher):
    """The average of what the student was lately, in evaluation mode (mean teacher: Tarvainen, Valpola 2017).

    https://arxiv.org/abs/1703.01780. After step n each weight becomes d·average + (1 − d)·student, d the smaller of
    `decay` and (1 + n) / (10 + n), so that the first, random weights are soon forgotten. Buffers are copied.
    """

    def __init__(self, model: Model, student: Model, decay: float, layers: Sequence[str]) -> None:
        self.model, self.student, self.decay, self.layers = model, student, decay, layers
        self.steps = 0
        for parameter in model.module.parameters():
            parameter.requires_grad_(False)

    def prepare(self, epoch: int) -> Iterator[Event]:
        """Nothing is to be done before an epoch."""
        del epoch
        self.model.module.eval()
        yield from ()

    def outputs(self, batch: Batch, positions: Tensor, epoch: int) -> Outputs:
        """Return the average's answer."""
        del positions, epoch
        with torch.no_grad():
            return answer(self.model, batch, self.layers)

    def after_step(self, batch: Batch, student: Outputs, moment: Moment) -> None:
        """Take the student's new weights into the average."""
        del batch, student, moment
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        with torch.no_grad():
            for average, new in zip(self.model.module.parameters(), self.student.module.parameters(), strict=True):
                average.lerp_(new, 1 - decay)
            for kept, buffer in zip(self.model.module.buffers(), self.student.module.buffers(), strict=True):
                kept.copy_(buffer)
        self.steps += 1

    def state(self) -> dict[str, Any]:
        """Return the average."""
        return {"weights": self.model.module.state_dict(), "steps": self.steps}

    def restore(self, state: dict[str, Any]) -> None:
        """Take over an average."""
        self.model.module.load_state_dict(state["weights"])
        self.steps = state["steps"]


class Peers(Teacher):
    """Students that learn from each other, all in the same step (deep mutual learning: Zhang et al. 2018).

    https://arxiv.org/abs/1706.00384, equation 9 for two networks, with answers detached. Where there are more, each
    learns from the mean of the others' probabilities (the paper's section 3.4 calls it DML_e).
    """

    def __init__(self, peers: Sequence[Learner], layers: Sequence[str]) -> None:
        self.peers, self.layers = peers, layers
        self.task = peers[0].model.task
        self.answered: list[Outputs] = []

    def prepare(self, epoch: int) -> Iterator[Event]:
        """Nothing is to be done before an epoch."""
        del epoch
        yield from ()

    def outputs(self, batch: Batch, positions: Tensor, epoch: int) -> Outputs:
        """Return the mean of the peers' answers; they go on from these answers after the student's step."""
        del positions, epoch
        for peer in self.peers:
            peer.held.model.module.train()
        self.answered = [
            cast_answer(peer.held.model, batch, {*self.layers, *peer.layers}, peer.precision) for peer in self.peers
        ]
        return together(self.answered, self.task)

    def after_step(self, batch: Batch, student: Outputs, moment: Moment) -> None:
        """Let each peer learn from the student, as it was before its step, and from the other peers."""
        answered, self.answered = self.answered, []
        for i, peer in enumerate(self.peers):
            others = [student, *answered[:i], *answered[i + 1 :]]
            peer.learn(batch, together(others, self.task), moment, own=answered[i])


def together(answers: Sequence[Outputs], task: Task = "classification") -> Outputs:
    """Return one answer without gradients: the only one, or the mean of probabilities with the first one's features.

    Of several labels each one's probability is averaged, of numbers the numbers.
    """
    first = answers[0].detached()
    if len(answers) == 1:
        return first
    stacked = torch.stack([one.logits.detach().float() for one in answers])
    if task == "regression":
        return replace(first, logits=stacked.mean(0))
    if task == "multi_label":
        return replace(first, logits=torch.logit(stacked.sigmoid().mean(0), eps=SMALLEST))
    shares = stacked.softmax(-1).mean(0)
    return replace(first, logits=shares.clamp(min=torch.finfo(shares.dtype).tiny).log())
