"""A model as the program knows it: the module, how it was built, its preprocessing, and what may be done with it."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from kdstudio.core.errors import ModelError, Problem
from kdstudio.core.targets import Task
from kdstudio.data.dataset import Inputs, Kind
from kdstudio.models.head import Head, Reused
from kdstudio.models.outputs import PLAIN, OutputChoice
from kdstudio.models.preprocessing.base import Preprocessing, Raw
from kdstudio.models.rounding import ROUNDED_LAYERS
from kdstudio.models.transformers_net import TransformersNet
from kdstudio.models.values import Batch
from kdstudio.models.zoo.base import InputShape
from kdstudio.models.zoo.joints import Bits

NAMES = {"image": "images", "text": "text", "table": "rows of a table", "audio": "sound"}
PROGRAM = "program"  # the knob that names the file of a network which is a program; `sha256` is that file's digest


@dataclass(frozen=True, slots=True)
class Spec:
    """How a module is built again: architecture by name, knobs as JSON values, what it was built for.

    `input_shape` is the preprocessing's `shape`; None where images of any size will do.
    """

    architecture: str
    knobs: dict[str, Any]
    input_shape: InputShape | None
    classes: int
    reused: Reused | None = None  # where a projector and the teacher's classifier stand for its own last layer
    bits: Bits | None = None  # where it computes as if with whole numbers of so many
    sparse: bool = False  # whether weights that are zero stay so while it learns


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """One model. `layers` names the modules whose outputs can be tapped; `digest` is the file's, empty for a new model.

    `preprocessing_known` is False where the file stores none: `score` finds it, `with_preprocessing` fills it in.
    `output` finds the logits in what the module answers, or the numbers where the `task` is regression. `weights` has
    the count and the bytes of a program's numbers where they are no parameters of the module. A language model answers
    `per_token`: each with the next.
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
    output: OutputChoice = PLAIN
    task: Task = "classification"
    weights: tuple[int, int] | None = None
    per_token: bool = False
    others: tuple["Model", ...] = ()  # a program of others as it takes other kinds of input
    training_note: str = ""  # why it cannot train, where something could be done about it

    def logits(self, inputs: Raw) -> Tensor:
        """Answer raw inputs, as `preprocessing.raw` gives them, with logits or numbers (N, C)."""
        return self.output.logits(self.module(self.preprocessing.apply(inputs)))

    def answer(self, batch: Batch) -> Tensor:
        """Answer a batch with logits (N, C), as `logits` does; its prepared inputs are shared with other models."""
        return self.output.logits(self.module(batch.prepared(self.preprocessing)))

    def respond(self, values: np.ndarray) -> Tensor:
        """Answer values as a Part reads them with logits (n, C), on the model's device."""
        raw = self.preprocessing.raw(values)
        if isinstance(raw, Tensor):
            raw = raw.to(self.device)
        return self.output.logits(self.module(self.preprocessing.apply(raw).to(self.device)))

    @property
    def preparations(self) -> tuple[Preprocessing, ...]:
        """How the inputs are wanted that it answers: its preprocessing, or those of all members of a committee."""
        return (self.preprocessing,)

    @property
    def device(self) -> torch.device:
        """Where the weights are; the CPU for a model without any."""
        return next((parameter.device for parameter in self.module.parameters()), torch.device("cpu"))

    @property
    def parameters(self) -> int:
        """Number of trainable numbers."""
        if self.weights is not None:
            return self.weights[0]
        return sum(parameter.numel() for parameter in self.module.parameters())

    @property
    def bytes(self) -> int:
        """Size of all weights and buffers in memory; those that are rounded to 8 bits count as what they will take."""
        if self.weights is not None:
            return self.weights[1]
        small = {f"{name}.weight" for name, one in self.module.named_modules() if isinstance(one, ROUNDED_LAYERS)}
        state = self.module.state_dict().items()
        return sum(tensor.numel() * (1 if name in small else tensor.element_size()) for name, tensor in state)

    @property
    def classifier(self) -> str:
        """Name of the last linear layer, whose input is the embedding."""
        names: list[str] = [name for name, module in self.module.named_modules() if isinstance(module, nn.Linear)]
        return names[-1]

    def with_preprocessing(self, preprocessing: Preprocessing) -> "Model":
        """Return the same model, sharing its weights, with the preprocessing that was found for it."""
        return replace(self, preprocessing=preprocessing, preprocessing_known=True)

    def with_classes(self, columns: tuple[int, ...], names: tuple[str, ...]) -> "Model":
        """Return the same model answering for the classes `names`, each with its output at `columns` (class_map)."""
        output = replace(self.output, columns=columns)
        return replace(self, output=output, class_names=names, spec=replace(self.spec, classes=len(names)))

    def taking(self, kind: Kind) -> "Model":
        """Return the model as it takes this kind of input, or itself where it does not."""
        return next((one for one in (self, *self.others) if one.preprocessing.takes == kind), self)

    def suited(self, inputs: Inputs) -> "Model":
        """Return the same model with what it leaves open filled in from the data that it is used on.

        Raises ModelError where it takes another kind of input, or other columns of a table.
        """
        if inputs.kind == "table" and self.spec.architecture == "mlp" and not self.preprocessing_known:
            raise ModelError(
                "the file does not say which column of a table each of its inputs is, nor how numbers were scaled",
                hint="Save its answers to these rows (predict_proba, or logits) and choose that file as the teacher.",
            )
        if inputs.kind != self.preprocessing.takes:
            if (other := self.taking(inputs.kind)) is not self:
                return other.suited(inputs)
            raise ModelError(
                f"the model takes {NAMES[self.preprocessing.takes]} and the data is {NAMES[inputs.kind]}",
                hint="Choose a model for this kind of data, or the data that the model was trained on.",
            )
        preprocessing = self.preprocessing.suited(inputs)
        spec = replace(self.spec, input_shape=self.spec.input_shape or preprocessing.shape)
        return replace(self, spec=spec, preprocessing=preprocessing)


def tappable(module: nn.Module, prefix: str = "") -> list[str]:
    """Return the names of stages, blocks and weight layers, front to back; what lies inside a block is left out."""
    if isinstance(module, TransformersNet):
        return module.blocks()
    names: list[str] = []
    for name, child in module.named_children():
        if isinstance(child, _BatchNorm | Head) or not any(True for _ in child.parameters()):
            continue
        names.append(prefix + name)
        if isinstance(child, nn.Sequential):
            names += tappable(child, f"{prefix}{name}.")
    return names
