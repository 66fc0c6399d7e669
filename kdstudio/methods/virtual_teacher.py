"""A virtual teacher: right with a fixed share, indifferent between the rest (Tf-KD): the control for soft targets."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field
from torch import Tensor

from kdstudio.methods.base import Exchange, Method, Needs
from kdstudio.methods.losses import labels_spread, log_softened, target_kl


class VirtualTeacher(Method):
    """T² · KL(u_T ‖ student at T), u with `correct` on the label and the rest spread evenly (equations 9 and 10)."""

    splits: ClassVar[Literal["inputs", "labelled", "batch"]] = "labelled"
    title: ClassVar[str] = "Virtual teacher (Tf-KD)"
    family: ClassVar[str] = "control"
    paper: ClassVar[str] = "Yuan et al. 2020, https://arxiv.org/abs/1909.11723"
    help: ClassVar[str] = (
        "A teacher made by hand: it is right with a fixed probability and finds all wrong classes equally likely. If a "
        "real teacher does no better than this one, its doubts taught nothing."
    )
    needs: ClassVar[Needs] = Needs(teacher=False, labels=True)

    correct: float = Field(
        0.9, gt=0, lt=1, title="Correct", description="The probability that the virtual teacher gives the true class."
    )
    temperature: float = Field(
        20.0, gt=0, le=100, title="Temperature", description="Softens the virtual teacher's answer and the student's."
    )

    def terms(self, exchange: Exchange) -> Mapping[str, Tensor]:
        """Return the softened divergence over the labelled positions."""
        logits, targets = exchange.student.logits, exchange.batch.targets
        wanted, has_label = labels_spread(targets, logits.shape[-1], self.correct)
        softened = log_softened(wanted.log(), self.temperature).exp()
        return {"kl": target_kl(logits, softened, self.temperature, has_label)}


METHOD = VirtualTeacher
