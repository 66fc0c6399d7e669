"""Weights grouped into layers, for architectures that are recognised under any naming."""

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from kdstudio.models.zoo.base import Shapes


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of a file: `name` before the last dot, what it is, and the shape of its weight."""

    name: str
    kind: Literal["conv", "linear", "norm"]
    shape: tuple[int, ...]
    parts: tuple[str, ...]  # "weight", "bias", "running_mean" ...

    def renamed(self, name: str) -> dict[str, str]:
        """Return {name in the file: name under `name`} for each part."""
        before = f"{self.name}." if self.name else ""
        return {before + part: f"{name}.{part}" for part in self.parts}


def layers(shapes: Shapes) -> list[Layer] | None:
    """Return the layers in the order of the file, or None where something is no conv, linear or batch-norm layer."""
    grouped: dict[str, dict[str, tuple[int, ...]]] = {}
    for key, shape in shapes.items():
        name, _, part = key.rpartition(".")
        grouped.setdefault(name, {})[part] = shape
    found = [_layer(name, parts) for name, parts in grouped.items()]
    return None if None in found else [layer for layer in found if layer is not None]


def by_number(found: list[Layer]) -> list[Layer]:
    """Return the layers in natural order (`fc2` before `fc10`): safetensors files are sorted by size or by letter."""
    return sorted(
        found, key=lambda layer: [(int(t), "") if t.isdigit() else (-1, t) for t in _TOKENS.findall(layer.name)]
    )


def is_chain(found: list[Layer]) -> bool:
    """Whether each linear layer takes what the one before it gives."""
    return all(before.shape[0] == after.shape[1] for before, after in pairwise(found))


_TOKENS = re.compile(r"\d+|\D+")


def _layer(name: str, parts: dict[str, tuple[int, ...]]) -> Layer | None:
    weight = parts.get("weight")
    if weight is None:
        return None
    if "running_mean" in parts and len(weight) == 1:
        return Layer(name, "norm", weight, tuple(parts))
    if len(weight) == 4 and set(parts) <= {"weight", "bias"}:
        return Layer(name, "conv", weight, tuple(parts))
    if len(weight) == 2 and set(parts) <= {"weight", "bias"}:
        return Layer(name, "linear", weight, tuple(parts))
    return None
