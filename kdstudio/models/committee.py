"""Several teachers that answer as one model."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from kdstudio.models.class_map import NONE
from kdstudio.models.model import Model, Spec
from kdstudio.models.outputs import SMALLEST
from kdstudio.models.preprocessing.base import Preprocessing, Raw
from kdstudio.models.values import Batch

Rule = Literal["probabilities", "logits", "confidence", "accuracy", "routed"]


@dataclass(frozen=True, slots=True, eq=False)
class Committee(Model):
    """A model whose answers are those of its members, blended by `rule` with one weight a member.

    - `probabilities`, `accuracy`: weighted mean of probabilities (Hinton, Vinyals, Dean 2015, section 3: an ensemble's
      geometric mean is `logits`); for `accuracy` the weights are what each member reaches on held-out inputs.
    - `logits`: weighted mean of logits, less their mean over classes.
    - `confidence`: a member counts as much as the probability of its top class, for each input anew.
    - `routed`: the first member decides; where its top class is one that a specialist knows, the specialist says how
      its own classes share what the first gives to them together (section 5 of the paper).

    Of several labels the probability of each is averaged, or its logit; of numbers the numbers.
    """

    members: tuple[Model, ...] = ()
    rule: Rule = "probabilities"
    shares: tuple[float, ...] = ()

    def answer(self, batch: Batch) -> Tensor:
        """Answer a batch with blended logits (N, C)."""
        return self.blended([member.answer(batch) for member in self.members])

    def respond(self, values: np.ndarray) -> Tensor:
        """Answer values as a Part reads them with blended logits (n, C)."""
        return self.blended([member.respond(values) for member in self.members])

    def logits(self, inputs: Raw) -> Tensor:
        """Answer raw inputs with blended logits (N, C)."""
        return self.blended([member.logits(inputs) for member in self.members])

    @property
    def preparations(self) -> tuple[Preprocessing, ...]:
        """How each member wants its inputs."""
        return tuple(member.preprocessing for member in self.members)

    def blended(self, answers: Sequence[Tensor]) -> Tensor:
        """Return the logits (N, C) of the committee from those of its members."""
        stacked = torch.stack([logits.float() for logits in answers])  # (M, N, C)
        weights = stacked.new_tensor(self.shares)[:, None, None]
        if self.task == "regression":
            return (weights * stacked).sum(0)
        if self.task == "multi_label":
            mean = (weights * (stacked if self.rule == "logits" else stacked.sigmoid())).sum(0)
            return mean if self.rule == "logits" else torch.logit(mean, eps=SMALLEST)
        if self.rule == "logits":
            return (weights * (stacked - stacked.mean(dim=2, keepdim=True))).sum(0)
        shares = stacked.softmax(dim=2)
        if self.rule == "routed":
            return self._routed(shares).clamp(min=SMALLEST).log()
        if self.rule == "confidence":
            weights = weights * shares.amax(dim=2, keepdim=True)
            weights = weights / weights.sum(dim=0, keepdim=True)
        return (weights * shares).sum(0).clamp(min=SMALLEST).log()

    def _routed(self, shares: Tensor) -> Tensor:
        """Return probabilities (N, C): the first member's, with the doubt of the specialists that it calls upon."""
        general, top = shares[0], shares[0].argmax(dim=1)
        total, count = torch.zeros_like(general), torch.zeros_like(general[:, :1])
        for member, own in zip(self.members[1:], shares[1:], strict=True):
            known = _known(member, general)
            within = (own * known) / (own * known).sum(dim=1, keepdim=True).clamp(min=SMALLEST)
            view = torch.where(known > 0, within * (general * known).sum(dim=1, keepdim=True), general)
            is_asked = known[top][:, None]
            total, count = total + is_asked * view, count + is_asked
        return torch.where(count > 0, total / count.clamp(min=1), general)


def committee(members: Sequence[Model], rule: Rule, weights: Sequence[float]) -> Committee:
    """Return a committee of models that answer for the same classes; `weights` need not add up to 1."""
    first, total = members[0], sum(weights)
    return Committee(
        module=nn.ModuleList(member.module for member in members),
        spec=Spec("committee", {}, None, first.spec.classes),
        preprocessing=first.preprocessing,
        class_names=first.class_names,
        format="committee",
        can_train=False,
        digest=" ".join(member.digest for member in members),
        label=f"{len(members)} teachers",
        members=tuple(members),
        rule=rule,
        task=first.task,
        shares=tuple(weight / total for weight in weights),
    )


def _known(member: Model, like: Tensor) -> Tensor:
    """Return (C,) 1 for each class that a member was taught, 0 for the others."""
    columns = member.output.columns or range(like.shape[1])
    return like.new_tensor([float(column != NONE) for column in columns])
