"""A loss that is no longer a number: since which step, in which term, at which inputs, and what to do about it."""

import torch
from torch import Tensor

from kdstudio.core.errors import TrainingDiverged
from kdstudio.models.taps import answer
from kdstudio.models.values import Batch
from kdstudio.training.learner import Learner
from kdstudio.training.setup import Setup
from kdstudio.training.teachers import Teacher

_NAMED = 8  # inputs that a message names
SLOWER = 10.0  # times lower is the learning rate that is offered


def diverged(setup: Setup, learner: Learner, teacher: Teacher | None, rate: float) -> TrainingDiverged:
    """Return what to tell of a learner whose last steps came to nothing; `rate` is its peak learning rate."""
    step = max(0, learner.step - learner.steps_lost())
    epoch, inside = divmod(step, learner.order.steps)
    terms = [name for name, total in learner.meter.sums.items() if name != "total" and not torch.isfinite(total)]
    who, rows = _rows(setup, learner, teacher, epoch, inside)
    message = f"The loss of the {learner.name} is no longer a number since step {step + 1:,} (epoch {epoch + 1})"
    message += f": {', '.join(terms)}" if terms else ""
    size = len(learner.order.epoch(epoch)[inside])
    if who == "data":
        hint = f"{_inputs(rows, size)} hold values that are no numbers. Repair or remove them, then start again."
        return TrainingDiverged(f"{message}.", hint=hint)
    if who == "teacher":
        hint = f"The teacher's answers to {_inputs(rows, size, 'inputs')} are no numbers. Choose another teacher."
        return TrainingDiverged(f"{message}.", hint=hint)
    where = f" The student's answers to {_inputs(rows, size, 'inputs')} overflowed." if rows else ""
    hint = f"The learning rate of {rate:g} is probably too large.{where}"
    return TrainingDiverged(f"{message}.", hint=hint, rate=rate / SLOWER, folder=str(setup.folder.path))


def _rows(setup: Setup, learner: Learner, teacher: Teacher | None, epoch: int, inside: int) -> tuple[str, list[int]]:
    """Return whose numbers are not finite first (data, teacher or student), and at which rows of the data set.

    The weights are those of the bad step, which changed nothing where the optimizer is a fused one.
    """
    positions = learner.order.epoch(epoch)[inside]
    view = setup.augmentation.view_of(epoch)
    batch = setup.train.batch(positions, setup.augmentation, view, learner.order.positions)
    for how in learner.model.preparations:
        if bad := _not_finite(batch, batch.prepared(how)):
            return "data", bad
    if learner.needs_teacher and teacher is not None:
        with torch.no_grad():
            bad = _not_finite(batch, teacher.outputs(batch, positions, epoch).logits)
        if bad:
            return "teacher", bad
    with torch.no_grad():
        return "student", _not_finite(batch, answer(learner.held.model, batch, learner.layers).logits)


def _not_finite(batch: Batch, values: Tensor) -> list[int]:
    """Return the rows of the data set at which `values` (N, …) are not all finite."""
    bad = ~torch.isfinite(values).flatten(1).all(1)
    return [int(row) for row in batch.index[bad]]


def _inputs(rows: list[int], size: int, word: str = "Inputs") -> str:
    if len(rows) == size:
        return f"all {size} {word.lower()} of the batch" if word != "Inputs" else f"All {size} inputs of the batch"
    named = ", ".join(map(str, rows[:_NAMED]))
    rest = f" and {len(rows) - _NAMED} more" if len(rows) > _NAMED else ""
    return f"{word} {named}{rest} of the data set"
