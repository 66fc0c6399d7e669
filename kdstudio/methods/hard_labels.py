"""Hard labels: the loss of plain training with the true class, labels or numbers, a method like any other."""

from collections.abc import Mapping
from typing import ClassVar

from torch import Tensor

from kdstudio.core.targets import TASKS, Task
from kdstudio.methods.base import Exchange, Method, Needs
from kdstudio.methods.losses import binary_cross_entropy, cross_entropy, squared_error


class HardLabels(Method):
    """Cross-entropy with the class, binary cross-entropy with labels, squared error with numbers.

    Inputs without a label are skipped. A number's error is measured in standard deviations of the training targets.
    """

    title: ClassVar[str] = "Hard labels"
    family: ClassVar[str] = "response"
    paper: ClassVar[str] = ""
    help: ClassVar[str] = "The student learns from the labels alone. Usually a small part beside a distillation method."
    tasks: ClassVar[tuple[Task, ...]] = TASKS
    needs: ClassVar[Needs] = Needs(teacher=False, labels=True)

    def terms(self, exchange: Exchange) -> Mapping[str, Tensor]:
        """Return the mean loss over the labelled inputs."""
        batch, answers = exchange.batch, exchange.student.logits
        if not batch.targets.is_floating_point():
            return {"cross_entropy": cross_entropy(answers, batch.targets)}
        if batch.scale is None:
            return {"binary_cross_entropy": binary_cross_entropy(answers, batch.targets)}
        return {"squared_error": squared_error(answers, batch.targets, batch.scale)}


METHOD = HardLabels
