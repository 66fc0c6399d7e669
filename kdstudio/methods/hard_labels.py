"""Hard labels: the loss of plain training with the true class, labels or numbers, a method like any other."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from torch import Tensor

from kdstudio.core.targets import TASKS, Task
from kdstudio.methods.base import Exchange, Method, Needs
from kdstudio.methods.losses import binary_cross_entropy, cross_entropy, squared_error


class HardLabels(Method):
    """Cross-entropy with the class, binary cross-entropy with labels, squared error with numbers.

    Inputs without a label are skipped. A number's error is measured in standard deviations of the training targets. A
    blend of two inputs has λ · loss of the one's target + (1 − λ) · loss of the other's (mixup: Zhang et al. 2018,
    https://arxiv.org/abs/1710.09412).
    """

    splits: ClassVar[Literal["inputs", "labelled", "batch"]] = "labelled"
    title: ClassVar[str] = "Hard labels"
    family: ClassVar[str] = "response"
    paper: ClassVar[str] = ""
    help: ClassVar[str] = "The student learns from the labels alone. Usually a small part beside a distillation method."
    tasks: ClassVar[tuple[Task, ...]] = TASKS
    needs: ClassVar[Needs] = Needs(teacher=False, labels=True)

    def terms(self, exchange: Exchange) -> Mapping[str, Tensor]:
        """Return the mean loss over the labelled inputs."""
        mixture = exchange.batch.mixture
        if mixture is None:
            return _loss(exchange, exchange.batch.targets)
        first, second = (
            _loss(exchange, mixture.first, mixture.share),
            _loss(exchange, mixture.second, 1 - mixture.share),
        )
        return {name: value + second[name] for name, value in first.items()}


def _loss(exchange: Exchange, targets: Tensor, share: Tensor | None = None) -> Mapping[str, Tensor]:
    """Return the mean loss of targets like those of the batch, each of which counts as much as its `share` (N,)."""
    answers, scale = exchange.student.logits, exchange.batch.scale
    if not targets.is_floating_point():
        return {"cross_entropy": cross_entropy(answers, targets, share)}
    if scale is None:
        return {"binary_cross_entropy": binary_cross_entropy(answers, targets, share)}
    return {"squared_error": squared_error(answers, targets, scale, share=share)}


METHOD = HardLabels
