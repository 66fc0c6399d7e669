"""What a model costs: parameters, bytes, multiply-accumulates, and its outline for the picture."""

from copy import deepcopy
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from kdstudio.models.build import USUAL_SIZE
from kdstudio.models.model import Model


@dataclass(frozen=True, slots=True)
class Measure:
    """Costs for one input. `silhouette` has (image side, channels) of each weight layer's output, front to back.

    Multiply-accumulates are those of convolutions and linear layers, as papers count them.
    """

    parameters: int
    bytes: int
    macs: int
    silhouette: tuple[tuple[int, int], ...]


def measure(model: Model) -> Measure:
    """Let a copy answer one input of the model's size (32×32 where it is free) and count what its layers do.

    A copy on `meta` would compute nothing, but its first answer imports 2.5 s worth of torch.
    """
    shape = model.spec.input_shape or (model.channels, *USUAL_SIZE)
    module = deepcopy(model.module).cpu().eval()
    rows: list[tuple[int, tuple[int, int]]] = []

    def count(layer: nn.Module, _: tuple[Tensor, ...], output: Tensor) -> None:
        weight = layer.get_parameter("weight")
        places = output[0, 0].numel() if output.dim() == 4 else 1
        side = output.shape[-1] if output.dim() == 4 else 1
        rows.append((weight.numel() * places, (side, output.shape[1])))

    for layer in module.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.register_forward_hook(count)
    with torch.inference_mode():
        module(torch.zeros(1, *shape))
    return Measure(model.parameters, model.bytes, sum(macs for macs, _ in rows), tuple(place for _, place in rows))
