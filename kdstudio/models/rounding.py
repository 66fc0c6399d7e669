"""Layers that compute as if with whole numbers of 8 bits while they learn, so that weights fit to what rounding costs.

Jacob et al. 2018 (https://arxiv.org/abs/1712.05877): weights and activations are rounded on the way forward, and the
gradient passes as if they were not (straight through), but for values that were clipped. Weights have a step for each
output channel, symmetric around 0; activations have one step and a zero point.

A batch normalisation behind a layer stays as it is while learning, with the batch's statistics. It multiplies each
output channel by one number, as the step of that channel's weights does, so that the same whole numbers come out
whether it is folded into them before or after they are rounded: files have it folded.
"""

from collections import Counter
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from kdstudio.models.zoo.joints import Bits, Mean, Sum

MOST, LARGEST = 255, 127  # the largest activation, counted from 0, and the largest weight on both sides of 0
MOMENTUM = 0.01  # how much of a batch's range goes into the average over batches
_SMALLEST = 1e-12  # step of what is always 0


class Rounding(nn.Module):
    """Rounds activations to 256 steps over the `range` (2,) that they have: lowest and highest, 0 always among them.

    While it learns, the range follows those of the batches as a moving average.
    """

    range: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("range", torch.zeros(2))

    def forward(self, values: Tensor) -> Tensor:
        """Return the nearest values that 8 bits can hold, of the same shape."""
        if self.training:
            seen = torch.stack(torch.aminmax(values.detach())).to(self.range)
            self.range.lerp_(seen, MOMENTUM)
        step, zero = self.steps()
        return torch.fake_quantize_per_tensor_affine(values, step, zero, 0, MOST)

    def steps(self) -> tuple[Tensor, Tensor]:
        """Return how far two neighbouring values are apart, and which of the 256 is 0 (int32)."""
        low, high = self.range[0].clamp(max=0), self.range[1].clamp(min=0)
        step = ((high - low) / MOST).clamp(min=_SMALLEST)
        return step, (-low / step).round().clamp(0, MOST).to(torch.int32)


def weight_steps(weight: Tensor) -> Tensor:
    """Return for each output channel of a weight (c, …) how far two neighbouring values are apart, (c,)."""
    return (weight.detach().flatten(1).abs().amax(1) / LARGEST).clamp(min=_SMALLEST)


def _rounded(weight: Tensor) -> Tensor:
    steps = weight_steps(weight)
    zeros = torch.zeros_like(steps, dtype=torch.int32)
    return torch.fake_quantize_per_channel_affine(weight, steps, zeros, 0, -LARGEST, LARGEST)


class RoundedConv2d(nn.Conv2d):
    """A convolution with rounded inputs and weights."""

    given: Rounding

    def forward(self, input: Tensor) -> Tensor:
        """Return what the convolution gives for rounded inputs."""
        answer: Tensor = self._conv_forward(self.given(input), _rounded(self.weight), self.bias)
        return answer


class RoundedLinear(nn.Linear):
    """A linear layer with rounded inputs and weights."""

    given: Rounding

    def forward(self, input: Tensor) -> Tensor:
        """Return what the layer gives for rounded inputs."""
        return nn.functional.linear(self.given(input), _rounded(self.weight), self.bias)


class RoundedMean(Mean):
    """An average over rounded values."""

    given: Rounding

    def forward(self, inputs: Tensor) -> Tensor:
        """Return (N, c) of maps (N, c, h, w)."""
        return super().forward(self.given(inputs))


class RoundedSum(Sum):
    """A sum of rounded values."""

    given: Rounding
    beside: Rounding

    def forward(self, made: Tensor, kept: Tensor) -> Tensor:
        """Return the sum."""
        return super().forward(self.given(made), self.beside(kept))


ROUNDED: dict[type[nn.Module], type[nn.Module]] = {
    nn.Conv2d: RoundedConv2d,
    nn.Linear: RoundedLinear,
    Mean: RoundedMean,
    Sum: RoundedSum,
}
ROUNDED_LAYERS = (RoundedConv2d, RoundedLinear)


def unknown(module: nn.Module) -> list[str]:
    """Return the kinds of layers with weights of which no rounded ones are known, each once."""
    own = (one for one in module.modules() if any(True for _ in one.parameters(recurse=False)))
    return sorted({type(one).__name__ for one in own if type(one) not in ROUNDED and not isinstance(one, _BatchNorm)})


