"""Whether a run stores its teacher's answers, what of them, and the room that takes: known before it begins."""

import torch

from kdstudio.core.errors import Problem
from kdstudio.methods.catalogue import METHODS, method
from kdstudio.models.measure import measure
from kdstudio.recipe.augmenting import AugmentationChoice
from kdstudio.recipe.choices import CacheChoice
from kdstudio.recipe.recipe import Recipe
from kdstudio.training.batches import CHUNK
from kdstudio.training.cache_folder import answers_folder, room
from kdstudio.training.device import choose_threads, free_memory
from kdstudio.training.layers import LayerShapes
from kdstudio.training.learner import layers_of
from kdstudio.training.opened import Ready
from kdstudio.training.stored_form import Form

_WORTH_TELLING = 1_000_000  # bytes


def views_shown(recipe: Recipe) -> int:
    """Return how many views of an input a run shows: each epoch another one where they are endless."""
    views = recipe.augmentation.views
    if views == "auto":
        views = "endless" if recipe.augmentation.is_on else 1
    return views if isinstance(views, int) else recipe.epochs if recipe.augmentation.is_on else 1


def teacher_layers(recipe: Recipe) -> tuple[str, ...]:
    """Return the teacher's layers that the methods look at."""
    return layers_of(method(choice) for choice in recipe.methods)[1]


def layer_shapes(recipe: Recipe, shapes: LayerShapes) -> tuple[tuple[int, ...], ...]:
    """Return the shape of what each of them gives for one input."""
    return tuple(shapes.teacher[layer] for layer in teacher_layers(recipe) if layer in shapes.teacher)


def cache_bytes(ready: Ready, recipe: Recipe) -> int:
    """Return the room that the stored answers to all views of the training inputs take."""
    form = Form(recipe.cache, ready.student.spec.classes, ready.dataset.task)
    row = form.bytes_a_row(layer_shapes(recipe, ready.shapes))
    return views_shown(recipe) * len(ready.splits.train) * row


def can_cache(ready: Ready, recipe: Recipe) -> bool:
    """Whether answers can be stored: not where nobody teaches, the teacher learns meanwhile, or layers are of texts.

    What a layer gives for a text is as long as the longest text beside it, and so is what a language model answers.
    """
    if not recipe.teachers or (ready.teacher is None and not ready.stages):
        return False
    needs = [METHODS[choice.method].needs for choice in recipe.methods]
    if not any(one.teacher and one.inputs for one in needs):
        return False
    if ready.student.per_token:
        return False
    layers = teacher_layers(recipe)
    return not layers or (ready.dataset.kind != "text" and len(layer_shapes(recipe, ready.shapes)) == len(layers))


def chosen_cache(ready: Ready, recipe: Recipe) -> bool | CacheChoice:
    """Return how the recipe stores answers, without `auto`; False where it does not."""
    if not can_cache(ready, recipe) or recipe.teacher_cache is False:
        return False
    if recipe.teacher_cache == "auto":
        size, memory = cache_bytes(ready, recipe), free_memory(torch.device("cpu"))
        fits = size < memory and (not teacher_layers(recipe) or size < room())  # from memory rows are read at random
        if not fits or views_shown(recipe) >= max(2, recipe.epochs) or not _is_fixed(recipe.augmentation):
            return False
    choice = recipe.cache
    if choice.threads == "auto" and recipe.threads == "auto" and ready.teacher is not None:
        choice = choice.model_copy(update={"threads": choose_threads(measure(ready.teacher).macs or 0, CHUNK)})
    return True if choice == CacheChoice() else choice


def cache_told(ready: Ready, recipe: Recipe) -> list[Problem]:
    """Return where the answers will be kept, with the room they take; or why they are not, where that was wanted."""
    if recipe.teacher_cache is False:
        return []
    if chosen_cache(ready, recipe) is False:
        if recipe.teacher_cache == "auto":
            return []
        message = "the teacher's answers cannot be stored: it learns meanwhile, writes text, or its layers are of texts"
        if not recipe.teachers:
            message = "there are no teacher's answers to store"
        return [Problem(message=message, where="teacher_cache", severity="warning")]
    size, views = cache_bytes(ready, recipe), views_shown(recipe)
    if size < _WORTH_TELLING:
        return []
    folder = answers_folder()
    where = f"in {folder}" if folder is not None and size <= room() else "in memory"
    count = f"{views} views" if views > 1 else "one view"
    amount = f"{size / 1e9:,.1f} GB" if size >= 1e9 else f"{size / 1e6:,.0f} MB"
    message = f"the teacher's answers to {count} of {len(ready.splits.train):,} inputs take {amount} {where}"
    return [Problem(message=message, where="teacher_cache", severity="note")]


def _is_fixed(choice: AugmentationChoice) -> bool:
    return not choice.is_on or isinstance(choice.views, int)
