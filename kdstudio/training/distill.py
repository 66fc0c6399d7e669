"""Distillation as a generator of events: stepped by a for-loop in the terminal and by the GPU thread in the engine.

Stop and pause live between the yields: a caller throws `StopRequested` in, or sends `"checkpoint"` as the answer to an
event.
"""

import time
from collections.abc import Generator, Sequence
from dataclasses import replace
from functools import reduce
from pathlib import Path
from typing import Any

from torch import Tensor

from kdstudio.core.errors import InvalidRecipe, Problem
from kdstudio.core.events import (
    Changed,
    Checkpointed,
    Event,
    Noticed,
    Resumed,
    Staged,
    Started,
    Stopped,
    in_words,
)
from kdstudio.core.files import cannot_write, write_json
from kdstudio.models.build import restore
from kdstudio.recipe.choices import Change
from kdstudio.training import checkpoint
from kdstudio.training.control import Steps, StopRequested, Wish
from kdstudio.training.evaluate import predict
from kdstudio.training.faults import told
from kdstudio.training.final import report
from kdstudio.training.learner import Learner
from kdstudio.training.learners import BASELINE, PEER
from kdstudio.training.observe import judge, write_predictions
from kdstudio.training.random_state import leave_random
from kdstudio.training.setup import Setup
from kdstudio.training.timeline import with_change
from kdstudio.training.turns import Turns

CHECKPOINT_SECONDS = 30.0
CHECKPOINT_SHARE = 0.05  # of the time, at most, goes into checkpoints: very short epochs are not all saved


def distill(
    setup: Setup, *, resume: bool = False, changes: Sequence[Change] = ()
) -> Generator[Event, Wish, dict[str, Any] | None]:
    """Train the student (and its baseline) and return the summary; None where the run was stopped without a report.

    With `resume` it goes on from the run folder's last checkpoint and ends with the same bits as an uninterrupted run
    (same machine, device and thread count). `changes` of the recipe hold from where it begins or goes on.
    """
    run = _Distillation(setup)
    try:
        yield from run.begin(resume)
        for change in changes:
            yield from run.change_all(change)
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
    except OSError as error:
        setup.folder.check()
        raise cannot_write(Path(error.filename or setup.folder.path), error) from error
    except (RuntimeError, MemoryError) as error:
        if (fault := told(error, setup.recipe, setup.folder.path)) is None:
            raise
        raise fault from error
    return (yield from run.report())


