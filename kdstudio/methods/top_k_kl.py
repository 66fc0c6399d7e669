"""Top-k KL: the teacher's likeliest classes one by one, and all others as one (sparse answers)."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field
from torch import Tensor

from kdstudio.methods.base import Exchange
from kdstudio.methods.logit_method import SequenceMethod
from kdstudio.methods.losses import top_k_kl


class TopKKl(SequenceMethod):
    """T² · [Σ_{c in top k} p_t log(p_t / p_s) + r_t log(r_t / r_s)], r = 1 − Σ_{c in top k} p; mean over positions.

    By the chain rule of KL it is the whole divergence less what is inside the tail, so it is never above it. The paper
    shows that the k likeliest alone are a biased target, and samples instead; here the tail is one class more, so that
    both sides stay distributions and nothing is drawn.
    """

    title: ClassVar[str] = "Top-k KL"
    family: ClassVar[str] = "sequence"
    paper: ClassVar[str] = "Anshumann et al. 2025, https://arxiv.org/abs/2503.16870"
    help: ClassVar[str] = (
        "Only the teacher's likeliest classes are matched one by one; how likely all others are together is matched as "
        "one number. Meant for vocabularies of many thousands of tokens; with k as large as the classes it is plain KL."
    )
    vanishes_at_teacher: ClassVar[bool] = True

    k: int = Field(
        64,
        ge=1,
        le=1 << 20,
        title="Classes kept",
        description="How many of the teacher's likeliest classes are matched one by one; usually 50 to 128 tokens.",
    )

    def terms(self, exchange: Exchange) -> Mapping[str, Tensor]:
        """Return the divergence over the kept classes and the tail."""
        student, teacher, counts = self.counted(exchange)
        return {"kl": top_k_kl(student, teacher, self.k, self.temperature, counts)}


METHOD = TopKKl
