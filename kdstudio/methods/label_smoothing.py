"""Label smoothing: the control that tells a teacher's knowledge from a mere spreading of the labels."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field
from torch import Tensor

from kdstudio.methods.base import Exchange, Method, Needs
from kdstudio.methods.losses import labels_spread, target_kl


class LabelSmoothing(Method):
    """KL from (1 − ε) · label + ε / C to the answer: cross-entropy with smoothed labels, without their entropy."""

    splits: ClassVar[Literal["inputs", "labelled", "batch"]] = "labelled"
    title: ClassVar[str] = "Label smoothing"
    family: ClassVar[str] = "control"
    paper: ClassVar[str] = "Szegedy et al. 2016, https://arxiv.org/abs/1512.00567, section 7"
    help: ClassVar[str] = (
        "No teacher at all: a little of each label is given to all classes alike. What a distillation gains over this "
        "control is what the teacher knew about the classes."
    )
    needs: ClassVar[Needs] = Needs(teacher=False, labels=True)

    smoothing: float = Field(
        0.1, ge=0, lt=1, title="Smoothing", description="The share of each label that is spread over all classes."
    )

    def terms(self, exchange: Exchange) -> Mapping[str, Tensor]:
        """Return the divergence over the labelled positions."""
        logits, targets = exchange.student.logits, exchange.batch.targets
        classes = logits.shape[-1]
        wanted, has_label = labels_spread(targets, classes, 1 - self.smoothing * (classes - 1) / classes)
        return {"kl": target_kl(logits, wanted, mask=has_label)}


METHOD = LabelSmoothing
