"""A search: trials one by one, each where Optuna expects the most of the values that are varied.

What was tried stands in a journal in the sweep's folder. So a search that was stopped goes on, and several programs,
also of other machines that share the folder, search together.
"""

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from kdstudio.analysis.validated import rank, validated
from kdstudio.core.errors import KdStudioError
from kdstudio.core.events import Started
from kdstudio.core.files import write_json
from kdstudio.core.layout import RunFolder
from kdstudio.recipe.over import Range
from kdstudio.recipe.recipe import parse, read_json
from kdstudio.recipe.sweep import FILE, Plan, Trial
from kdstudio.training.control import Control
from kdstudio.training.run import is_finished
from kdstudio.training.sweep import Course, Record, Trials, checked

JOURNAL = "search.journal"
_LONGEST = 60.0  # seconds in which a program that lives has chosen a trial's values


def search(folder: Path, plan: Plan, control: Control, record: Record) -> Trials:
    """Train trials until there are as many as the plan asks for; the result is False where `control` stopped it.

    Each end of each range and each value of a list is checked first. Raises InvalidRecipe with all problems of them
    before anything is written, and KdStudioError where Optuna is not installed.
    """
    optuna = _optuna()
    steps = yield from checked(plan, corners(plan), control)
    if steps is None:
        return False
    each = max(1, *steps.values())
    write_json(folder / FILE, plan.to_value())
    journal = _Journal(optuna, folder, plan)
    course = Course(folder, control, record, each * plan.count)
    yield Started(task="search", total=course.total)
    busy: set[int] = set()
    while (number := journal.next(busy)) is not None:
        trial = journal.trial(number)
        journal.write()
        course.done, place = each * journal.ended, journal.place(number)
        ended = "done"
        if not is_finished(folder / trial.name):
            ended = yield from course.trial(plan.recipe_of(trial), trial, place + 1, plan.count, each)
        if ended == "stopped":
            return False
        if ended == "busy":
            busy.add(number)
        else:
            journal.tell(number)
    journal.write()
    return True


def corners(plan: Plan) -> list[Trial]:
    """Return trials with each value of each list and each end of each range at least once."""
    ends = {path: [one.low, one.high] if isinstance(one, Range) else one for path, one in plan.over.items()}
    first = {path: values[0] for path, values in ends.items()}
    others = [first | {path: value} for path, values in ends.items() for value in values[1:]]
    return [Trial(f"{at:04d}", values) for at, values in enumerate((first, *others))]


def _optuna() -> Any:
    try:
        import optuna
    except ImportError as error:
        hint = 'Install it: pip install "kdstudio[search]"'
        raise KdStudioError("a search needs Optuna, which is not installed", hint=hint) from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna


class _Journal:
    """What was tried, by all programs that search in the folder.

    A trial whose state is FAIL is none: nobody chose its values. One whose training failed is PRUNED, which counts as
    worse than all that have a score.
    """

    def __init__(self, optuna: Any, folder: Path, plan: Plan) -> None:
        from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock, JournalStorage

        path = str(folder / JOURNAL)  # its lock is a file of its own, which other machines and Windows know too
        storage = JournalStorage(JournalFileBackend(path, lock_obj=JournalFileOpenLock(path)))
        self.optuna, self.folder, self.plan = optuna, folder, plan
        self.states = optuna.trial.TrialState
        self.study = optuna.create_study(
            storage=storage, study_name="search", direction="maximize", load_if_exists=True
        )

    @property
    def known(self) -> list[Any]:
        """All trials that count, in the order in which they were begun."""
        return [one for one in self.study.get_trials(deepcopy=False) if one.state != self.states.FAIL]

    @property
    def ended(self) -> int:
        """How many of them have come to an end."""
        return sum(one.state.is_finished() for one in self.known)

    def place(self, number: int) -> int:
        """Return how many trials were begun before one."""
        return sum(one.number < number for one in self.known)

    def next(self, busy: set[int]) -> int | None:
        """Return the number of the next trial: one that was left half done, or a new one; None if there are enough."""
        for one in self.known:
            if one.state.is_finished() or one.number in busy:
                continue
            if self.is_chosen(one):
                return int(one.number)
            if (datetime.now() - one.datetime_start).total_seconds() > _LONGEST:  # whoever began it is gone
                self.study.tell(one.number, state=self.states.FAIL, skip_if_finished=True)
        if len(self.known) >= self.plan.count:
            return None
        trial = self.study.ask()
        if self.place(trial.number) >= self.plan.count:  # another program was quicker
            self.study.tell(trial.number, state=self.states.FAIL)
            return None
        self.choose(trial)
        return int(trial.number)

    def choose(self, trial: Any) -> None:
        """Let Optuna choose a trial's values."""
        # seeded by the trial: programs that begin together try other values, and one alone always the same
        seed = int(self.plan.recipe.get("seed", 0)) + trial.number
        self.study.sampler = self.optuna.samplers.TPESampler(seed=seed)
        for path, one in self.plan.over.items():
            if not isinstance(one, Range):
                trial.suggest_categorical(path, [json.dumps(value) for value in one])
            elif one.is_whole:
                trial.suggest_int(path, one.low, one.high, log=one.is_log)
            else:
                trial.suggest_float(path, one.low, one.high, log=one.is_log)

    def is_chosen(self, found: Any) -> bool:
        """Whether a trial has all of its values."""
        return set(found.params) == set(self.plan.over)

    def trial(self, number: int) -> Trial:
        """Return a trial with its values; a number within a range has four significant digits."""
        found, values = self.study.get_trials(deepcopy=False)[number], {}
        for path, one in self.plan.over.items():
            value = found.params[path]
            if isinstance(one, Range):
                values[path] = value if one.is_whole else float(f"{value:.4g}")
            else:
                values[path] = json.loads(value)
        return Trial(f"{number:04d}", values)

    def tell(self, number: int) -> None:
        """Tell Optuna what came of a trial."""
        place, score = self.folder / f"{number:04d}", None
        if is_finished(place):
            task = parse(read_json(RunFolder(place).recipe)).task
            score = rank(validated(place, "classification" if task == "auto" else task))
        if score is None:
            self.study.tell(number, state=self.states.PRUNED, skip_if_finished=True)
        else:
            self.study.tell(number, score, skip_if_finished=True)

    def write(self) -> None:
        """Write all trials into the sweep's file."""
        trials = tuple(self.trial(one.number) for one in self.known if self.is_chosen(one))
        write_json(self.folder / FILE, replace(self.plan, trials=trials).to_value())
