"""Several labels at once: each class is a question of its own, and the teacher's doubt in each is matched."""

from collections.abc import Mapping
from typing import ClassVar

from torch import Tensor

from kdstudio.core.targets import Task
from kdstudio.methods.base import Exchange
from kdstudio.methods.logit_method import SoftenedMethod
from kdstudio.methods.losses import bernoulli_kl


class MultiLabel(SoftenedMethod):
    """T² · Σ_c KL(σ(t_c / T) ‖ σ(s_c / T)), mean over positions: soft targets with a sigmoid for each class."""

    title: ClassVar[str] = "Yes or no for each class"
    family: ClassVar[str] = "response"
    paper: ClassVar[str] = "Hinton, Vinyals, Dean 2015, https://arxiv.org/abs/1503.02531, with sigmoids for the softmax"
    help: ClassVar[str] = (
        "For teachers whose classes do not exclude each other: each class is matched by itself, so that an input may "
        "have several of them or none."
    )
    vanishes_at_teacher: ClassVar[bool] = True
    tasks: ClassVar[tuple[Task, ...]] = ("multi_label", "classification")

    def terms(self, exchange: Exchange) -> Mapping[str, Tensor]:
        """Return the divergence summed over the classes."""
        student, teacher = self.pair(exchange)
        return {"kl": bernoulli_kl(student, teacher, self.temperature, exchange.batch.mask)}


METHOD = MultiLabel
