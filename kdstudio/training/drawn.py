"""Both networks of a recipe and the pairs of their layers, as the window draws them."""

from collections.abc import Mapping
from typing import Any

from kdstudio.methods.catalogue import METHODS, method
from kdstudio.methods.layer_method import LayerMethod
from kdstudio.models.attention import ATTENTION
from kdstudio.models.pairs import Shapes, is_outermost
from kdstudio.models.taps import EMBEDDED
from kdstudio.recipe.choices import MethodChoice
from kdstudio.training.layers import unfit
from kdstudio.training.opened import Opened


def drawn(opened: Opened) -> dict[str, Any] | None:
    """Return the layers of student and teacher with their shapes, front to back, and what each method pairs.

    None where no method pairs layers, or they cannot be seen. A layer is {name, shape, is_inside}: whether it is a
    part of another one. For each method that pairs layers, by its place in the recipe, there are its name, the `pairs`
    [student's, teacher's, what stands between], also where the recipe leaves them open; the layers of each side that
    it cannot look at (`closed`), with the reason; and the `misfits` [student's, teacher's, why] among the others.
    """
    ours, theirs = _layers(opened.shapes.student), _layers(opened.shapes.teacher)
    if not ours or not theirs:
        return None
    methods = {str(at): _method(choice, opened) for at, choice in enumerate(opened.recipe.methods) if _pairs(choice)}
    return {"student": _listed(ours), "teacher": _listed(theirs), "methods": methods}


def _pairs(choice: MethodChoice) -> bool:
    return issubclass(METHODS[choice.method], LayerMethod)


def _layers(shapes: Mapping[str, tuple[int, ...]]) -> Shapes:
    """Return what can be a part of a pair, the embedded tokens first."""
    found = {name: shape for name, shape in shapes.items() if not name.endswith(ATTENTION)}
    first = {EMBEDDED: found.pop(EMBEDDED)} if EMBEDDED in found else {}
    return {**first, **found}


def _listed(layers: Shapes) -> list[dict[str, Any]]:
    return [
        {"name": name, "shape": list(shape), "is_inside": not is_outermost(name, layers)}
        for name, shape in layers.items()
    ]


def _method(choice: MethodChoice, opened: Opened) -> dict[str, Any]:
    ours, theirs = dict(opened.shapes.student), dict(opened.shapes.teacher)
    made = method(choice)
    assert isinstance(made, LayerMethod)
    closed = {side: unfit(choice, shapes) for side, shapes in (("student", ours), ("teacher", theirs))}
    pairs = []
    for own, other in () if made.pairs == "auto" else made.pairs:
        if own in ours and other in theirs:
            is_open = own not in closed["student"] and other not in closed["teacher"]
            pairs.append([own, other, made.bridge(ours[own], theirs[other]) if is_open else ""])
    misfits = [
        [own, other, reason]
        for own in _layers(opened.shapes.student)
        for other in _layers(opened.shapes.teacher)
        if own not in closed["student"] and other not in closed["teacher"]
        if (reason := made.misfit(ours, theirs, own, other))
    ]
    return {"method": choice.method, "pairs": pairs, "closed": closed, "misfits": misfits}
