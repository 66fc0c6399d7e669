"""The student with its preprocessing in front: what every program that is exported computes, raw inputs to logits."""

from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn

from kdstudio.models.model import Model
from kdstudio.models.preprocessing.base import GraphInput
from kdstudio.models.rounding import settle

STUDENT = "student."  # what the names of the student's weights begin with


class FromRaw(nn.Module):
    """Takes the graph inputs of the preprocessing one after the other; gives logits (N, classes)."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.student = model.module
        if model.spec.bits is not None:
            self.student = deepcopy(model.module).eval()
            settle(self.student)
        self.preprocessing = model.preprocessing
        self.output = model.output

    def forward(self, *given: Tensor) -> Tensor:
        """Return the logits."""
        return self.output.logits(self.student(self.preprocessing.in_graph(*given)))


def dynamic_axes(inputs: tuple[GraphInput, ...], *, bounded: bool = False) -> dict[str, Any]:
    """Return which axes of the inputs may have any length, for torch.export; `bounded`: up to what is said."""
    most = {name: one.longest.get(name) if bounded else None for one in inputs for name in one.axes.values()}
    return {
        "given": tuple(
            {axis: torch.export.Dim(name, min=1, max=most[name]) for axis, name in one.axes.items()} for one in inputs
        )
    }
