"""What a person must know before several processes train a run together."""

from collections.abc import Iterator

from kdstudio.core.errors import InvalidRecipe, Problem
from kdstudio.methods.catalogue import method
from kdstudio.training.group import LEAST, Group
from kdstudio.training.opened import Ready
from kdstudio.training.sync_norm import NORMS


def problems_of(group: Group, ready: Ready) -> Iterator[Problem]:
    """Yield what to tell; raises InvalidRecipe where a run cannot be shared."""
    if group.size == 1:
        return
    size, recipe = recipe_size(ready), ready.recipe
    if size < LEAST * group.size:
        message = f"a batch of {size} inputs cannot be shared by {group.size} devices, with at least {LEAST} for each"
        hint = f"Choose a batch of at least {LEAST * group.size}; it is the batch of all devices together."
        raise InvalidRecipe([Problem(message=message, where="batch_size", hint=hint)])
    comparing = [choice.method for choice in recipe.methods if method(choice).splits == "batch"]
    if comparing and ready.student.preprocessing.takes == "text":
        message = (
            f"{' and '.join(comparing)} compares the inputs of a batch, and texts on several devices differ in length"
        )
        raise InvalidRecipe([Problem(message=message, where="methods", hint="Train on one device, or leave it out.")])
    if not group.syncs_norms and any(isinstance(one, NORMS) for one in ready.student.module.modules()):
        each = size // group.size
        message = f"batch normalisation sees each device's share: {each} inputs of the {size} of a batch"
        hint = "The result differs a little from one device; --sync-batch-norm lets it see them all."
        yield Problem(message=message, hint=hint, where="batch_size", severity="warning")


def recipe_size(ready: Ready) -> int:
    """Return how many inputs the largest batch has."""
    return min(ready.recipe.batch, len(ready.splits.train))
