"""The trials of a sweep, one after the other, as one generator of events.

Several programs may work on one sweep folder: each leaves out what another one is training at that moment.
"""

from collections.abc import Callable, Generator
from contextlib import closing
from pathlib import Path
from typing import Literal

from kdstudio.core.errors import InvalidRecipe, OutOfMemory, Problem, RunBusy, TrainingDiverged
from kdstudio.core.events import Advanced, Event, Noticed, Progress, Staged, Started, Stopped
from kdstudio.core.files import write_json
from kdstudio.core.layout import RunFolder
from kdstudio.recipe.recipe import Recipe
from kdstudio.recipe.sweep import FILE, Plan, Trial, common
from kdstudio.training.control import Control, controlled
from kdstudio.training.opened import Opened
from kdstudio.training.opening import open_recipe
from kdstudio.training.remembering import Remembering
from kdstudio.training.run import Run, is_finished, resume, train

Trials = Generator[Event, None, bool]  # False where it was stopped
Ended = Literal["done", "failed", "busy", "stopped"]
Attempt = Generator[Event, None, Ended]
Record = Callable[[Path, Generator[Event, None, object]], Generator[Event, None, object]]
"""Writes a run down while it goes; raises RunBusy where another program does."""


def sweep(folder: Path, plan: Plan, control: Control, record: Record) -> Trials:
    """Train every trial that is not finished yet; the result is False where `control` stopped it.

    Raises InvalidRecipe with all problems of all trials before the first one begins, and before anything is written.
    A trial whose training fails is told as a notice, and the others go on.
    """
    left = [trial for trial in plan.trials if not is_finished(folder / trial.name)]
    steps = yield from checked(plan, left, control)
    if steps is None:
        return False
    write_json(folder / FILE, plan.to_value())
    course = Course(folder, control, record, sum(steps.values()))
    yield Started(task="sweep", total=course.total)
    for trial in left:
        number = plan.trials.index(trial) + 1
        own = steps[trial.name]
        ended = yield from course.trial(plan.recipe_of(trial), trial, number, len(plan.trials), own)
        if ended == "stopped":
            return False
        if ended == "busy":
            yield Noticed(problem=Problem(message="another program is training it", where=trial.name, severity="note"))
        course.done += own
    return True


def checked(plan: Plan, trials: list[Trial], control: Control) -> Generator[Event, None, dict[str, int] | None]:
    """Open what every trial names and return how many steps each takes, by its name; None where it was stopped.

    Raises InvalidRecipe with all that is wrong; what is wrong in several trials is told once.
    """
    opener, steps = Remembering(), {}
    found: dict[Problem, list[Trial]] = {}
    for number, trial in enumerate(trials, 1):
        yield Progress(done=number, total=len(trials), doing=f"Checking trial {number} of {len(trials)}")
        if control.take_stop() is not None:
            yield Stopped(step=0)
            return None
        try:
            opened = open_recipe(plan.recipe_of(trial), opener)
            errors = opened.errors
            steps[trial.name] = 0 if errors else _steps(opened)
        except InvalidRecipe as error:
            errors = error.problems
        for problem in errors:
            found.setdefault(problem, []).append(trial)
    if found:
        raise InvalidRecipe([_placed(problem, where, trials, plan) for problem, where in found.items()])
    return steps


class Course:
    """The way through the trials: how much is done of it, and what was told already."""

    def __init__(self, folder: Path, control: Control, record: Record, total: int) -> None:
        self.folder, self.control, self.record, self.total = folder, control, record, total
        self.done = 0
        self.told: set[Problem] = set()

    def trial(self, recipe: Recipe, trial: Trial, number: int, count: int, steps: int) -> Attempt:
        """Train one trial, or go on with it, in `steps` of the whole."""
        place = self.folder / trial.name
        yield Staged(step=self.done, number=number, stages=count, learner="student", epochs=recipe.epochs)
        ended: Ended = "done"
        try:
            with closing(self.record(place, controlled(_begun(recipe, place), self.control))) as events:
                for event in events:
                    ended = "stopped" if isinstance(event, Stopped) else ended
                    if (told := self.seen(event, steps)) is not None:
                        yield told
        except RunBusy:
            ended = "busy"
        except (TrainingDiverged, OutOfMemory) as error:
            ended = "failed"
            hint = f"The other trials go on. {error.hint}"
            yield Noticed(problem=Problem(message=error.message, hint=hint, where=trial.name, severity="warning"))
        return ended

    def seen(self, event: Event, steps: int) -> Event | None:
        """Return a trial's event as one of the whole; None for what says nothing new there."""
        if isinstance(event, Advanced):
            step = self.done + round(steps * event.step / max(event.total, 1))
            return event.model_copy(update={"step": step, "total": self.total})
        if isinstance(event, Noticed):
            if event.problem in self.told:
                return None
            self.told.add(event.problem)
        return None if isinstance(event, Staged) else event


def _begun(recipe: Recipe, folder: Path) -> Run:
    """Train, or go on; which of them is decided with the first event, when nobody else can begin it any more."""
    if RunFolder(folder).recipe.exists():
        return (yield from resume(folder))
    return (yield from train(recipe, folder))


def _steps(opened: Opened) -> int:
    """Return about how many optimizer steps a trial takes: they share out the progress."""
    recipe, inputs = opened.recipe, len(opened.splits.train) if opened.splits else 0
    learners = 1 + (recipe.baseline and bool(recipe.teachers)) + len(opened.peers) + len(opened.stages)
    return recipe.epochs * -(-inputs // recipe.batch) * learners


def _placed(problem: Problem, where: list[Trial], trials: list[Trial], plan: Plan) -> Problem:
    """Return a problem with what the trials have in common that have it; nothing where all do."""
    if len(where) == len(trials):
        return problem
    name = common(where, plan.over) or f"{where[0].name} and {len(where) - 1} more"
    return problem.model_copy(update={"where": f"{name}: {problem.where}".rstrip(": ")})
