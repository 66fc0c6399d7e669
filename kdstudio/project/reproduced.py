"""What the runs of a study gave, beside what was published: read from run folders, never typed."""

from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev

import numpy as np

from kdstudio.analysis.bias_shift import bias_shift, shifted
from kdstudio.core.errors import RunError
from kdstudio.core.types import Predictions
from kdstudio.project.run import Run, is_run
from kdstudio.recipe.study import Budget, Figure, Study, folder_of

SMALLEST_GAP = 0.005  # of accuracy: less between all labels and few says nothing


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure of a study with what was measured for each seed, of `count` inputs; none where the runs are missing."""

    study: Study
    figure: Figure
    values: tuple[float, ...]
    count: int

    @property
    def mean(self) -> float | None:
        """Over the seeds."""
        return mean(self.values) if self.values else None

    @property
    def spread(self) -> float | None:
        """The standard deviation over the seeds; None of a single one."""
        return stdev(self.values) if len(self.values) > 1 else None

    @property
    def difference(self) -> float | None:
        """Measured less published."""
        return None if self.mean is None or self.figure.published is None else self.mean - self.figure.published


def measured(study: Study, budget: Budget, runs: Path) -> list[Measured]:
    """Return every figure of a study with what the finished runs in the folder `runs` say."""
    seeds = range(study.budgets[budget].seeds)
    found = []
    for figure in study.figures:
        values, count = [], 0
        for seed in seeds:
            folders = [runs / folder_of(study, name, budget, seed) for name in figure.of]
            if all(is_run(one) and Run(one).summary is not None for one in folders):
                value, count = _value(figure, [Run(one) for one in folders])
                values += [] if value is None else [value]
        found.append(Measured(study, figure, tuple(values), count))
    return found


def _value(figure: Figure, runs: list[Run]) -> tuple[float | None, int]:
    """Return one figure of one seed, and of how many inputs."""
    answers = [_answers(run, "test", figure.shifted) for run in runs]
    if figure.kind == "gap_closed":
        soft, hard, whole = (_accuracy(one) for one in answers)
        gap = whole - hard
        return ((soft - hard) / gap if gap >= SMALLEST_GAP else None), len(answers[0].index)
    (only,) = answers
    if figure.among:
        kept = np.asarray(only.targets) == only.class_names.index(figure.among)
        wrong, count = int((only.labels[kept] != np.asarray(only.targets)[kept]).sum()), int(kept.sum())
    else:
        wrong, count = int((only.labels != np.asarray(only.targets)).sum()), len(only.index)
    shares = {"errors": float(wrong), "error_rate": wrong / count, "accuracy": 1 - wrong / count}
    return shares[figure.kind], count


def _accuracy(answers: Predictions) -> float:
    return float((answers.labels == np.asarray(answers.targets)).mean())


def _answers(run: Run, split: str, moved: bool) -> Predictions:
    """Return the best student's answers; `moved` by the shift that those to the validation inputs ask for."""
    answers = run.predictions("student", split, "best")
    if not moved:
        return answers
    theirs = run.predictions("teacher", "validation")
    mine = run.predictions("student", "validation", "best")
    if not np.array_equal(mine.index, theirs.index):
        raise RunError(f"{run.name}: teacher and student were asked about other validation inputs")
    return shifted(answers, bias_shift(mine, theirs))
