"""A student that learned with rounding, as ONNX Runtime computes it: its whole numbers, and the steps it has learned.

Every rounding becomes a QuantizeLinear and a DequantizeLinear; weights are stored as what they are rounded to, with the
batch normalisation behind a layer folded into their steps. ONNX Runtime turns that into arithmetic of whole numbers.
"""

from copy import deepcopy
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.modules.batchnorm import _BatchNorm

from kdstudio.models.model import Model
from kdstudio.models.rounding import (
    LARGEST,
    ROUNDED_LAYERS,
    RoundedConv2d,
    RoundedLinear,
    Rounding,
    folded,
    roundings,
    weight_steps,
)

OPSET = 18
_ROOM = 2.0**30  # a bias is kept as a whole number of 32 bits


def in_integers(model: Model) -> Model:
    """Return the model as a graph of whole numbers, for torch.onnx.export alone; one that does not round stays.

    What it answers here means nothing: torch knows the shapes of ONNX's operators, and not what they compute.
    """
    if model.spec.bits is None:
        return model
    module = deepcopy(model.module).eval()
    norms = {layer: norm for norm, layer in folded(module, model.spec.input_shape or model.preprocessing.shape).items()}
    layers = [(name, one) for name, one in module.named_modules() if isinstance(one, ROUNDED_LAYERS)]
    for name, layer in layers:
        norm = module.get_submodule(norms[name]) if name in norms else None
        assert norm is None or isinstance(norm, _BatchNorm)
        module.set_submodule(name, _Whole(layer, norm))
    for name in norms.values():
        module.set_submodule(name, nn.Identity())
    for name, rounding in roundings(module).items():
        module.set_submodule(name, _Steps(rounding))
    return replace(model, module=module, spec=replace(model.spec, bits=None))


class _Steps(nn.Module):
    """Rounds to whole numbers of 8 bits, and back."""

    step: Tensor
    zero: Tensor

    def __init__(self, rounding: Rounding) -> None:
        super().__init__()
        step, zero = rounding.steps()
        self.register_buffer("step", step)
        self.register_buffer("zero", zero.to(torch.uint8))

    def forward(self, values: Tensor) -> Tensor:
        given = (self.step, self.zero)
        whole = torch.onnx.ops.symbolic(
            "QuantizeLinear", (values, *given), dtype=torch.uint8, shape=values.shape, version=OPSET
        )
        return _read(whole, *given)


class _Whole(nn.Module):
    """A convolution or a linear layer with whole weights (c, …), and the step of each output channel (c,)."""

    whole: Tensor
    steps: Tensor
    zeros: Tensor
    bias: Tensor
    bias_steps: Tensor | None

    def __init__(self, layer: RoundedConv2d | RoundedLinear, norm: _BatchNorm | None) -> None:
        super().__init__()
        self.given = _Steps(layer.given)
        steps = weight_steps(layer.weight)
        along = (-1, *[1] * (layer.weight.dim() - 1))
        whole = (layer.weight.detach() / steps.view(along)).round().clamp(-LARGEST, LARGEST)
        factor, bias = _folded(layer, norm)
        steps = (steps * factor.abs()).double()
        given = self.given.step.double()
        steps = steps.maximum(bias.abs().double() / (given * _ROOM)).clamp(min=1e-30)  # of a channel that is always 0
        self.register_buffer("whole", (whole * factor.sign().view(along)).to(torch.int8).contiguous())
        self.register_buffer("steps", steps.float())
        self.register_buffer("zeros", torch.zeros(len(steps), dtype=torch.int8))
        has_bias = norm is not None or layer.bias is not None
        self.register_buffer("bias_steps", (steps * given).float() if has_bias else None)
        self.register_buffer("bias", (bias.double() / (steps * given)).round().to(torch.int32) if has_bias else None)
        self.how: Any = None
        if isinstance(layer, RoundedConv2d):
            self.how = (layer.stride, layer.padding, layer.dilation, layer.groups)

    def forward(self, inputs: Tensor) -> Tensor:
        values, weight = self.given(inputs), _read(self.whole, self.steps, self.zeros)
        bias = None if self.bias_steps is None else _read(self.bias, self.bias_steps)
        return F.linear(values, weight, bias) if self.how is None else F.conv2d(values, weight, bias, *self.how)


def _folded(layer: RoundedConv2d | RoundedLinear, norm: _BatchNorm | None) -> tuple[Tensor, Tensor]:
    """Return by what a layer's weights are multiplied, and its bias, where a norm in evaluation mode is part of it."""
    bias = torch.zeros(len(layer.weight)) if layer.bias is None else layer.bias.detach()
    if norm is None:
        return torch.ones(len(layer.weight)), bias
    mean, variance = norm.running_mean, norm.running_var
    assert mean is not None
    assert variance is not None
    factor = (variance + norm.eps).rsqrt()
    if norm.affine:
        factor = factor * norm.weight.detach()
    return factor, (bias - mean) * factor + (norm.bias.detach() if norm.affine else 0.0)


def _read(whole: Tensor, step: Tensor, *zero: Tensor) -> Tensor:
    """Return the values (float32) that whole numbers stand for, with one step or one for each first index."""
    attributes: dict[str, Any] = {"axis": 0} if step.dim() else {}
    return torch.onnx.ops.symbolic(
        "DequantizeLinear",
        (whole, step, *zero),
        attributes,
        dtype=torch.float32,
        shape=whole.shape,
        version=OPSET,
    )
