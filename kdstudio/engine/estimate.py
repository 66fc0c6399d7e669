"""What a run would take: seconds by timing a few steps, bytes by counting."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from kdstudio.methods.losses import cross_entropy
from kdstudio.models.model import Model
from kdstudio.recipe.recipe import Recipe
from kdstudio.training.cache_choice import cache_bytes, chosen_cache, views_shown
from kdstudio.training.cache_folder import answers_folder
from kdstudio.training.observe import kept_epochs
from kdstudio.training.opened import Ready
from kdstudio.training.passages import NUMBERS
from kdstudio.training.stages import stage_recipe

STEPS = 3


def estimate(ready: Ready) -> dict[str, Any]:
    """Return `seconds`, `memory_bytes`, `disk_bytes` and `why` for a run of the opened recipe on the CPU.

    Seconds are measured on a few real steps with one thread. Dropout stays off in them: it would draw from torch's
    default generator, which belongs to the training thread.
    """
    recipe, splits, student = ready.recipe, ready.splits, ready.student
    size = min(recipe.batch, len(splits.train))
    values = splits.train.read(np.arange(size))
    inputs = _prepared(student, values)
    learners = (2 if recipe.baseline and ready.is_taught else 1) + len(ready.peers)
    models = [*(stage.model for stage in ready.stages), student]  # who learns, stage by stage
    epochs = [*(stage_recipe(recipe, at).epochs for at in range(len(ready.stages))), recipe.epochs]
    counts = [*(1 for _ in ready.stages), learners]
    teachers = [ready.teacher, *models[:-1]]
    batches = max(1, len(splits.train) // size)
    learning = [_learning(model, _prepared(model, values)) for model in models]
    answering = [_answering(teacher, values) if teacher is not None else 0.0 for teacher in teachers]
    stores = ready.stored is None and chosen_cache(ready, recipe) is not False
    asked = [batches * (min(views_shown(recipe), each) if stores else each) for each in epochs]
    rows = NUMBERS if student.per_token else len(splits.validation) * student.spec.classes
    bytes_each = max(inputs.nbytes / size, 1 if values.dtype == object else values.nbytes / size)
    data = int(sum(len(part) for part in _parts(ready)) * bytes_each)
    kept = [rows * (2 * len(kept_epochs(each)) + 8) for each in epochs]
    weights = sum(count * model.bytes for count, model in zip(counts, models, strict=True))
    return {
        "seconds": sum(batches * n * count * each for n, count, each in zip(epochs, counts, learning, strict=True))
        + sum(n * each for n, each in zip(asked, answering, strict=True)),
        "memory_bytes": recipe.devices * (350_000_000 + data + 6 * weights) + 12 * inputs.nbytes,
        "disk_bytes": 5 * weights
        + sum(count * each for count, each in zip(counts, kept, strict=True))
        + (cache_bytes(ready, recipe) if stores else 0),
        "why": f"{recipe.epochs * batches:,} steps of {learning[-1] * 1000:.1f} ms for each of {learners} students"
        f"{_before(ready, epochs, learning, batches)}, measured on {STEPS} steps with one CPU thread; "
        f"{_asked(ready, answering[0], stores)}.{_open(recipe)}",
    }


def _before(ready: Ready, epochs: Sequence[int], learning: Sequence[float], batches: int) -> str:
    """Return the steps of the stages before the last in words, nothing where there are none."""
    if not ready.stages:
        return ""
    seconds = sum(batches * n * each for n, each in zip(epochs[:-1], learning[:-1], strict=True))
    return f" in the last of {len(epochs)} stages, {seconds:.0f} s in those before"


def _open(recipe: Recipe) -> str:
    """Return what the numbers assume where the recipe leaves the batch open, or several devices share the steps."""
    batch = f" They are for batch {recipe.batch}; the run finds its own." if recipe.batch_size == "auto" else ""
    alone = f" The time is that of one device; {recipe.devices} share the steps, each with memory of its own."
    return batch + (alone if recipe.devices > 1 else "")


def _asked(ready: Ready, seconds: float, stores: bool) -> str:
    """Return in words what the teacher takes, and what storing its answers saves."""
    if ready.teacher is None and ready.stages and ready.stored is None:
        return "each generation teaches the next"
    if ready.stored:
        return "the teacher's answers are stored"
    each = f"the teacher needs {seconds * 1000:.1f} ms a batch"
    if ready.teacher is None or not stores:
        return each
    views, epochs = views_shown(ready.recipe), ready.recipe.epochs
    shown = f"{views} views of an input" if views > 1 else "an input once"
    size = cache_bytes(ready, ready.recipe)
    room = f"{size / 1e9:,.1f} GB" if size >= 1e9 else f"{max(size / 1e6, 0.1):,.1f} MB"
    return (
        f"{each} and is asked about {shown} instead of in each of {epochs} epochs, or not at all where the answers are "
        f"there from an earlier run: they take {room} in {answers_folder() or 'memory'}"
    )


def _parts(ready: Ready) -> tuple[Any, ...]:
    return (ready.splits.train, ready.splits.validation, ready.splits.test)


def _prepared(model: Model, values: np.ndarray) -> torch.Tensor:
    return model.preprocessing.apply(model.preprocessing.raw(values))


def _learning(model: Model, inputs: torch.Tensor) -> float:
    """Return the seconds of one step of a student."""

    def step() -> None:
        logits = model.output.logits(model.module(inputs))
        torch.autograd.backward(cross_entropy(logits, torch.zeros(logits.shape[:-1], dtype=torch.int64)))
        model.module.zero_grad(set_to_none=True)

    return _quickest(model, step)


def _answering(model: Model, values: np.ndarray) -> float:
    """Return the seconds of a teacher's answers to a batch; a committee's members answer one after the other."""
    with torch.inference_mode():
        return _quickest(model, lambda: model.respond(values))


def _quickest(model: Model, act: Callable[[], object]) -> float:
    model.module.eval()
    times = []
    for _ in range(STEPS):
        began = time.perf_counter()
        act()
        times.append(time.perf_counter() - began)
    return min(times)
