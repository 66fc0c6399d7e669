"""What must hold for methods that ask teacher and student about images of their own making."""

from collections.abc import Iterator

from kdstudio.core.errors import Problem
from kdstudio.methods.catalogue import METHODS
from kdstudio.models.model import Model
from kdstudio.recipe.recipe import Recipe


def of_asking(recipe: Recipe, teacher: Model | None, kind: str) -> Iterator[Problem]:
    """Yield why a method cannot ask: it makes images, and its gradient goes back through the teacher to them."""
    for where, choice in recipe.every_method:
        if choice.method not in METHODS or not METHODS[choice.method].needs.asks:
            continue
        if kind != "image":
            message = f"{choice.method} makes images of its own, and this data holds none"
            yield Problem(message=message, where=where, hint="Use it with images, or choose another method.")
        if any(one.kind != "frozen" for one in recipe.teachers) or (teacher is not None and not teacher.layers):
            message = f"{choice.method} needs one teacher whose weights and layers can be seen"
            hint = "Choose a single model that was trained before, opened from its weights (a state dict, safetensors)."
            yield Problem(message=message, where=where, hint=hint)