def labelled(label: str, bits: Bits | None) -> str:
    """Return a network's name with what it rounds to."""
    return label if bits is None else f"{label}, {bits.removeprefix('int')} bits"


def put_rounding(module: nn.Module, input_shape: tuple[int, ...]) -> None:
    """Let a network of inputs (N, *input_shape) round, in place; its weights and their names stay.

    The ranges are 0 to 0: they must be filled in, from a file or from what the plain network computes.
    """
    folds = folded(module, input_shape)
    for name, one in list(module.named_modules()):
        if type(one) in ROUNDED:
            one.__class__ = ROUNDED[type(one)]  # as torch.nn.utils.parametrize does: state, hooks and mode stay
            one.given = Rounding()
            if isinstance(one, RoundedSum):
                one.beside = Rounding()
        elif isinstance(one, _BatchNorm) and name not in folds:
            one.given = Rounding()
            one.register_forward_pre_hook(_round_given)  # its forward may be exchanged where devices train together


def settle(module: nn.Module) -> None:
    """Let a network that rounds keep its weights as they are rounded and its ranges as they are, in place.

    It answers as before, with operators that every program of torch may have, and does not learn any more.
    """
    for one in list(module.modules()):
        if isinstance(one, ROUNDED_LAYERS):
            one.weight = nn.Parameter(_rounded(one.weight).detach(), requires_grad=False)
            one.register_forward_pre_hook(_round_given)
            one.__class__ = type(one).__bases__[0]
    for name, rounding in roundings(module).items():
        module.set_submodule(name, _Settled(rounding))


class _Settled(nn.Module):
    """Rounds as a Rounding does in evaluation mode, in small operations."""

    step: Tensor
    zero: Tensor

    def __init__(self, rounding: Rounding) -> None:
        super().__init__()
        step, zero = rounding.steps()
        self.register_buffer("step", step)
        self.register_buffer("zero", zero.float())

    def forward(self, values: Tensor) -> Tensor:
        whole = ((values * self.step.reciprocal()).round() + self.zero).clamp(0, MOST)
        return (whole - self.zero) * self.step


def roundings(module: nn.Module) -> dict[str, Rounding]:
    """Return what rounds activations in a network, by name."""
    return {name: one for name, one in module.named_modules() if isinstance(one, Rounding)}


def folded(module: nn.Module, input_shape: tuple[int, ...]) -> dict[str, str]:
    """Return the batch normalisations whose inputs are what one layer gives, and nothing else sees; with that layer.

    Found by asking the network about one input of zeros and looking at who is given whose answer.
    """
    flow = _Flow({}, Counter(), {}, [])
    handles = []
    for name, one in module.named_modules():
        if not any(True for _ in one.children()) or isinstance(one, ROUNDED_LAYERS):
            handles.append(one.register_forward_pre_hook(lambda _, given, name=name: flow.enters(name, given)))
        if isinstance(one, nn.Conv2d | nn.Linear):
            handles.append(one.register_forward_hook(lambda _, __, answer, name=name: flow.leaves(name, answer)))
    was_training = module.training
    device = next(module.parameters()).device
    try:
        with torch.no_grad():
            module.eval()(torch.zeros(1, *input_shape, device=device))
    finally:
        module.train(was_training)
        for handle in handles:
            handle.remove()
    norms = {name for name, one in module.named_modules() if isinstance(one, _BatchNorm)}
    return {name: layer for name, (layer, mark) in flow.givers.items() if name in norms and flow.seen[mark] == 1}


@dataclass(frozen=True, slots=True)
class _Flow:
    """Who gave what to whom. A tensor is told by its place and by how often it was changed there."""

    made: dict[tuple[int, int], str]
    seen: Counter[tuple[int, int]]
    givers: dict[str, tuple[str, tuple[int, int]]]
    alive: list[Tensor]  # or places would be used again

    def enters(self, name: str, given: tuple[Tensor, ...]) -> None:
        self.alive.extend(given)
        for one in given:
            mark = (id(one), one._version)
            self.seen[mark] += 1
            if mark in self.made:
                self.givers[name] = (self.made[mark], mark)

    def leaves(self, name: str, answer: Tensor) -> None:
        self.alive.append(answer)
        self.made[id(answer), answer._version] = name


def _round_given(norm: nn.Module, given: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    rounding = norm.given
    assert isinstance(rounding, nn.Module)
    return (rounding(given[0]), *given[1:])
