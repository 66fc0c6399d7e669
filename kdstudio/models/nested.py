"""Finding the weights inside a checkpoint, under whatever name, and stripping what wrappers put before their names."""

from collections.abc import Iterator, Mapping
from typing import Any

from torch import Tensor

from kdstudio.core.errors import ModelError

_USUAL = ("state_dict", "model_state_dict", "model", "net", "network", "weights", "params", "student", "module")
_AVERAGED = ("ema", "swa", "averaged")
_WRAPPERS = ("module.", "_orig_mod.")  # DataParallel, torch.compile
_NOT_WEIGHTS = ("optim", "scheduler", "scaler", "rng")


def state_dict(content: Any) -> tuple[dict[str, Tensor], str]:
    """Return the weights in what a file held, and the name that they stood under (empty: they are the whole of it).

    Raises ModelError that says what the file holds where there are none.
    """
    if isinstance(content, Tensor):
        raise ModelError("the file holds one array and no model", hint="Save model.state_dict().")
    if not isinstance(content, Mapping):
        raise ModelError(f"the file holds a {type(content).__name__} and no weights", hint="Save model.state_dict().")
    if {"state", "param_groups"} <= content.keys():
        raise ModelError(
            "the file holds the state of an optimizer, not of a model", hint="Open the file with model.state_dict()."
        )
    found = sorted(_candidates(content), key=_rank)
    if not found:
        names = ", ".join(map(str, list(content)[:5])) or "nothing"
        raise ModelError(f"the file holds no weights (it has {names})", hint="Save model.state_dict().")
    name, tensors = found[0]
    return plain_names(tensors), name


def plain_names(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Strip what DataParallel, torch.compile and averaging put before every name."""
    tensors = {name: tensor for name, tensor in tensors.items() if name != "n_averaged"}
    for wrapper in _WRAPPERS * 2:
        if all(name.startswith(wrapper) for name in tensors):
            tensors = {name.removeprefix(wrapper): tensor for name, tensor in tensors.items()}
    return tensors


def _candidates(content: Mapping[Any, Any], name: str = "", depth: int = 0) -> Iterator[tuple[str, dict[str, Tensor]]]:
    tensors = {key: value for key, value in content.items() if isinstance(key, str) and isinstance(value, Tensor)}
    if any(tensor.is_floating_point() and tensor.dim() > 1 for tensor in tensors.values()):
        yield name, tensors
    for key, value in content.items():
        if isinstance(value, Mapping) and depth < 3 and not str(key).lower().startswith(_NOT_WEIGHTS):
            yield from _candidates(value, f"{name}.{key}".strip("."), depth + 1)


def _rank(found: tuple[str, dict[str, Tensor]]) -> tuple[bool, int, int, int]:
    """Plain before averaged weights, usual names first, then the one nearest to the outside, then the largest."""
    name, tensors = found
    last = name.rpartition(".")[2].lower()
    usual = _USUAL.index(last) if last in _USUAL else len(_USUAL)
    size = sum(tensor.numel() for tensor in tensors.values())
    return any(word in name.lower() for word in _AVERAGED), usual if name else 0, name.count("."), -size
