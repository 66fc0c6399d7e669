"""A network of a wished size: the same family as another one, wider or narrower, counted without building weights."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from kdstudio.core.errors import ModelError
from kdstudio.models.build import ARCHITECTURES, architecture, empty, name_of
from kdstudio.models.model import Model
from kdstudio.models.shrink import depths, is_copied
from kdstudio.models.zoo.base import Architecture, InputShape
from kdstudio.recipe.choices import Shrink, StudentChoice

_NEAR = 0.1  # how far, as a logarithm, a size may be off before fewer layers are tried as well
_DEPTHS = (1.0, 0.75, 0.5, 0.25)
_SPAN = 2.0**20  # between the narrowest and the widest that is looked at
_STEPS = 13  # of halving that span: the width is found to a five-hundredth
_WIDTHS = ("width", "widen", "channels", "hidden", "filters")  # knobs that make a network wider


@dataclass(frozen=True, slots=True)
class Sized:
    """A student and the number of its weights."""

    choice: StudentChoice
    parameters: int

    def off(self, wanted: float) -> float:
        """Return how far it is from a wished number of weights, as the size of a logarithm."""
        return abs(math.log(self.parameters / wanted))


def smaller(teacher: Model, wanted: float, shape: InputShape, classes: int) -> Sized:
    """Return the student of the teacher's family whose number of weights is closest to the wished one.

    It is as deep as the teacher where narrower is enough. A transformer keeps its width and has fewer layers. Raises
    ModelError where the family cannot be shrunk.
    """
    if is_copied(teacher):
        copies = [
            Sized(StudentChoice(shrink=Shrink(width=1.0, depth=share)), count) for share, count in depths(teacher)
        ]
        return min(copies, key=lambda one: one.off(wanted))
    if teacher.spec.architecture not in ARCHITECTURES:
        raise ModelError(f"a {teacher.format} model cannot be shrunk: how it is built is not known")
    family = architecture(teacher.spec.architecture, teacher.spec.knobs)
    found: list[Sized] = []
    for depth in _DEPTHS:
        found.append(_closest(partial(_narrower, family, depth), wanted, shape, classes, 1.0))
        if found[-1].off(wanted) < _NEAR:
            break
    return min(found, key=lambda one: one.off(wanted))


def resized(like: StudentChoice, wanted: float, shape: InputShape, classes: int) -> Sized:
    """Return a student of an architecture, as much wider or narrower as comes closest to a wished number of weights.

    Raises ModelError where it is no architecture, or has no knob that makes it wider.
    """
    if like.architecture is None:
        raise ModelError("the recipe's student is a file", hint="Choose an architecture: it can be made in any size.")
    family = architecture(like.architecture, like.knobs)
    if not any(name in type(family).model_fields for name in _WIDTHS):
        raise ModelError(f"{family.title} has no knob that makes it wider", hint="Choose another architecture.")
    return _closest(partial(_scaled, family), wanted, shape, classes, math.sqrt(_SPAN))


def _closest(
    make: Callable[[float], Architecture], wanted: float, shape: InputShape, classes: int, most: float
) -> Sized:
    """Return what comes closest of the networks made by a factor up to `most`; a greater one is never smaller."""
    low, high = math.log(most / _SPAN), math.log(most)
    found = [_sized(make(math.exp(one)), shape, classes) for one in (low, high)]
    for _ in range(_STEPS):
        middle = (low + high) / 2
        found.append(_sized(make(math.exp(middle)), shape, classes))
        low, high = (middle, high) if found[-1].parameters < wanted else (low, middle)
    return min(found, key=lambda one: one.off(wanted))


def _sized(knobs: Architecture, shape: InputShape, classes: int) -> Sized:
    choice = StudentChoice(architecture=name_of(knobs), knobs=knobs.model_dump(mode="json"))
    return Sized(choice, _count(knobs, shape, classes))


@lru_cache(maxsize=4096)
def _count(knobs: Architecture, shape: InputShape, classes: int) -> int:
    return sum(parameter.numel() for parameter in empty(knobs, shape, classes).parameters())


def _narrower(family: Architecture, depth: float, share: float) -> Architecture:
    return family.shrunk(share, depth)


def _scaled(family: Architecture, factor: float) -> Architecture:
    """Return the architecture with all its widths times a factor, each within the bounds of its knob."""
    known: dict[str, Any] = type(family).model_json_schema()["properties"]
    changed = {name: _within(getattr(family, name), factor, known[name]) for name in _WIDTHS if name in known}
    return type(family).model_validate(family.model_dump() | changed)


def _within(value: Any, factor: float, knob: dict[str, Any]) -> Any:
    if isinstance(value, tuple | list):
        return [_within(one, factor, knob.get("items", {})) for one in value]
    step = knob.get("multipleOf", 1)
    low, high = knob.get("minimum", 1), knob.get("maximum", math.inf)
    return int(min(high, max(low, step * round(value * factor / step))))