class _Distillation:
    """The state of a run between two steps; its methods are the phases of the generator."""

    def __init__(self, whole: Setup) -> None:
        self.whole = whole
        self.past: list[checkpoint.Past] = []  # the learners of the stages before this one
        self.enter()
        self.spent = {"seconds": 0.0, "teacher_seconds": 0.0}
        self.started = self.saved = time.monotonic()
        self.saving = 0.0  # seconds that the last checkpoint took

    def enter(self) -> None:
        """Make everything for the stage after those that are past; the last of their students teaches."""
        at = len(self.past)
        setup = self.whole if self.is_last else self.whole.stages[at]
        if self.past:
            answers = self.whole.teacher_predictions
            setup = replace(setup, teacher=self.past[-1].model, stored={}, recorded=None, teacher_predictions=answers)
        self.setup = setup
        self.turns = Turns(self.whole, setup, at, self.obey)
        self.learners, self.teacher, self.probes = self.turns.learners, self.turns.teacher, self.turns.probes

    @property
    def is_last(self) -> bool:
        """Whether the student itself learns, and no stage before it."""
        return len(self.past) == len(self.whole.stages)

    @property
    def step(self) -> int:
        """Optimizer steps of all learners of all stages together."""
        return self.turns.step

    def elapsed(self) -> dict[str, float]:
        """Return the seconds spent in this run, over all its sessions."""
        return {**self.spent, "seconds": self.spent["seconds"] + time.monotonic() - self.started}

    def begin(self, resume: bool) -> Steps:
        yield Started(task="train", total=self.turns.total)
        if resume:
            for stage, (name, (epoch, weights)) in zip(
                self.whole.stages, checkpoint.read_past(self.whole.folder).items(), strict=False
            ):
                yield from self.leave(stage, name, epoch, weights)
            if (problem := checkpoint.damage(self.whole.folder)) is not None:
                yield Noticed(problem=problem)
            self.spent = checkpoint.read_last(self.setup.folder, self.learners, self.teacher)
            yield Resumed(step=self.step)
        self.introduce()
        yield from self.look()

    def introduce(self) -> None:
        """Keep the first teacher's answers where the window finds them, as soon as there are any."""
        answers = self.whole.teacher_predictions
        if answers is not None and self.whole.group.is_first:
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
        for learner in self.learners if self.whole.group.is_first else ():
            yield self.probes.glimpse(learner, self.step)

    def advance(self) -> Steps:
        """Go on to the next stage: what learned in this one, at its best, is the next one's teacher."""
        done = self.learners[0]
        weights = {name: value.cpu() for name, value in done.best.weights.items()} if self.whole.stages else {}
        epoch, weights = self.whole.group.tell((done.best.epoch, weights))
        yield from self.leave(self.setup, done.name, epoch, weights)
        self.introduce()
        yield from self.save()
        yield from self.look()

    def leave(self, stage: Setup, name: str, epoch: int, weights: dict[str, Tensor]) -> Steps:
        """Put a stage into the past. The first generation is the first teacher of those that follow it."""
        restore(stage.student.module.to(self.whole.device), weights)
        if stage.from_labels:
            answers = yield from self.whole.group.first(
                predict(stage.student, stage.validation, stage.class_names, name="teacher", split="validation")
            )
            self.whole = replace(self.whole, teacher=stage.student, teacher_predictions=answers)
        self.past.append(checkpoint.Past(name, stage.student, epoch))  # with the next line nothing can come between
        self.enter()

    def report(self) -> Generator[Event, Wish, dict[str, Any] | None]:
        """Compare the student with the first teacher; None before the student itself has learned for an epoch."""
        self.check()
        if not self.is_last:
            return None
        for learner in self.learners:
            learner.held.gather()
        cache = self.teacher.told() if self.teacher is not None else None
        made = report(self.whole, self.learners, self.elapsed(), self.past, cache)
        return (yield from self.whole.group.first(made))

    def epochs(self) -> Steps:
        while going := [learner for learner in self.learners if self.goes_on(learner)]:
            epoch = min(learner.judged for learner in going)
            began = time.monotonic()
            if self.teacher is not None:
                yield from self.teacher.prepare(epoch)
            self.spent["teacher_seconds"] += time.monotonic() - began
            for learner in self.learners:
                if learner.judged == epoch and self.goes_on(learner):
                    if not learner.name.startswith(PEER):  # peers learn in the student's turn
                        yield from self.turns.turn(learner, epoch)
                    self.check()
                    learner.held.gather()
                    yield from self.whole.group.first(judge(self.setup, learner, self.step))
                    learner.judged = epoch + 1
                    learner.best.epoch = self.whole.group.tell(learner.best.epoch)
                    yield from self.early(learner)
            if self.whole.group.tell(self.is_due(0.0)):
                yield from self.save()

    def goes_on(self, learner: Learner) -> bool:
        """Whether a learner has epochs left, or results that lie behind those of the student whose peer it is."""
        if learner.name.startswith(PEER):
            return learner.judged < self.learners[0].judged or self.goes_on(self.learners[0])
        recipe = self.setup.recipe
        return learner.judged < recipe.epochs and not learner.is_done(recipe.stop.patience)

    def early(self, learner: Learner) -> Steps:
        """Say so where a learner ends before its time."""
        recipe = self.setup.recipe
        if learner.judged == recipe.epochs or self.goes_on(learner):
            return
        message = f"the {in_words(learner.name)} stops after epoch {learner.judged} of {recipe.epochs}"
        hint = f"It was not better on validation for {recipe.stop.patience} epochs; epoch {learner.best.epoch} is kept."
        yield Noticed(problem=Problem(message=message, hint=hint, where="stop", severity="note"))

    def check(self) -> None:
        """Raise RunError where the folder is gone from under the one who writes it."""
        if self.whole.group.is_first:
            self.whole.folder.check()

    def is_due(self, seconds: float) -> bool:
        """Whether it is time for a checkpoint, which is not before `seconds` after the last one."""
        return time.monotonic() - self.saved > max(seconds, self.saving / CHECKPOINT_SHARE)

    def is_time(self, wish: Wish) -> bool:
        """Whether a checkpoint is due between two steps: of several processes the first says so, where all have met."""
        group = self.whole.group
        if group.size > 1:
            return wish == "met" and group.tell(self.is_due(CHECKPOINT_SECONDS))
        return self.is_due(CHECKPOINT_SECONDS)

    def obey(self, wish: Wish, learner: Learner) -> Steps:
        """Carry out, between two steps of a learner, what the caller wishes, and save when it is time."""
        if isinstance(wish, Change):
            yield from self.change(wish, learner)
        if wish == "checkpoint" or self.is_time(wish):
            learner.random = leave_random(self.setup.device)
            yield from self.save()

    def change(self, wish: Change, learner: Learner) -> Steps:
        """Carry out a change for all learners, from a step that none of them has made yet."""
        steps = self.turns.steps
        step = (learner.step // steps + 1) * steps if learner.name == BASELINE else learner.step
        yield from self.made([wish.model_copy(update={"step": step})])

    def change_all(self, wish: Change) -> Steps:
        """Carry out a change from where each learner stands now; nobody makes a step of before again."""
        last = max(learner.step for learner in self.learners)
        behind = [one for one in self.learners if one.step < last]
        made = [wish.model_copy(update={"step": one.step, "learner": one.name}) for one in behind]
        yield from self.made([wish.model_copy(update={"step": last}), *made])

    def made(self, changes: Sequence[Change]) -> Steps:
        """Take changes into the history, or say why that cannot be; the first one is told as an event."""
        first = changes[0]
        try:
            placed = [one.model_copy(update={"stage": len(self.past)}) for one in changes]
            old, *_ = [self.turns.timeline.change(one) for one in placed]
        except InvalidRecipe as error:
            for problem in error.problems:
                yield Noticed(problem=problem)
            return
        recipe = self.whole.recipe
        history = reduce(with_change, placed, recipe.history)
        self.whole.recipe = recipe.model_copy(update={"history": history})
        if self.whole.group.is_first:
            write_json(self.whole.folder.recipe, self.whole.recipe.to_value())
        yield Changed(
            step=self.step,
            epoch=first.step / self.turns.steps,
            learner=self.setup.learner,
            key=first.key,
            old=old,
            new=first.value,
        )

    def save(self) -> Steps:
        """Write the checkpoint `last`, and `best` beside it. What is no number is never written."""
        self.check()
        self.turns.check()
        began = time.monotonic()
        for learner in self.learners:
            learner.held.gather()
        states = {learner.name: learner.state() for learner in self.learners}
        if not self.whole.group.is_first:
            return
        last = checkpoint.write_last(self.setup.folder, self.learners, states, self.teacher, self.elapsed(), self.past)
        yield Checkpointed(step=self.step, path=str(last))
        if self.is_last and all(learner.best.weights for learner in self.learners):
            best = checkpoint.write_best(self.setup.folder, self.learners)
            yield Checkpointed(step=self.step, path=str(best), best=True)
        self.saved = time.monotonic()
        self.saving = self.saved - began
