"""A model as the program knows it: the module, how it was built, its preprocessing, and what may be done with it."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from kdstudio.core.errors import Problem
from kdstudio.models.preprocessing import Preprocessing
from kdstudio.models.values import Batch
from kdstudio.models.zoo.base import InputShape


@dataclass(frozen=True, slots=True)
class Spec:
    """How a module is built again: architecture by name, knobs as JSON values, input (c, H, W) or None for any size."""

    architecture: str
    knobs: dict[str, Any]
    input_shape: InputShape | None
    classes: int


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """One model. `layers` names the modules whose outputs can be tapped; `digest` is the file's, empty for a new model.

    `preprocessing_known` is False where the file stores none: `score` finds it, `with_preprocessing` fills it in.
    """

    module: nn.Module
    spec: Spec
    preprocessing: Preprocessing
    class_names: tuple[str, ...] = ()
    path: Path | None = None
    format: str = ""
    can_train: bool = True
    layers: tuple[str, ...] = ()
    digest: str = ""
    problems: tuple[Problem, ...] = ()
    preprocessing_known: bool = True
    label: str = ""

    def logits(self, inputs: Tensor) -> Tensor:
        """Answer raw inputs (N, c, H, W) in 0..1 with logits (N, C), in the mode that the module is in."""
        logits: Tensor = self.module(self.preprocessing.apply(inputs))
        return logits

    def answer(self, batch: Batch) -> Tensor:
        """Answer a batch with logits (N, C), as `logits` does; its prepared inputs are shared with other models."""
        logits: Tensor = self.module(batch.prepared(self.preprocessing))
        return logits

    @property
    def channels(self) -> int:
        """Channels that the module takes."""
        return self.preprocessing.channels

    @property
    def parameters(self) -> int:
        """Number of trainable numbers."""
        return sum(parameter.numel() for parameter in self.module.parameters())

    @property
    def bytes(self) -> int:
        """Size of all weights and buffers in memory."""
        return sum(tensor.numel() * tensor.element_size() for tensor in self.module.state_dict().values())

    @property
    def classifier(self) -> str:
        """Name of the last linear layer, whose input is the embedding."""
        names: list[str] = [name for name, module in self.module.named_modules() if isinstance(module, nn.Linear)]
        return names[-1]

    def with_preprocessing(self, preprocessing: Preprocessing) -> "Model":
        """Return the same model, sharing its weights, with the preprocessing that was found for it."""
        return replace(self, preprocessing=preprocessing, preprocessing_known=True)

    def sized(self, size: tuple[int, int]) -> "Model":
        """Return the same model with an open input size filled in: (H, W) of the data that it is used on."""
        if self.spec.input_shape is not None:
            return self
        preprocessing = self.preprocessing.with_size(self.preprocessing.size or size)
        height, width = preprocessing.size or size
        spec = replace(self.spec, input_shape=(self.channels, height, width))
        return replace(self, spec=spec, preprocessing=preprocessing)


def tappable(module: nn.Module, prefix: str = "") -> list[str]:
    """Return the names of stages, blocks and weight layers, front to back; what lies inside a block is left out."""
    names: list[str] = []
    for name, child in module.named_children():
        if isinstance(child, _BatchNorm) or not any(True for _ in child.parameters()):
            continue
        names.append(prefix + name)
        if isinstance(child, nn.Sequential):
            names += tappable(child, f"{prefix}{name}.")
    return names
