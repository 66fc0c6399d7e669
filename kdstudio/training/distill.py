"""Distillation as a generator of events: stepped by a for-loop in the terminal and by the GPU thread in the engine.

Student and baseline take turns epoch by epoch; each keeps its own random state, so that the student's bits do not
depend on whether a baseline runs. Stop and pause live between the yields: a caller throws `StopRequested` in, or sends
`"checkpoint"` as the answer to an event.
"""

import time
from collections.abc import Generator
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from kdstudio.core.errors import InvalidRecipe, OutOfMemory
from kdstudio.core.events import (
    Advanced,
    Changed,
    Checkpointed,
    Event,
    Losses,
    Noticed,
    Resumed,
    Staged,
    Started,
    Stopped,
)
from kdstudio.core.files import write_json
from kdstudio.methods.catalogue import method
from kdstudio.models.build import restore
from kdstudio.models.values import Outputs
from kdstudio.recipe.choices import Change
from kdstudio.recipe.recipe import Recipe
from kdstudio.recipe.stages import STUDENT
from kdstudio.training import checkpoint
from kdstudio.training.control import StopRequested, Wish
from kdstudio.training.evaluate import predict
from kdstudio.training.final import report
from kdstudio.training.learner import Learner, Moment, enter_random, learning_rate, leave_random
from kdstudio.training.learners import BASELINE, PEER, make_learners, make_teacher, methods_of
from kdstudio.training.observe import Probes, judge, write_predictions
from kdstudio.training.setup import Setup
from kdstudio.training.signs import Signs
from kdstudio.training.timeline import Timeline

Steps = Generator[Event, Wish, None]

REPORTS_PER_EPOCH = 20
WEIGHED = 4  # one report in so many says how strong each term is, which costs a backward pass for each of them
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
        while not run.is_last:
            yield from run.advance()
            yield from run.epochs()
        yield from run.save()
    except StopRequested as stop:
        yield from run.save()
        summary = (yield from run.report()) if stop.report else None
        yield Stopped(step=run.step, path=str(setup.folder.checkpoint("last")))
        return summary
    except torch.OutOfMemoryError as error:
        size = setup.recipe.batch_size
        raise OutOfMemory(
            f"The device ran out of memory at batch {size}.",
            hint=f"Try batch {max(1, size // 2)}, or train on the CPU. The run is safe up to its last checkpoint.",
        ) from error
    return (yield from run.report())


