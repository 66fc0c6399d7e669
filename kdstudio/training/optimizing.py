"""How the weights move: the optimizer, and the learning rate of each step."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from kdstudio.recipe.optimizing import OptimizerChoice, ScheduleChoice


def learning_rate(choice: ScheduleChoice, peak: float, step: int, steps_per_epoch: int, total: int) -> float:
    """Return the learning rate of `step` (counted from 0) of `total`, a pure function so that resuming needs no state.

    Warm-up is linear; cosine then falls to 0 at `total` (Loshchilov, Hutter 2017); step divides at each mark.
    """
    warmup = min(int(choice.warmup_epochs * steps_per_epoch), total - 1)
    if step < warmup:
        return peak * (step + 1) / warmup
    share = (step - warmup) / max(1, total - warmup)
    if choice.name == "cosine":
        return peak * 0.5 * (1 + math.cos(math.pi * share))
    if choice.name == "step":
        return peak / choice.factor ** sum(step / total >= mark for mark in choice.milestones)
    return peak


def make_optimizer(choice: OptimizerChoice, parameters: Sequence[Tensor]) -> torch.optim.Optimizer:
    """Return the optimizer, in its fused form where the device has one (one kernel instead of one a tensor)."""
    fused = parameters[0].device.type in ("cpu", "cuda")
    rate, decay = choice.learning_rate, choice.weight_decay
    made: torch.optim.Optimizer
    if choice.name == "adamw":
        made = torch.optim.AdamW(parameters, lr=rate, weight_decay=decay, fused=fused)
    else:
        made = torch.optim.SGD(parameters, lr=rate, momentum=choice.momentum, weight_decay=decay, fused=fused)
    if choice.max_norm > 0:
        made.register_step_post_hook(lambda *_: constrain(parameters, choice.max_norm))
    return made


@torch.no_grad()
def constrain(parameters: Sequence[Tensor], largest: float) -> None:
    """Shorten the incoming weights of each unit to the length `largest` (Hinton et al. 2012, section A.1).

    Those are the rows of a weight (out, in) or (out, in, height, width); biases and scales are left alone.
    """
    for one in parameters:
        if one.dim() > 1:
            lengths = one.flatten(1).norm(dim=1).clamp_min(largest)
            one.mul_((largest / lengths).view(-1, *[1] * (one.dim() - 1)))
