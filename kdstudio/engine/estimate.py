"""What a run would take: seconds by timing a few steps, bytes by counting."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from kdstudio.methods.losses import cross_entropy
from kdstudio.models.model import Model
from kdstudio.recipe.recipe import Recipe
from kdstudio.training.observe import kept_epochs
from kdstudio.training.opened import Ready
from kdstudio.training.stages import stage_recipe

STEPS = 3


def estimate(ready: Ready) -> dict[str, Any]:
    """Return `seconds`, `memory_bytes`, `disk_bytes` and `why` for a run of the opened recipe on the CPU.

    Seconds are measured on a few real steps with one thread. Dropout stays off in them: it would draw from torch's
    default generator, which belongs to the training thread.
    """
    recipe, splits, student = ready.recipe, ready.splits, ready.student
    size = min(recipe.batch_size, len(splits.train))
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
    asked = [batches * _views(recipe, each) for each in epochs]
    rows = len(splits.validation) * student.spec.classes
    bytes_each = max(inputs.nbytes / size, 1 if values.dtype == object else values.nbytes / size)
    data = int(sum(len(part) for part in _parts(ready)) * bytes_each)
    kept = [rows * (2 * len(kept_epochs(each)) + 8) for each in epochs]
    weights = sum(count * model.bytes for count, model in zip(counts, models, strict=True))
    return {
        "seconds": sum(batches * n * count * each for n, count, each in zip(epochs, counts, learning, strict=True))
        + sum(n * each for n, each in zip(asked, answering, strict=True)),
        "memory_bytes": 350_000_000 + data + 6 * weights + 12 * inputs.nbytes,
        "disk_bytes": 5 * weights + sum(count * each for count, each in zip(counts, kept, strict=True)),
        "why": f"{recipe.epochs * batches:,} steps of {learning[-1] * 1000:.1f} ms for each of {learners} students"
        f"{_before(ready, epochs, learning, batches)}, measured on {STEPS} steps with one CPU thread; "
        f"{_asked(ready, answering[0])}.",
    }


def _views(recipe: Recipe, epochs: int) -> int:
    """Return how often a teacher is asked about an input in a stage of `epochs`."""
    views = recipe.augmentation.views
    return views if isinstance(views, int) else epochs if recipe.augmentation.is_on else 1


def _before(ready: Ready, epochs: Sequence[int], learning: Sequence[float], batches: int) -> str:
    """Return the steps of the stages before the last in words, nothing where there are none."""
    if not ready.stages:
        return ""
    seconds = sum(batches * n * each for n, each in zip(epochs[:-1], learning[:-1], strict=True))
    return f" in the last of {len(epochs)} stages, {seconds:.0f} s in those before"


def _asked(ready: Ready, seconds: float) -> str:
    if ready.teacher is None and ready.stages and ready.stored is None:
        return "each generation teaches the next"
    return "the teacher's answers are stored" if ready.stored else f"the teacher needs {seconds * 1000:.1f} ms a batch"


def _parts(ready: Ready) -> tuple[Any, ...]:
    return (ready.splits.train, ready.splits.validation, ready.splits.test)


def _prepared(model: Model, values: np.ndarray) -> torch.Tensor:
    return model.preprocessing.apply(model.preprocessing.raw(values))


def _learning(model: Model, inputs: torch.Tensor) -> float:
    """Return the seconds of one step of a student."""

    def step() -> None:
        logits = model.output.logits(model.module(inputs))
        torch.autograd.backward(cross_entropy(logits, torch.zeros(len(inputs), dtype=torch.int64)))
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
