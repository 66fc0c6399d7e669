"""Sums of what is measured in each step."""

import torch
from torch import Tensor


class Meter:
    """Sums of loss terms on the device; they are copied to the host once a report, not once a step."""

    def __init__(self) -> None:
        self.sums: dict[str, Tensor] = {}
        self.steps = 0

    def add(self, terms: dict[str, Tensor]) -> None:
        """Add one step's terms (scalars on the device)."""
        self.steps += 1
        if not self.sums:
            self.sums = {name: value.detach().clone() for name, value in terms.items()}
            return
        for name, value in terms.items():
            self.sums[name] += value.detach()

    def means(self) -> dict[str, float]:
        """Return the mean of each term since the last call, and start anew. Reads from the device."""
        if not self.steps:
            return {}
        values = torch.stack(list(self.sums.values())).div(self.steps).tolist()
        means = dict(zip(self.sums, values, strict=True))
        self.sums, self.steps = {}, 0
        return means
