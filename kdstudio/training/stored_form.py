"""The form in which a teacher's answers are stored: whole, in half precision, or their largest classes alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from kdstudio.core.targets import Task
from kdstudio.methods.losses import bernoulli_kl, log_softened, soft_target_kl
from kdstudio.models.values import Outputs
from kdstudio.recipe.choices import CacheChoice

_LARGEST = 65504.0  # that half precision can hold


@dataclass(frozen=True, slots=True)
class Form:
    """How logits (n, C) and the features of `layers` become arrays, and arrays become what a student learns from.

    With `top_k` the K largest log-probabilities are kept with their classes (int32); the mass that is left is spread
    evenly over the others, so that logits come back up to a constant.
    """

    choice: CacheChoice
    classes: int
    task: Task = "classification"
    layers: tuple[str, ...] = ()

    @property
    def is_exact(self) -> bool:
        """Whether what comes back is what was stored, to the last bit."""
        return self.choice.dtype == "float32" and self._kept is None

    @property
    def _kept(self) -> int | None:
        """How many classes are kept, None for all."""
        k = self.choice.top_k
        return k if k is not None and k < self.classes - 1 and self.task == "classification" else None

    def bytes_a_row(self, shapes: Sequence[tuple[int, ...]]) -> int:
        """Return the room that one answer takes, with features of these `shapes`."""
        size = 2 if self.choice.dtype == "float16" else 4
        logits = self.classes * size if self._kept is None else self._kept * (size + 4)
        return logits + size * sum(int(np.prod(shape)) for shape in shapes)

    def arrays(self, answer: Outputs) -> list[np.ndarray]:
        """Return one array for the logits, or two for the largest of them, and one for each layer."""
        logits = answer.logits.float()
        if self._kept is None:
            found = [self._narrow(logits)]
        else:
            values, classes = log_softened(logits).topk(self._kept, dim=1)
            found = [self._narrow(values), classes.to(torch.int32)]
        found += [self._narrow(answer.features[layer].float()) for layer in self.layers]
        return [one.cpu().numpy() for one in found]

    def outputs(self, columns: Sequence[Tensor]) -> Outputs:
        """Return the answers that stand in arrays, single precision again."""
        if self._kept is None:
            logits, rest = columns[0].float(), columns[1:]
        else:
            logits, rest = self._spread(columns[0].float(), columns[1].long()), columns[2:]
        return Outputs(logits, {layer: one.float() for layer, one in zip(self.layers, rest, strict=True)})

    def error(self, exact: Tensor, stored: Tensor) -> tuple[float, float]:
        """Return KL(exact ‖ stored) at temperature 1, mean over rows, and the largest difference of a probability.

        Of numbers it is 0 and the largest difference of a number.
        """
        if self.task == "regression":
            return 0.0, float((exact - stored).abs().max())
        if self.task == "multi_label":
            return float(bernoulli_kl(stored, exact, 1.0)), float((exact.sigmoid() - stored.sigmoid()).abs().max())
        return float(soft_target_kl(stored, exact, 1.0)), float((exact.softmax(1) - stored.softmax(1)).abs().max())

    def _narrow(self, values: Tensor) -> Tensor:
        return values.clamp(-_LARGEST, _LARGEST).half() if self.choice.dtype == "float16" else values

    def _spread(self, kept: Tensor, classes: Tensor) -> Tensor:
        """Return log-probabilities (n, C) from the largest (n, K); the others share the rest evenly."""
        rest = (1 - kept.exp().sum(dim=1, keepdim=True)).clamp(min=torch.finfo(kept.dtype).tiny)
        others = (rest / (self.classes - kept.shape[1])).log()
        return others.expand(-1, self.classes).scatter(1, classes, kept)
