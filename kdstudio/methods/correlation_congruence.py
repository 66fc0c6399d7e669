"""Correlation congruence: a kernel between the inputs of a batch is carried over (Peng et al. 2019)."""

import math
from collections.abc import Mapping
from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor

from kdstudio.methods.layer_method import Features, LayerMethod, cosines
from kdstudio.models.pairs import Pairing


class CorrelationCongruence(LayerMethod):
    """Mean over pairs of inputs of (k_s − k_t)², k a Gaussian kernel as a Taylor series of their cosine.

    k = Σ_p e^(−2γ) · (2γ)^p / p! · cos^p, p up to `order`, as in the paper. The field knows a second formula
    by this name, the product of the errors of neighbours in a batch; it depends on how the batch was shuffled, and is
    not the paper's. A kernel's differences are small squares, hence the weight; the paper's belongs to another scale.
    """

    splits: ClassVar[Literal["inputs", "labelled", "batch"]] = "batch"
    title: ClassVar[str] = "Correlation congruence (CC)"
    family: ClassVar[str] = "relation"
    paper: ClassVar[str] = "Peng et al. 2019, https://arxiv.org/abs/1904.01802"
    help: ClassVar[str] = (
        "How strongly two inputs of a batch belong together is measured by a kernel, and the student learns the "
        "teacher's value for each pair. A sharpness above 0.4 looks at close neighbours more than at the rest."
    )
    vanishes_at_teacher: ClassVar[bool] = True
    pairing: ClassVar[Pairing] = "embedding"
    relates: ClassVar[Literal["places", "inputs"]] = "inputs"

    weight: float = Field(100.0, ge=0)
    gamma: float = Field(
        0.4, gt=0, le=10, title="Sharpness", description="How fast the kernel falls with distance; 0.4 in the paper."
    )
    order: int = Field(
        2, ge=1, le=10, title="Order", description="How many powers of the cosine the kernel has; 2 in the paper."
    )

    def compare(self, pairs: Features) -> Mapping[str, Tensor]:
        """Return the mean squared difference of the kernels, averaged over the pairs of layers."""
        errors = [(self._kernel(ours) - self._kernel(theirs)).square().mean() for ours, theirs in pairs]
        return {"correlation": torch.stack(errors).mean()}

    def _kernel(self, feature: Tensor) -> Tensor:
        """Return (N, N) kernel values between the inputs of a batch."""
        cosine = cosines(feature)
        factors = [math.exp(-2 * self.gamma) * (2 * self.gamma) ** p / math.factorial(p) for p in range(self.order + 1)]
        kernel = torch.full_like(cosine, factors[-1])
        for factor in reversed(factors[:-1]):  # Horner's rule
            kernel = kernel * cosine + factor
        return kernel


METHOD = CorrelationCongruence