class _Distillation:
    """The state of a run between two steps; its methods are the phases of the generator."""

    def __init__(self, whole: Setup) -> None:
        self.whole = whole
        self.past: list[checkpoint.Past] = []  # the learners of the stages before this one
        self.enter()
        learners = 1 + len(whole.peers) + (whole.baseline is not None)
        epochs = learners * whole.recipe.epochs + sum(stage.recipe.epochs for stage in whole.stages)
        self.total = self.steps * epochs
        self.spent = {"seconds": 0.0, "teacher_seconds": 0.0}
        self.started = self.saved = time.monotonic()

    def enter(self) -> None:
        """Make everything for the stage after those that are past; the last of their students teaches."""
        at = len(self.past)
        setup = self.whole if self.is_last else self.whole.stages[at]
        if self.past:
            answers = self.whole.teacher_predictions
            setup = replace(setup, teacher=self.past[-1].model, stored={}, teacher_predictions=answers)
        self.setup = setup
        self.learners = make_learners(setup)
        self.teacher = make_teacher(setup, self.learners)
        for learner in self.learners:
            learner.ask_teacher = self.teacher.ask if self.teacher is not None else None
        self.peers = [learner for learner in self.learners if learner.name.startswith(PEER)]
        self.timeline = Timeline(setup.recipe, at)
        self.adopted: dict[str, Recipe] = {}
        self.steps = self.learners[0].order.steps
        self.before = self.steps * sum(stage.recipe.epochs for stage in self.whole.stages[:at])
        self.probes = Probes(setup, self.steps)
        self.signs = {learner.name: Signs(learner.name) for learner in self.learners}

    @property
    def is_last(self) -> bool:
        """Whether the student itself learns, and no stage before it."""
        return len(self.past) == len(self.whole.stages)

    @property
    def step(self) -> int:
        """Optimizer steps of all learners of all stages together."""
        return self.before + sum(learner.step for learner in self.learners)

    def elapsed(self) -> dict[str, float]:
        """Return the seconds spent in this run, over all its sessions."""
        return {**self.spent, "seconds": self.spent["seconds"] + time.monotonic() - self.started}

    def begin(self, resume: bool) -> Steps:
        yield Started(task="train", total=self.total)
        if resume:
            for stage, (name, (epoch, weights)) in zip(
                self.whole.stages, checkpoint.read_past(self.whole.folder).items(), strict=False
            ):
                yield from self.leave(stage, name, epoch, weights)
            self.spent = checkpoint.read_last(self.setup.folder, self.learners, self.teacher)
            yield Resumed(step=self.step)
        self.introduce()
        yield from self.look()

    def introduce(self) -> None:
        """Keep the first teacher's answers where the window finds them, as soon as there are any."""
        answers = self.whole.teacher_predictions
        if answers is not None:
            write_predictions(self.setup.folder, answers, "teacher", "last")
            self.probes.teacher(answers)

    def look(self) -> Steps:
        """Say which stage begins, and what its learners answer before their first step."""
        if any(learner.step for learner in self.learners):
            return
        if self.whole.stages:
            yield Staged(
                step=self.step,
                number=len(self.past) + 1,
                stages=len(self.whole.stages) + 1,
                learner=self.setup.learner,
                teacher="" if self.setup.from_labels else self.past[-1].name if self.past else "teacher",
                epochs=self.setup.recipe.epochs,
            )
        for learner in self.learners:
            yield self.probes.glimpse(learner, self.step)

    def advance(self) -> Steps:
        """Go on to the next stage: what learned in this one, at its best, is the next one's teacher."""
        done = self.learners[0]
        yield from self.leave(self.setup, done.name, done.best.epoch, done.best.weights)
        self.introduce()
        yield from self.save()
        yield from self.look()

    def leave(self, stage: Setup, name: str, epoch: int, weights: dict[str, Tensor]) -> Steps:
        """Put a stage into the past. The first generation is the first teacher of those that follow it."""
        restore(stage.student.module, weights)
        if stage.from_labels:
            answers = yield from predict(
                stage.student, stage.validation, stage.class_names, name="teacher", split="validation"
            )
            self.whole = replace(self.whole, teacher=stage.student, teacher_predictions=answers)
        self.past.append(checkpoint.Past(name, stage.student, epoch))  # with the next line nothing can come between
        self.enter()

    def report(self) -> Generator[Event, Wish, dict[str, Any] | None]:
        """Compare the student with the first teacher; None before the student itself has learned for an epoch."""
        if not self.is_last:
            return None
        return (yield from report(self.whole, self.learners, self.elapsed(), self.past))

    def epochs(self) -> Steps:
        for epoch in range(min(learner.judged for learner in self.learners), self.setup.recipe.epochs):
            began = time.monotonic()
            if self.teacher is not None:
                yield from self.teacher.prepare(epoch)
            self.spent["teacher_seconds"] += time.monotonic() - began
            for learner in self.learners:
                if learner.judged == epoch:
                    if not learner.name.startswith(PEER):  # peers learn in the student's turn
                        yield from self.turn(learner, epoch)
                    yield from judge(self.setup, learner, self.step)
            if time.monotonic() - self.saved > CHECKPOINT_SECONDS:
                yield from self.save()

    def turn(self, learner: Learner, epoch: int) -> Steps:
        """Let one learner see all of its inputs of an epoch, from where it stands."""
        setup = self.setup
        view = setup.augmentation.view_of(epoch)
        batches = learner.order.epoch(epoch)[learner.step - epoch * self.steps :]
        learner.model.module.train()
        enter_random(learner.random, setup.device)
        every, clock, seen = max(min(10, self.steps), self.steps // REPORTS_PER_EPOCH), time.perf_counter(), 0
        try:
            for positions in batches:
                batch = setup.train.batch(positions, setup.augmentation, view, learner.order.positions)
                answers: Outputs | None = None
                if self.teacher is not None and learner.needs_teacher:
                    answers = self.teacher.outputs(batch, positions, epoch)
                weighs = learner.step == 0 or (learner.step + 1) % (WEIGHED * every) == 0
                moment = self.moment(learner, weighs)
                answered = learner.learn(batch, answers, moment)
                if self.teacher is not None and answers is not None:
                    self.teacher.after_step(batch, answered, moment)
                seen += len(positions)
                if learner.step % every == 0:
                    losses = self.losses(learner, moment.rate, seen / (time.perf_counter() - clock))
                    yield losses
                    for problem in self.signs[learner.name].of(losses, moment.progress):
                        yield Noticed(problem=problem)
                    clock, seen = time.perf_counter(), 0
                if learner.step % self.probes.every == 0:
                    yield self.probes.glimpse(learner, self.step)
                wish = yield Advanced(
                    step=self.step, total=self.total, epoch=learner.step / self.steps, learner=learner.name
                )
                if isinstance(wish, Change):
                    yield from self.change(wish, learner)
                if wish == "checkpoint" or time.monotonic() - self.saved > CHECKPOINT_SECONDS:
                    learner.random = leave_random(setup.device)
                    yield from self.save()
        finally:
            learner.random = leave_random(setup.device)

    def moment(self, learner: Learner, weighs: bool) -> Moment:
        """Return when a learner's next step is, and let it take over what was changed up to then."""
        recipe = self.timeline.at(learner.step)
        if self.adopted.get(learner.name) is not recipe:
            self.adopted[learner.name] = recipe
            for one in (learner, *(self.peers if learner.name == STUDENT else ())):
                one.adopt([method(choice) for choice in methods_of(recipe, one.name)])
        steps = self.steps * recipe.epochs
        rate = learning_rate(recipe.schedule, recipe.optimizer.learning_rate, learner.step, self.steps, steps)
        return Moment(rate, learner.step / steps, learner.step / self.steps, weighs)

    def change(self, wish: Change, learner: Learner) -> Steps:
        """Carry out a change for all learners, from a step that none of them has made yet."""
        step = (learner.step // self.steps + 1) * self.steps if learner.name == BASELINE else learner.step
        made = wish.model_copy(update={"step": step, "stage": len(self.past)})
        try:
            old = self.timeline.change(made)
        except InvalidRecipe as error:
            for problem in error.problems:
                yield Noticed(problem=problem)
            return
        recipe = self.whole.recipe
        self.whole.recipe = recipe.model_copy(update={"history": (*recipe.history, made)})
        write_json(self.whole.folder.recipe, self.whole.recipe.to_value())
        yield Changed(
            step=self.step,
            epoch=step / self.steps,
            learner=self.setup.learner,
            key=wish.key,
            old=old,
            new=wish.value,
        )

    def losses(self, learner: Learner, rate: float, speed: float) -> Losses:
        return Losses(
            step=self.step,
            epoch=learner.step / self.steps,
            learner=learner.name,
            terms=learner.meter.means(),
            gradient_norms=learner.gradient_norms(),
            learning_rate=rate,
            samples_per_second=speed,
        )

    def save(self) -> Steps:
        """Write the checkpoint `last`, and `best` beside it."""
        last = checkpoint.write_last(self.setup.folder, self.learners, self.teacher, self.elapsed(), self.past)
        yield Checkpointed(step=self.step, path=str(last))
        if self.is_last and all(learner.best.weights for learner in self.learners):
            best = checkpoint.write_best(self.setup.folder, self.learners)
            yield Checkpointed(step=self.step, path=str(best), best=True)
        self.saved = time.monotonic()
