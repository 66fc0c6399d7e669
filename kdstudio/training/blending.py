"""How much each of several teachers counts, and what is wrong with what the recipe says of it."""

from collections.abc import Sequence

from kdstudio.core.errors import Problem
from kdstudio.recipe.recipe import Blend


def blend_weights(blend: Blend, accuracies: Sequence[float | None]) -> tuple[tuple[float, ...], list[Problem]]:
    """Return one weight a teacher, from the recipe or from held-out accuracies, and every problem with that."""
    count, given = len(accuracies), blend.weights
    if given is not None and (len(given) != count or sum(given) <= 0):
        hint = "Give one number for each teacher, not all of them 0, or leave the weights out."
        return (), [Problem(message=f"{len(given)} weights for {count} teachers", where="blend.weights", hint=hint)]
    if given is not None or blend.rule != "accuracy":
        return given or (1.0,) * count, []
    if any(accuracy is None for accuracy in accuracies):
        hint = "Give the weights yourself, or blend by probabilities."
        message = "there are no labels to tell how often each teacher is right"
        return (), [Problem(message=message, where="blend.rule", hint=hint)]
    return tuple(round(float(accuracy or 0.0), 4) for accuracy in accuracies), []
