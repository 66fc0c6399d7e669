"""Building modules without touching torch's default generator, which belongs to the training thread.

Building one `nn.Linear` the usual way draws from the process-wide generator and would change a run that trains at the
same time. So modules are built on `meta`, where nothing is drawn, and then filled: with the weights of a file, or from
a generator of their own.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from pydantic import ValidationError
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from kdstudio.core.errors import InvalidRecipe, ModelError, Problem
from kdstudio.core.registry import Registry
from kdstudio.models.foreign import FOREIGN
from kdstudio.models.head import Reused, put_head
from kdstudio.models.rounding import put_rounding
from kdstudio.models.zoo.base import Architecture, InputShape
from kdstudio.models.zoo.joints import Bits

ARCHITECTURES: Registry[type[Architecture]] = Registry("kdstudio.models.zoo", "ARCHITECTURE")


def architecture(name: str, knobs: Mapping[str, Any]) -> Architecture:
    """Return the knobs of an architecture; raises ModelError for a name and InvalidRecipe for knobs that are wrong."""
    if name not in FOREIGN and name not in ARCHITECTURES:
        known = ", ".join(ARCHITECTURES)
        raise ModelError(f"there is no architecture called {name!r}", hint=f"Use one of: {known}.")
    try:
        return (FOREIGN.get(name) or ARCHITECTURES[name]).model_validate(dict(knobs))
    except ValidationError as error:
        found = [
            Problem(message=item["msg"], where=".".join(("student.knobs", *map(str, item["loc"]))))
            for item in error.errors(include_url=False)
        ]
        raise InvalidRecipe(found) from error


def name_of(knobs: Architecture) -> str:
    """Return the registered name of an architecture's class."""
    return next(name for name, known in (*FOREIGN.items(), *ARCHITECTURES.items()) if known is type(knobs))


def empty(
    knobs: Architecture, input_shape: InputShape, classes: int, reused: Reused | None = None, bits: Bits | None = None
) -> nn.Module:
    """Return the module on the `meta` device: names and shapes, no numbers.

    Its last layer may be one of a teacher; with `bits` it rounds what it computes with.
    """
    with torch.device("meta"):
        module = knobs.build(input_shape, classes)
        if reused is not None:
            put_head(module, reused)
        if bits is not None:
            put_rounding(module, input_shape)
        return module


def fill(module: nn.Module, tensors: dict[str, Tensor]) -> nn.Module:
    """Give a `meta` module its weights; batch counters, which old files lack, start at 0. Returns it in eval mode."""
    counters = {
        name: torch.zeros((), dtype=torch.int64)
        for name in module.state_dict()
        if name.endswith("num_batches_tracked") and name not in tensors
    }
    restore(module, tensors | counters)
    return module.eval()


def restore(module: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Give a module the weights of a file in which those that layers share stand once."""
    shared = {name: tensors[first] for name, first in twins(module.state_dict()).items() if first in tensors}
    on_meta = any(parameter.is_meta for parameter in module.parameters())
    module.load_state_dict({**tensors, **shared}, assign=on_meta)


def twins(state: Mapping[str, Tensor]) -> dict[str, str]:
    """Return the names of weights that are the very numbers of an earlier one, with the name of that one."""
    first: dict[tuple[int, tuple[int, ...], tuple[int, ...]], str] = {}
    found = {}
    for name, tensor in state.items():
        if tensor.is_meta or not tensor.numel():
            continue
        same = first.setdefault((tensor.data_ptr(), tuple(tensor.shape), tensor.stride()), name)
        if same != name:
            found[name] = same
    return found


def initialise(module: nn.Module, seed: int) -> nn.Module:
    """Give a `meta` module new weights that depend on `seed` alone. Returns it in eval mode.

    He initialisation for layers that a ReLU follows (He et al. 2015), torch's usual bounds for the last layer and for
    a GRU, 1 and 0 for norms, uniform within ±0.25 for words and 0 for padding (Kim 2014). Raises ModelError for a layer
    of another kind, which would keep whatever was in its memory.
    """
    generator = torch.Generator().manual_seed(seed)
    module.to_empty(device="cpu")
    weighted = [layer for layer in module.modules() if isinstance(layer, _WEIGHTED)]
    for layer in weighted:
        if isinstance(layer, nn.Embedding):
            nn.init.uniform_(layer.weight, -_WORD_BOUND, _WORD_BOUND, generator=generator)
            layer._fill_padding_idx_with_zero()
            continue
        if layer is weighted[-1]:
            nn.init.kaiming_uniform_(layer.weight, a=5**0.5, generator=generator)
        else:
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu", generator=generator)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
    for other in module.modules():
        if isinstance(other, nn.GRU):
            for weight in other.parameters():
                nn.init.uniform_(weight, -(other.hidden_size**-0.5), other.hidden_size**-0.5, generator=generator)
        elif isinstance(other, _NORMS):
            other.reset_parameters()
        elif not isinstance(other, _WEIGHTED) and any(True for _ in _own(other)):
            hint = f"Build it from {', '.join(kind.__name__ for kind in _WEIGHTED)} and norms."
            raise ModelError(f"new weights for {type(other).__name__} are not known", hint=hint)
    return module.eval()


_WEIGHTED = (nn.Conv1d, nn.Conv2d, nn.Linear, nn.Embedding)
_NORMS = (_BatchNorm, nn.LayerNorm, nn.GroupNorm)
_WORD_BOUND = 0.25


def _own(layer: nn.Module) -> Iterator[Tensor]:
    yield from layer.parameters(recurse=False)
    yield from layer.buffers(recurse=False)
