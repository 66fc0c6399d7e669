"""What a recipe leaves open, found before its run begins: `auto` values, some by measuring a few steps."""

from collections.abc import Generator
from copy import deepcopy
from dataclasses import replace

import torch

from kdstudio.core.errors import InvalidRecipe, Problem
from kdstudio.core.events import Event, Noticed
from kdstudio.methods.catalogue import METHODS
from kdstudio.models.measure import measure
from kdstudio.models.model import Model
from kdstudio.models.programs.inputs import Arranged
from kdstudio.recipe.recipe import Recipe
from kdstudio.training.batch_size import choose_batch_size
from kdstudio.training.batches import Tensors
from kdstudio.training.cache_choice import chosen_cache
from kdstudio.training.compiling import build, choose_compile, obstacle, refusal
from kdstudio.training.device import choose_threads, free_memory
from kdstudio.training.group import Group
from kdstudio.training.opened import Ready
from kdstudio.training.precision import choose_precision, precision_of


def resolved(ready: Ready, device: torch.device) -> Recipe:
    """Return the recipe without `auto`, so that the same file gives the same run."""
    recipe = ready.recipe
    augmentation = recipe.augmentation
    if augmentation.views == "auto":
        augmentation = augmentation.model_copy(update={"views": "endless" if augmentation.is_on else 1})
    recipe = recipe.model_copy(update={"augmentation": augmentation})
    cache, threads = chosen_cache(ready, recipe), recipe.threads
    if threads == "auto":
        threads = _threads(ready, recipe.batch, is_asked=cache is False)
    return recipe.model_copy(
        update={
            "task": ready.dataset.task,
            "device": str(device),
            "threads": threads,
            "teacher_cache": cache,
        }
    )


def sized(recipe: Recipe, ready: Ready, train: Tensors, device: torch.device) -> Generator[Event, object, Recipe]:
    """Return the recipe with the batch that a few steps show to be best, and the CPU threads that it is worth."""
    student, teacher = placed_copy(ready.student, device), None if recipe.teacher_cache else ready.teacher
    if teacher is not None:
        place(teacher, device)
    precision = precision_of(recipe)
    size, note = yield from choose_batch_size(student, teacher, train, precision, device, room=free_memory(device))
    yield Noticed(problem=note)
    threads = recipe.threads
    if ready.recipe.threads == "auto":
        threads = _threads(ready, size, is_asked=recipe.teacher_cache is False)
    return recipe.model_copy(update={"batch_size": size, "threads": threads})


def timed(
    recipe: Recipe, ready: Ready, train: Tensors, device: torch.device
) -> Generator[Event, object, tuple[Recipe, list[Problem]]]:
    """Return the recipe with the number format that a few steps show to be quickest, and a note where that is new."""
    if recipe.precision != "auto":
        return recipe, []
    if ready.student.spec.bits is not None:  # the steps of 8 bits are finer than bfloat16
        return recipe.model_copy(update={"precision": "float32"}), []
    steps = recipe.epochs * max(1, len(train) // recipe.batch)
    batch = train.batch(torch.arange(min(recipe.batch, len(train)), device=device))
    student, teacher = placed_copy(ready.student, device), None if recipe.teacher_cache else ready.teacher
    precision, why = yield from choose_precision(student, teacher, batch, steps, device)
    note = Problem(message=f"the arithmetic is in {precision}: {why}", where="precision", severity="note")
    return recipe.model_copy(update={"precision": precision}), [] if precision == "float32" else [note]


def made_quick(
    recipe: Recipe, ready: Ready, train: Tensors, device: torch.device, group: Group
) -> Generator[Event, object, tuple[Recipe, list[Problem]]]:
    """Return the recipe with whether steps are compiled, and a note where that was measured. Compiles where it says so.

    Raises InvalidRecipe where it says so and that cannot be.
    """
    reason = "several devices train together" if group.size > 1 else obstacle(ready, device)
    if recipe.compile is True and reason:
        raise InvalidRecipe([refusal(reason)])
    if recipe.compile is False or reason or len(train) < recipe.batch:  # no batch is whole
        return recipe.model_copy(update={"compile": False}), []
    batch = train.batch(torch.arange(recipe.batch, device=device))
    student, precision = placed_copy(ready.student, device), precision_of(recipe)
    if recipe.compile is True:
        yield from build(student, batch, precision, device)
        return recipe, []
    teacher, steps = None if recipe.teacher_cache else ready.teacher, recipe.epochs * (len(train) // recipe.batch)
    chosen, told = yield from choose_compile(student, teacher, batch, precision, steps, device)
    notes = [Problem(message=told, where="compile", severity="note")] if told else []
    return recipe.model_copy(update={"compile": chosen}), notes


def _threads(ready: Ready, batch: int, *, is_asked: bool) -> int:
    """Return the CPU threads that a step of so many inputs is worth, the teacher's part too where it `is_asked`."""
    needed = is_asked and any(METHODS[choice.method].needs.teacher for choice in ready.recipe.methods)
    teacher = [ready.teacher] if ready.teacher is not None and needed else []
    return choose_threads(max(measure(model).macs or 0 for model in [ready.student, *teacher]), batch)


def set_threads(recipe: Recipe, device: torch.device, group: Group) -> None:
    """Compute on a CPU with the threads of a resolved recipe, of which several processes have a share each."""
    if device.type == "cpu" and isinstance(recipe.threads, int):
        torch.set_num_threads(group.threads(recipe.threads))


def place(model: Model, device: torch.device) -> None:
    """Move a model to the device, in the layout in which its convolutions are quickest.

    That is channels last: 1.1 to 1.6 times on a CPU (tests/benchmarks/README.md). It follows the weights through the
    network.
    """
    model.module.to(device)
    if isinstance(model.module, Arranged):  # a program of others may rely on the layout that it was written for
        return
    for parameter in model.module.parameters():
        if parameter.dim() == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)


def placed_copy(student: Model, device: torch.device) -> Model:
    """Return one of the learners, all of which begin with the same weights, on the device."""
    copied = replace(student, module=deepcopy(student.module))
    place(copied, device)
    return copied
