"""Batch normalisation over the inputs of all devices, with the same numbers as one device with the whole batch.

PyTorch's own SyncBatchNorm is for GPUs alone. This one is a few plain operations and two exchanges a layer, on any
device: slower, and needed only where a device's share of the batch is small.
"""

from functools import partial

import torch
from torch import Tensor, nn

from kdstudio.training.group import Group

Norm = nn.BatchNorm1d | nn.BatchNorm2d | nn.BatchNorm3d
NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)


def synchronise(module: nn.Module, group: Group) -> None:
    """Let each batch normalisation in `module`, while it learns, see the batch of all processes of the group."""
    for norm in module.modules():
        if isinstance(norm, NORMS):
            norm.forward = partial(_forward, norm, group)  # type: ignore[method-assign]


def _forward(norm: Norm, group: Group, inputs: Tensor) -> Tensor:
    """Normalise inputs (N, c, …) as Ioffe and Szegedy 2015 do, algorithm 1, with mean and variance over all devices."""
    if not norm.training:
        return type(norm).forward(norm, inputs)
    kind, inputs = inputs.dtype, inputs.float() if inputs.dtype.itemsize < 4 else inputs
    over = [0, *range(2, inputs.dim())]
    along = [1, -1, *[1] * (inputs.dim() - 2)]
    own = inputs.new_full((1,), inputs.numel() // inputs.shape[1])
    sums = _total(torch.cat([inputs.sum(over), own]), group)
    count = sums[-1].detach()
    mean = sums[:-1] / count
    centred = inputs - mean.view(along)
    variance = _total(centred.square().sum(over), group) / count
    _remember(norm, mean.detach(), variance.detach() * (count / (count - 1)))
    found = centred * (variance + norm.eps).rsqrt().view(along)
    return (torch.addcmul(norm.bias.view(along), found, norm.weight.view(along)) if norm.affine else found).to(kind)


def _remember(norm: Norm, mean: Tensor, variance: Tensor) -> None:
    if norm.running_mean is None or norm.running_var is None or norm.num_batches_tracked is None:
        return
    norm.num_batches_tracked.add_(1)
    share = norm.momentum if norm.momentum is not None else 1 / norm.num_batches_tracked.to(mean)
    norm.running_mean.lerp_(mean, share)
    norm.running_var.lerp_(variance, share)


def _total(own: Tensor, group: Group) -> Tensor:
    total: Tensor = _Sum.apply(own, group)  # type: ignore[no-untyped-call]
    return total


class _Sum(torch.autograd.Function):
    """The sum over all processes; a gradient comes from the losses of all of them."""

    @staticmethod
    def forward(ctx: torch.autograd.function.FunctionCtx, own: Tensor, group: Group) -> Tensor:
        ctx.group = group  # type: ignore[attr-defined]
        total = own.clone()
        group.add([total])
        return total

    @staticmethod
    def backward(ctx: torch.autograd.function.FunctionCtx, gradient: Tensor) -> tuple[Tensor, None]:
        total = gradient.clone()
        ctx.group.add([total])  # type: ignore[attr-defined]
        return total, None
