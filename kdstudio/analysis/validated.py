"""What a finished run scored on validation with the weights that it kept: by that its settings may be chosen.

The test part stays for the final report: whoever chooses by it reports too good a score.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from kdstudio.analysis.summary import metrics
from kdstudio.core.layout import RunFolder
from kdstudio.core.measures import score, task_of
from kdstudio.core.targets import Task
from kdstudio.core.types import Predictions

LENS = 1.0  # one temperature for all runs, whatever each of them learned at: otherwise KL could not be compared
Scores = Mapping[str, float | None]


def validated(folder: Path, task: Task, learner: str = "student") -> Scores:
    """Return a learner's metrics on validation at its best epoch, with KL at temperature 1.

    They come from the answers that the run keeps; nothing where it has no such learner, or they cannot be read. A
    teacher has but one epoch, and is not measured against itself.
    """
    teacher = _answers(folder, task, "teacher", "last")
    if learner == "teacher":
        return {} if teacher is None else metrics(teacher)
    own = _answers(folder, task, learner, "best")
    return {} if own is None else metrics(own, teacher, LENS)


def rank(scores: Scores) -> float | None:
    """Return the number by which settings are ranked, the higher the better; None where nothing was scored.

    It is the task's headline measure, or how close the student is to its teacher where there are no labels: the one
    by which the best epoch was chosen.
    """
    headline = score(scores)
    if headline is not None:
        return headline
    return scores.get("correlation" if task_of(scores) == "regression" else "agreement")


def _answers(folder: Path, task: Task, learner: str, epoch: str) -> Predictions | None:
    place = RunFolder(folder)
    part = place.split(learner, "validation")
    try:
        logits = np.load(place.logits(learner, "validation", epoch))
        index, targets = np.load(part / "index.npy"), np.load(part / "targets.npy")
    except (OSError, ValueError):
        return None
    names = tuple(map(str, range(logits.shape[1])))
    return Predictions(index, targets, logits, names, model=learner, split="validation", task=task)
