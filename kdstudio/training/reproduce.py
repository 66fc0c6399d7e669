"""Training the runs of studies, one after the other, as one generator of events; what is finished is not repeated."""

from collections.abc import Generator, Sequence
from pathlib import Path

from kdstudio.core.errors import DataError, Problem
from kdstudio.core.events import Event, Noticed, Started
from kdstudio.recipe.study import Budget, Study, folder_of
from kdstudio.recipe.sweep import Trial
from kdstudio.training.control import Control
from kdstudio.training.run import is_finished
from kdstudio.training.sweep import Course, Record


def reproduce(
    studies: Sequence[Study], budget: Budget, data: Path, runs: Path, control: Control, record: Record
) -> Generator[Event, None, bool]:
    """Train every run that is not finished in the folder `runs`; the result is False where `control` stopped it.

    Each seed has a teacher of its own; a run whose teacher failed is left out and told. Raises DataError before the
    first run where the data of a study is not in the folder `data`.
    """
    for study in studies:
        if study.data and not (data / study.data).exists():
            hint = f"Put it there, or say where it is: --data FOLDER, which holds {study.data}."
            raise DataError(f"{study.title} needs {study.data}, which is not in {data}", hint=hint)
    wanted = [
        (study, run, seed)
        for study in studies
        for seed in range(study.budgets[budget].seeds)
        for run in study.runs
        if not is_finished(runs / folder_of(study, run.name, budget, seed))
    ]
    course = Course(runs, control, record, sum(study.budgets[budget].epochs[run.name] for study, run, _ in wanted))
    yield Started(task="sweep", total=course.total)
    for number, (study, run, seed) in enumerate(wanted, 1):
        epochs, name = study.budgets[budget].epochs[run.name], folder_of(study, run.name, budget, seed)
        if run.teacher and not is_finished(runs / folder_of(study, run.teacher, budget, seed)):
            message = f"it is left out, because its teacher {run.teacher} did not finish"
            yield Noticed(problem=Problem(message=message, where=name, severity="warning"))
        else:
            recipe = study.recipe(run, budget, seed, data, runs)
            if (yield from course.trial(recipe, Trial(name, {}, {}), number, len(wanted), epochs)) == "stopped":
                return False
        course.done += epochs
    return True
