"""Hard labels: plain cross-entropy with the true class, a method like any other."""

from collections.abc import Mapping
from typing import ClassVar

from torch import Tensor

from kdstudio.methods.base import Exchange, Method, Needs
from kdstudio.methods.losses import cross_entropy


class HardLabels(Method):
    """Cross-entropy with the labels; inputs without a label are skipped."""

    title: ClassVar[str] = "Hard labels"
    family: ClassVar[str] = "response"
    paper: ClassVar[str] = ""
    help: ClassVar[str] = "The student learns from the labels alone. Usually a small part beside a distillation method."
    needs: ClassVar[Needs] = Needs(teacher=False, labels=True)

    def terms(self, exchange: Exchange) -> Mapping[str, Tensor]:
        """Return the mean cross-entropy over the labelled inputs."""
        return {"cross_entropy": cross_entropy(exchange.student.logits, exchange.batch.targets)}


METHOD = HardLabels
