"""Distillation as a generator of events: stepped by a for-loop in the terminal and by the GPU thread in the engine.

Student and baseline take turns epoch by epoch; each keeps its own random state, so that the student's bits do not
depend on whether a baseline runs. Stop and pause live between the yields: a caller throws `StopRequested` in, or sends
`"checkpoint"` as the answer to an event.
"""

import time
from collections.abc import Generator
from typing import Any

import torch

from kdstudio.core.errors import OutOfMemory
from kdstudio.core.events import (
    Advanced,
    Checkpointed,
    Event,
    Losses,
    Resumed,
    Started,
    Stopped,
)
from kdstudio.methods.base import Setting
from kdstudio.methods.catalogue import METHODS, method
from kdstudio.models.model import Model
from kdstudio.models.values import Outputs
from kdstudio.recipe.choices import MethodChoice
from kdstudio.training import checkpoint
from kdstudio.training.batches import Order
from kdstudio.training.control import StopRequested, Wish
from kdstudio.training.final import report
from kdstudio.training.learner import Learner, enter_random, label_terms, learning_rate, leave_random
from kdstudio.training.observe import Probes, judge, write_predictions
from kdstudio.training.setup import Setup
from kdstudio.training.teachers import Frozen, Remembered, Stored, Teacher

Steps = Generator[Event, Wish, None]

REPORTS_PER_EPOCH = 20
CHECKPOINT_SECONDS = 20.0


def distill(setup: Setup, *, resume: bool = False) -> Generator[Event, Wish, dict[str, Any] | None]:
    """Train the student (and its baseline) and return the summary; None where the run was stopped without a report.

    With `resume` it goes on from the run folder's last checkpoint and ends with the same bits as an uninterrupted run
    (same machine, device and thread count).
    """
    run = _Distillation(setup)
    try:
        yield from run.begin(resume)
        yield from run.epochs()
        yield from run.save()
    except StopRequested as stop:
        yield from run.save()
        summary = (yield from report(setup, run.learners, run.elapsed())) if stop.report else None
        yield Stopped(step=run.step, path=str(setup.folder.checkpoint("last")))
        return summary
    except torch.OutOfMemoryError as error:
        size = setup.recipe.batch_size
        raise OutOfMemory(
            f"The device ran out of memory at batch {size}.",
            hint=f"Try batch {max(1, size // 2)}, or train on the CPU. The run is safe up to its last checkpoint.",
        ) from error
    return (yield from report(setup, run.learners, run.elapsed()))


def make_learners(setup: Setup) -> list[Learner]:
    """Return the student, and the baseline: the same student with hard labels alone, on the labelled inputs."""
    everything = torch.arange(len(setup.train), device=setup.device)
    learners = [_learner(setup, "student", setup.student, setup.recipe.methods, everything)]
    if setup.baseline is not None:
        learners.append(_learner(setup, "baseline", setup.baseline, _baseline_methods(setup), setup.labelled))
    return learners


def make_teacher(setup: Setup) -> Teacher | None:
    """Return the teacher as the recipe wants it: asked anew each time, once for each view, or read from a file."""
    if "train" in setup.stored:
        return Stored(torch.from_numpy(setup.stored["train"].logits).to(setup.device))
    if setup.teacher is None:
        return None
    frozen = Frozen(setup.teacher)
    return Remembered(frozen, setup.train, setup.augmentation) if setup.recipe.teacher_cache else frozen


def _baseline_methods(setup: Setup) -> tuple[MethodChoice, ...]:
    """Return what a run without a teacher would use: the recipe's teacher-free terms with their shares made whole."""
    free = [choice for choice in setup.recipe.methods if not METHODS[choice.method].needs.teacher and choice.weight > 0]
    total = sum(choice.weight for choice in free)
    if not free:
        return (MethodChoice(method="hard_labels"),)
    return tuple(choice.model_copy(update={"weight": choice.weight / total}) for choice in free)


def _learner(
    setup: Setup, name: str, model: Model, choices: tuple[MethodChoice, ...], positions: torch.Tensor
) -> Learner:
    recipe = setup.recipe
    return Learner(
        name,
        model,
        label_terms([method(choice) for choice in choices], [choice.method for choice in choices]),
        Order(positions, len(setup.train), recipe.batch_size, recipe.seed),
        Setting(classes=model.spec.classes, inputs=len(setup.train)),
        recipe.optimizer,
        recipe.seed,
    )


