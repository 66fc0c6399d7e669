"""The run that the window shows: its history as it grows, its state, and what it has stored."""

import time
from pathlib import Path
from typing import Any, Literal

from PySide6.QtCore import QObject, Signal

from kdstudio.analysis.summary import headline_score
from kdstudio.core import events
from kdstudio.core.errors import KdStudioError, Problem
from kdstudio.core.events import (
    Advanced,
    Checkpointed,
    Evaluated,
    Event,
    Failed,
    Finished,
    Paused,
    Progress,
    Resumed,
    Staged,
    Started,
    Stopped,
)
from kdstudio.core.measures import score
from kdstudio.core.passages import Passages
from kdstudio.core.targets import HEADLINE, Task, answered
from kdstudio.core.types import Predictions
from kdstudio.project.curves import Curves, curves
from kdstudio.project.run import Glimpses, Run
from kdstudio.recipe.recipe import USUAL_BATCH, Recipe

State = Literal[
    "none", "waiting", "queued", "running", "paused", "stopping", "stopped", "finished", "failed", "interrupted"
]  # waiting: in the queue, while nobody works on it; queued: the engine was asked
LEARNERS = ("teacher", "student", "baseline")


class ShownRun(QObject):
    """One run, live or from the disk. The folder is the truth; events only say when to look at it again."""

    changed = Signal()  # another run is shown, or none
    stateChanged = Signal()
    eventsArrived = Signal(list)  # already part of `history`

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.folder: Path | None = None
        self.recipe: Recipe | None = None
        self.history: list[Event] = []
        self.state: State = "none"
        self.problem: Problem | None = None
        self.details = ""
        self.advanced: Advanced | None = None
        self.doing: Progress | None = None
        self.summary: dict[str, Any] | None = None
        self._teacher: tuple[tuple[Path | None, str], float | None] = ((None, ""), None)
        self._task: tuple[Path | None, Task] = (None, "classification")  # that of a folder, once it is told there
        self._batch: tuple[Path | None, int] = (None, USUAL_BATCH)  # that of a folder, once it is told there
        self._clock: tuple[float, int] | None = None  # when and where the present stretch of steps began

    @property
    def is_live(self) -> bool:
        """Whether the engine works on it, or is asked to."""
        return self.state in ("queued", "running", "paused", "stopping")

    @property
    def can_resume(self) -> bool:
        """Whether it can begin, or go on from a checkpoint."""
        return self.folder is not None and self.state in ("waiting", "stopped", "failed", "interrupted")

    @property
    def epochs(self) -> int:
        """How many epochs the student is to have."""
        return self.recipe.epochs if self.recipe is not None else 0

    @property
    def batch(self) -> int:
        """How many inputs go into one step; an automatic one stands in the folder once it was found."""
        if self.recipe is not None and self.recipe.batch_size != "auto":
            return self.recipe.batch
        if self._batch[0] != self.folder:
            run = self.run()
            found = run.recipe if run is not None else None
            if found is None or found.batch_size == "auto":
                return USUAL_BATCH
            self._batch = (self.folder, found.batch)
        return self._batch[1]

    @property
    def stage(self) -> Staged | None:
        """The stage that the run is in; None where it has only one."""
        return next((event for event in reversed(self.history) if isinstance(event, Staged)), None)

    @property
    def task(self) -> Task:
        """What its models answer; a run that has just begun says it in its folder once its data was opened."""
        if self.recipe is not None and self.recipe.task != "auto":
            return answered(self.recipe.task)
        if self._task[0] != self.folder:
            run = self.run()
            if run is None or run.recipe is None:
                return "classification"
            self._task = (self.folder, run.task)
        return self._task[1]

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name if self.folder is not None else ""

    def run(self) -> Run | None:
        """Return the run on the disk, or None before its folder exists."""
        try:
            return Run(self.folder) if self.folder is not None else None
        except KdStudioError:
            return None

    def begin(self, folder: Path, recipe: Recipe) -> None:
        """Show a run that is about to start or to go on; what is on the disk stays shown."""
        keeps = folder == self.folder
        self.folder, self.recipe = folder, recipe
        if keeps:
            self._go_back(max((event.step for event in self.history if isinstance(event, Checkpointed)), default=0))
        else:
            self.history, self.advanced, self.summary = [], None, None
        self.problem, self.doing, self._clock = None, None, None
        self.changed.emit()
        self.set_state("queued")

    def open(self, folder: Path) -> None:
        """Show a run from the disk; raises RunError where there is none."""
        run = Run(folder)
        self.folder, self.recipe, self.history, self.summary = folder, run.recipe, run.events, run.summary
        status = run.status
        self.problem = self.doing = self._clock = None
        failed = next((event for event in reversed(self.history) if isinstance(event, Failed)), None)
        if status.state == "failed" and failed is not None:
            self.problem, self.details = failed.problem, failed.details
        self.advanced = Advanced(step=status.step, total=status.step_total, epoch=status.epoch)
        self.changed.emit()
        self.set_state("waiting" if status.state == "queued" else status.state)

    def close(self) -> None:
        """Show no run."""
        self.folder = self.recipe = self.summary = self.advanced = self.doing = self.problem = None
        self.history = []
        self.changed.emit()
        self.set_state("none")

    def set_state(self, state: State) -> None:
        """Say where the run stands."""
        if state != self.state:
            self.state = state
            self.stateChanged.emit()

    def fail(self, problem: Problem, details: str = "", *, interrupted: bool = False) -> None:
        """The run ended with an error, or its engine died."""
        self.problem, self.details, self.doing = problem, details, None
        self.state = "none"  # so that the same state twice is told again
        self.set_state("interrupted" if interrupted else "failed")

    def feed(self, arrived: list[Event]) -> None:
        """Take new events from the engine."""
        for event in arrived:
            if not isinstance(event, Advanced | Progress):
                events.append(self.history, event)
        self.follow(arrived)

    def follow(self, arrived: list[Event]) -> None:
        """Take events that are part of `history` already."""
        for event in arrived:
            self._follow(event)
        self.eventsArrived.emit(arrived)

    def _follow(self, event: Event) -> None:
        going: State = "stopping" if self.state == "stopping" else "running"
        match event:
            case Advanced():
                self.advanced, self.doing = event, None
                if self._clock is None:
                    self._clock = (time.monotonic(), event.step)
                self.set_state(going)
            case Progress():
                self.doing = event
            case Paused():
                self._clock = None
                self.set_state("paused")
            case Started():
                self.set_state(going)
            case Resumed():
                self._clock = None
                self._go_back(event.step)
                self.set_state(going)
            case Finished():
                self.summary = event.summary
            case Stopped():
                self.set_state("stopped")

    def _go_back(self, step: int) -> None:
        """The run goes on from an earlier step: what was done after it is done again."""
        total = self.advanced.total if self.advanced is not None else 0
        if step < (self.advanced.step if self.advanced is not None else 0):
            epoch = step / total * self.epochs if total and self.stage is None else 0.0  # a chain's next step tells it
            self.advanced = Advanced(step=step, total=total, epoch=epoch)

    def seconds_left(self) -> float | None:
        """Return how long the rest will take at the present speed, or None while that is not known."""
        if self._clock is None or self.advanced is None or self.advanced.step <= self._clock[1]:
            return None
        began, first = self._clock
        each = (time.monotonic() - began) / (self.advanced.step - first)
        return each * (self.advanced.total - self.advanced.step)

    def steps_per_second(self) -> float | None:
        """Return the present speed in optimizer steps, or None while that is not known."""
        if self._clock is None or self.advanced is None or self.advanced.step <= self._clock[1]:
            return None
        return (self.advanced.step - self._clock[1]) / max(time.monotonic() - self._clock[0], 1e-6)

    def curves(self) -> Curves:
        """Return all curves as far as they go."""
        return curves(self.history)

    def predictions(self, split: str, epoch: int | str) -> dict[str, Predictions]:
        """Return what teacher, student and baseline answered; who has no answers there is absent.

        The teacher has one answer for all epochs. Numbered epochs are those of `kept_epochs`.
        """
        run, found = self.run(), {}
        if run is None:
            return {}
        for learner in LEARNERS:
            try:
                found[learner] = run.predictions(learner, split, "last" if learner == "teacher" else epoch)
            except KdStudioError:
                continue
        return found

    def passages(self, split: str) -> Passages | None:
        """Return the passages that a language model was asked about, None for other runs."""
        run = self.run()
        return None if run is None else run.passages(split)

    def kept_epochs(self, split: str = "validation") -> tuple[int, ...]:
        """Return the epochs whose answers are stored, ascending."""
        run = self.run()
        return tuple(e for e in run.epochs("student", split) if isinstance(e, int)) if run is not None else ()

    def metric(self, learner: str, name: str, split: str = "validation", epoch: int | str = "last") -> float | None:
        """Return a learner's metric: at an epoch on validation, from the final report on test; None where unknown."""
        if learner == "teacher" and name == HEADLINE[self.task]:
            return self._teacher_score(split)
        if split == "test":
            return _number((self.summary or {}).get(learner), name)
        found = [e for e in self.history if isinstance(e, Evaluated) and e.split == split and e.learner == learner]
        if isinstance(epoch, int):
            found = [event for event in found if round(event.epoch) == epoch]
        elif epoch == "best":
            found = [max(found, key=lambda e: score(e.metrics) or 0.0)] if found else []
        return _number(found[-1].metrics, name) if found else None

    def glimpses(self, learner: str) -> Glimpses | None:
        """Return how a learner's answers to the probes moved."""
        run = self.run()
        return run.glimpses(learner) if run is not None else None

    def score(self, learner: str, split: str = "validation", epoch: int | str = "last") -> float | None:
        """Return a learner's accuracy, F1 or R²: the metric by which the models of the task are compared."""
        return self.metric(learner, HEADLINE[self.task], split, epoch)

    def _teacher_score(self, split: str) -> float | None:
        """Return the teacher's score from its stored answers: it is asked once and tells no events."""
        key = (self.folder, split)
        if self._teacher[0] != key or self._teacher[1] is None:
            answers = self.predictions(split, "last").get("teacher")
            self._teacher = (key, None if answers is None else headline_score(answers))
        return self._teacher[1]


def _number(values: Any, name: str) -> float | None:
    found = values.get(name) if isinstance(values, dict) else None
    return float(found) if isinstance(found, int | float) else None
