"""Class consistency: two inputs of one class shall be answered alike, also about the wrong classes (CS-KD)."""

from collections.abc import Mapping
from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor

from kdstudio.methods.base import Exchange, Method, Needs
from kdstudio.methods.losses import IGNORE, soft_target_kl


class ClassConsistency(Method):
    """T² · KL(answer to x′ ‖ answer to x) at T, x′ another input of the class of x and not differentiated.

    Section 2.1 of the paper. There x′ is drawn from the data beside the batch; here it is the next input of the
    class in the batch, which was shuffled, so that no input is answered twice. One that is alone adds nothing.
    """

    splits: ClassVar[Literal["inputs", "labelled", "batch"]] = "batch"
    title: ClassVar[str] = "Class consistency (CS-KD)"
    family: ClassVar[str] = "self"
    paper: ClassVar[str] = "Yun et al. 2020, https://arxiv.org/abs/2003.13964"
    help: ClassVar[str] = (
        "The student teaches itself: what it answers to one input is the soft target for another input of the same "
        "class. Use it beside hard labels, with batches that have two inputs or more of most classes."
    )
    needs: ClassVar[Needs] = Needs(teacher=False, labels=True)

    temperature: float = Field(
        4.0,
        gt=0,
        le=100,
        title="Temperature",
        description="Softens both answers before they are compared; 4 in the paper.",
    )

    def terms(self, exchange: Exchange) -> Mapping[str, Tensor]:
        """Return the softened divergence from the partner's answer, a mean over the labelled inputs."""
        logits, targets = exchange.student.logits.flatten(0, -2), exchange.batch.targets.flatten()
        others = logits.detach()[partners(targets)]
        return {"kl": soft_target_kl(logits, others, self.temperature, targets != IGNORE)}


def partners(targets: Tensor) -> Tensor:
    """Return for each of `targets` (N,) the position (N,) of the next of its class, the last one's being the first."""
    ordered, order = targets.sort(stable=True)
    place = torch.arange(len(targets), device=targets.device)
    first = torch.searchsorted(ordered, ordered)
    end = torch.searchsorted(ordered, ordered, right=True)
    following = torch.where(place + 1 < end, place + 1, first)
    return torch.empty_like(order).scatter(0, order, order[following])


METHOD = ClassConsistency
