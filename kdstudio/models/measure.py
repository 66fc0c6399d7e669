"""What a model costs: parameters, bytes, multiply-accumulates, memory, and its outline for the picture."""

from copy import deepcopy
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from kdstudio.models.activations import Activations
from kdstudio.models.committee import Committee
from kdstudio.models.model import Model
from kdstudio.models.programs.inputs import Arranged
from kdstudio.models.programs.onnx_macs import multiplications
from kdstudio.models.programs.onnx_net import OnnxNet

_WEIGHTED = (nn.Conv1d, nn.Conv2d, nn.Linear)


UNTOLD = "ONNX Runtime does not tell it"


@dataclass(frozen=True, slots=True)
class Measure:
    """Costs for one input. `silhouette` has (image side, channels) of each weight layer's output, front to back.

    Multiply-accumulates are those of convolutions and linear layers, as papers count them. `activations` is the most
    memory in bytes that the input and the answers of layers take at one time. None where they are unknown.
    """

    parameters: int
    bytes: int
    macs: int | None
    silhouette: tuple[tuple[int, int], ...]
    activations: int | None = None


def measure(model: Model) -> Measure:
    """Let a copy answer one input of the model's size (32×32 where it is free) and count what its layers do.

    A copy on `meta` would compute nothing, but its first answer imports 2.5 s worth of torch.
    """
    if isinstance(model, Committee):
        costs = [measure(member) for member in model.members]
        macs = [one.macs for one in costs if one.macs is not None]
        return Measure(model.parameters, model.bytes, sum(macs) if len(macs) == len(costs) else None, ())
    if not any(isinstance(layer, _WEIGHTED) for layer in model.module.modules()):
        return Measure(model.parameters, model.bytes, _counted(model), (), _remembered(model, model.module))
    module = deepcopy(model.module).cpu().eval()
    rows: list[tuple[int, tuple[int, int]]] = []

    def count(layer: nn.Module, _: tuple[Tensor, ...], output: Tensor) -> None:
        weight = layer.weight  # also where it is computed from others
        assert isinstance(weight, Tensor)
        is_linear = isinstance(layer, nn.Linear)
        width = output.shape[-1 if is_linear else 1]
        places = output.numel() // (len(output) * width)
        rows.append((weight.numel() * places, (1 if is_linear else output.shape[-1], width)))

    for layer in module.modules():
        if isinstance(layer, _WEIGHTED):
            layer.register_forward_hook(count)
    activations = _remembered(model, module)
    total, silhouette = sum(macs for macs, _ in rows), tuple(place for _, place in rows)
    return Measure(model.parameters, model.bytes, total, silhouette, activations)


def _remembered(model: Model, module: nn.Module) -> int | None:
    """Let the module answer one input, and return the most bytes that were alive; None where they are not seen."""
    rows = 1
    if isinstance(module, Arranged):
        if isinstance(module.net, OnnxNet):
            return None
        rows = module.takes.rows or 1  # a fixed batch is always full
    memory = Activations()
    given = model.preprocessing.example().to(model.device if module is model.module else "cpu")
    with torch.no_grad(), memory:  # inference mode would hide what operations are made of
        memory.meet(given)
        module(given)
    return memory.peak // rows


def _counted(model: Model) -> int | None:
    """Let a program whose layers cannot be seen answer, and count what torch computes; None where torch does not."""
    program = model.module
    if not isinstance(program, Arranged):
        return None
    given = model.preprocessing.example()
    if isinstance(program.net, OnnxNet):
        shapes = (tuple(one.shape) for one in program.takes.arrange(given))
        return multiplications(program.net.path, dict(zip(program.net.inputs, shapes, strict=True)))
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        program(given.to(model.device))
    rows = program.takes.rows or 1  # a fixed batch is always full
    return counter.get_total_flops() // 2 // rows or None
