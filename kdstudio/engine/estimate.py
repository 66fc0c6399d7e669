"""What a run would take: seconds by timing a few steps, bytes by counting."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from kdstudio.methods.losses import cross_entropy
from kdstudio.models.measure import measure
from kdstudio.models.model import Model
from kdstudio.training.observe import kept_epochs
from kdstudio.training.opened import Ready

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
    step = _learning(student, inputs)
    teacher = _answering(ready.teacher, values) if ready.teacher else 0.0
    steps = recipe.epochs * max(1, len(splits.train) // size)
    views = recipe.augmentation.views
    asked = len(splits.train) // size * (views if isinstance(views, int) else 1)
    asked = steps if recipe.augmentation.is_on and not isinstance(views, int) else asked
    learners = (2 if recipe.baseline and ready.is_taught else 1) + len(ready.peers)
    classes = student.spec.classes
    rows = len(splits.validation)
    bytes_each = max(inputs.nbytes / size, 1 if values.dtype == object else values.nbytes / size)
    data = int(sum(len(part) for part in _parts(ready)) * bytes_each)
    costs = measure(student)
    return {
        "seconds": steps * learners * step + asked * teacher,
        "memory_bytes": 350_000_000 + data + learners * 6 * costs.bytes + 12 * inputs.nbytes,
        "disk_bytes": learners * (5 * costs.bytes + rows * classes * (2 * len(kept_epochs(recipe.epochs)) + 8)),
        "why": f"{steps:,} steps of {step * 1000:.1f} ms for each of {learners} students, measured on {STEPS} steps "
        f"with one CPU thread; {_asked(ready, teacher)}.",
    }


def _asked(ready: Ready, seconds: float) -> str:
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
