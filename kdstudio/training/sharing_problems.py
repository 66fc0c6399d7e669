"""What a person must know before several processes train a run together."""

from collections.abc import Iterator

import torch

from kdstudio.core.errors import InvalidRecipe, Problem
from kdstudio.methods.catalogue import method
from kdstudio.models.programs.inputs import Arranged
from kdstudio.recipe.choices import MethodChoice
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
    if group.split is not None and (problems := [*_unsplit(ready)]):
        raise InvalidRecipe(problems)
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


def of_devices(wanted: int, group: Group) -> Iterator[Problem]:
    """Yield that a run trains on one device where its recipe wants several, as each of a sweep does."""
    if wanted > 1 and group.size == 1:
        message = f"this run trains on one device, and its recipe wants {wanted}"
        yield Problem(message=message, where="devices", severity="note")


def _unsplit(ready: Ready) -> Iterator[Problem]:
    """Yield what keeps a run's students from being split, which each device is to have a part of."""
    recipe, hint = ready.recipe, "Use --strategy ddp, where each device has the whole student."
    students = [ready.student, *ready.peers, *(stage.model for stage in ready.stages)]
    if any(isinstance(one.module, Arranged | torch.jit.ScriptModule) for one in students):
        yield Problem(message="a program of others cannot be split among devices", where="student", hint=hint)
    if any(getattr(part, "layerdrop", 0) for one in students for part in one.module.modules()):
        message = "a student that leaves out layers by chance (layerdrop) would leave out others on each device"
        yield Problem(message=message, where="student", hint=hint)
    if any(one.kind == "ema" for one in recipe.teachers):
        message = "the average of a student needs the whole student on each device after every step"
        yield Problem(message=message, where="teachers", hint=hint)
    asking = [choice.method for choice in recipe.methods if _asks(choice)]
    if asking:
        message = f"{' and '.join(asking)} asks the student about inputs of its own, which a part of it cannot answer"
        yield Problem(message=message, where="methods", hint=hint)
    if recipe.precision == "float16":
        hint = "Use bfloat16, which has the range of single precision, or --strategy ddp."
        message = "float16 scales gradients by the largest of them all, and each device has a part"
        yield Problem(message=message, where="precision", hint=hint)


def _asks(choice: MethodChoice) -> bool:
    needs = method(choice).needs
    return needs.asks or not needs.inputs


def recipe_size(ready: Ready) -> int:
    """Return how many inputs the largest batch has."""
    return min(ready.recipe.batch, len(ready.splits.train))
