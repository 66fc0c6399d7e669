"""What a run would use without what it learns from: for a baseline, and for the first generation of a chain."""

from collections.abc import Sequence

from kdstudio.methods.base import OWN
from kdstudio.methods.catalogue import METHODS
from kdstudio.recipe.choices import MethodChoice


def without_knowledge(methods: Sequence[MethodChoice]) -> tuple[MethodChoice, ...]:
    """Return those methods that use neither a teacher nor what stands in for one."""
    return tuple(
        choice
        for choice in methods
        if not METHODS[choice.method].needs.teacher and METHODS[choice.method].family not in OWN and choice.weight > 0
    )


def methods_alone(methods: Sequence[MethodChoice]) -> tuple[MethodChoice, ...]:
    """Return what is left without a teacher: the plain terms with their shares made whole."""
    free = without_knowledge(methods)
    total = sum(choice.weight for choice in free)
    if not free:
        return (MethodChoice(method="hard_labels"),)
    return tuple(choice.model_copy(update={"weight": choice.weight / total}) for choice in free)
