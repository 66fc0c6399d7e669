"""The values that flow between batches, models, methods and training."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor


class Prepares(Hashable, Protocol):
    """What turns raw inputs into what a model wants: its preprocessing."""

    def apply(self, inputs: Tensor) -> Tensor:
        """Return the prepared inputs."""


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Raw inputs with their targets.

    `inputs` (N, c, H, W) float32 in 0..1 with the channels of the data, `targets` (N,) int64 with -100 where there is
    no label, `index` (N,) int64 the rows in the data set, `mask` (N, L) for sequences or None.
    """

    inputs: Tensor
    targets: Tensor
    index: Tensor
    mask: Tensor | None = None
    _prepared: dict[Prepares, tuple[Tensor, int]] = field(default_factory=dict, repr=False)

    def prepared(self, by: Prepares) -> Tensor:
        """Return the inputs as `by` prepares them: once for all models that want them alike (teacher and student).

        They are prepared anew where a model has changed them in place.
        """
        tensor, version = self._prepared.get(by, (None, 0))
        if tensor is None or tensor._version != version:
            tensor = by.apply(self.inputs)
            self._prepared[by] = tensor, tensor._version
        return tensor

    def __len__(self) -> int:
        return len(self.targets)

    def to(self, device: torch.device | str) -> "Batch":
        """Return the batch on another device."""
        mask = None if self.mask is None else self.mask.to(device, non_blocking=True)
        inputs, targets, index = (t.to(device, non_blocking=True) for t in (self.inputs, self.targets, self.index))
        return Batch(inputs, targets, index, mask)


@dataclass(frozen=True, slots=True)
class Outputs:
    """What a model answered: `logits` (N, C) and the tapped layers' `features` {layer: (N, c, h, w) or (N, d)}."""

    logits: Tensor
    features: dict[str, Tensor] = field(default_factory=dict)