class _Distillation:
    """The state of a run between two steps; its methods are the phases of the generator."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.learners = make_learners(setup)
        self.teacher = make_teacher(setup)
        self.steps = self.learners[0].order.steps
        self.total = len(self.learners) * self.steps * setup.recipe.epochs
        self.probes = Probes(setup, self.steps)
        self.spent = {"seconds": 0.0, "teacher_seconds": 0.0}
        self.started = self.saved = time.monotonic()

    @property
    def step(self) -> int:
        """Optimizer steps of all learners together."""
        return sum(learner.step for learner in self.learners)

    def elapsed(self) -> dict[str, float]:
        """Return the seconds spent in this run, over all its sessions."""
        return {**self.spent, "seconds": self.spent["seconds"] + time.monotonic() - self.started}

    def begin(self, resume: bool) -> Steps:
        yield Started(task="train", total=self.total)
        if resume:
            self.spent = checkpoint.read_last(self.setup.folder, self.learners)
            yield Resumed(step=self.step)
        if self.setup.teacher_predictions is not None:
            write_predictions(self.setup.folder, self.setup.teacher_predictions, "teacher", "last")
            self.probes.teacher(self.setup.teacher_predictions)
        if self.step == 0:
            for learner in self.learners:
                yield self.probes.glimpse(learner, self.step)

    def epochs(self) -> Steps:
        for epoch in range(min(learner.judged for learner in self.learners), self.setup.recipe.epochs):
            began = time.monotonic()
            if self.teacher is not None:
                yield from self.teacher.prepare(epoch)
            self.spent["teacher_seconds"] += time.monotonic() - began
            for learner in self.learners:
                if learner.judged == epoch:
                    yield from self.turn(learner, epoch)
                    yield from judge(self.setup, learner, self.step)
            if time.monotonic() - self.saved > CHECKPOINT_SECONDS:
                yield from self.save()

    def turn(self, learner: Learner, epoch: int) -> Steps:
        """Let one learner see all of its inputs of an epoch, from where it stands."""
        setup, recipe = self.setup, self.setup.recipe
        view = setup.augmentation.view_of(epoch)
        batches = learner.order.epoch(epoch)[learner.step - epoch * self.steps :]
        learner.model.module.train()
        enter_random(learner.random, setup.device)
        every, clock, seen = max(min(10, self.steps), self.steps // REPORTS_PER_EPOCH), time.perf_counter(), 0
        try:
            for positions in batches:
                batch = setup.train.batch(positions, setup.augmentation, view)
                answers: Outputs | None = None
                if self.teacher is not None and learner.needs_teacher:
                    answers = self.teacher.outputs(batch, positions, epoch)
                rate = learning_rate(
                    recipe.schedule,
                    recipe.optimizer.learning_rate,
                    learner.step,
                    self.steps,
                    self.steps * recipe.epochs,
                )
                learner.learn(
                    batch, answers, rate, learner.step / (self.steps * recipe.epochs), learner.step / self.steps
                )
                seen += len(positions)
                if learner.step % every == 0:
                    yield self.losses(learner, rate, seen / (time.perf_counter() - clock))
                    clock, seen = time.perf_counter(), 0
                if learner.step % self.probes.every == 0:
                    yield self.probes.glimpse(learner, self.step)
                wish = yield Advanced(
                    step=self.step, total=self.total, epoch=learner.step / self.steps, learner=learner.name
                )
                if wish == "checkpoint" or time.monotonic() - self.saved > CHECKPOINT_SECONDS:
                    learner.random = leave_random(setup.device)
                    yield from self.save()
        finally:
            learner.random = leave_random(setup.device)

    def losses(self, learner: Learner, rate: float, speed: float) -> Losses:
        return Losses(
            step=self.step,
            epoch=learner.step / self.steps,
            learner=learner.name,
            terms=learner.meter.means(),
            gradient_norms={"total": learner.gradient_norm()},
            learning_rate=rate,
            samples_per_second=speed,
        )

    def save(self) -> Steps:
        """Write the checkpoint `last`, and `best` beside it."""
        last = checkpoint.write_last(self.setup.folder, self.learners, self.elapsed())
        yield Checkpointed(step=self.step, path=str(last))
        if all(learner.best.weights for learner in self.learners):
            best = checkpoint.write_best(self.setup.folder, self.learners)
            yield Checkpointed(step=self.step, path=str(best), best=True)
        self.saved = time.monotonic()
