"""Token KL: each token's distribution over the vocabulary, forwards, backwards or both (language models)."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field
from torch import Tensor

from kdstudio.methods.base import Exchange
from kdstudio.methods.logit_method import SequenceMethod
from kdstudio.methods.losses import generalized_jsd, reverse_kl, soft_target_kl


class TokenKl(SequenceMethod):
    """T² · D(teacher, student) at each valid position of (N, L, V), mean over them; of (N, C) one position an input.

    D is KL(t ‖ s), KL(s ‖ t) or the generalized JSD, scaled as in `generalized_jsd`. Forward KL at each word is the
    word-level distillation of Kim and Rush; all three are the divergences of GKD (Agarwal et al. 2024).
    """

    title: ClassVar[str] = "Token KL"
    family: ClassVar[str] = "sequence"
    paper: ClassVar[str] = "Kim, Rush 2016, https://arxiv.org/abs/1606.07947"
    help: ClassVar[str] = (
        "Compares the two answers at each position of a sequence, and leaves out padding and positions without a "
        "target. Of a classifier each input is one position: then forward is the same as soft targets."
    )
    vanishes_at_teacher: ClassVar[bool] = True

    direction: Literal["forward", "reverse", "jsd"] = Field(
        "forward",
        title="Direction",
        description="Forward covers all that the teacher finds likely, reverse keeps to the likeliest, jsd compares "
        "both with their mixture.",
    )
    beta: float = Field(
        0.5,
        gt=0,
        lt=1,
        title="Share",
        description="How much of the teacher is in the mixture; it counts where the direction is jsd.",
    )

    def terms(self, exchange: Exchange) -> Mapping[str, Tensor]:
        """Return the divergence of the chosen direction."""
        student, teacher, counts = self.counted(exchange)
        if self.direction == "jsd":
            return {"jsd": generalized_jsd(student, teacher, self.beta, self.temperature, counts)}
        divergence = soft_target_kl if self.direction == "forward" else reverse_kl
        return {"kl": divergence(student, teacher, self.temperature, counts)}


METHOD = TokenKl
