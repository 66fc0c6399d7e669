"""A teacher that is a file of answers: joined with the parts of a run, checked and scored before the run begins."""

from dataclasses import dataclass

import numpy as np

from kdstudio.core.errors import Problem
from kdstudio.core.targets import Task
from kdstudio.core.types import Predictions
from kdstudio.data.answers.answers import Answers
from kdstudio.data.answers.rows import Aligned, align
from kdstudio.data.dataset import Dataset, Part
from kdstudio.data.splits import Splits
from kdstudio.models.normalisation import quality
from kdstudio.models.score import doubts
from kdstudio.recipe.augmenting import AugmentationChoice

_PLACE = "teachers[0]"
_FIGURES = {"validation": "while it trains", "test": "in the final report"}


@dataclass(frozen=True, slots=True, eq=False)
class StoredTeacher:
    """Answers that fit the data; `accuracy` on the `count` labelled validation inputs, None where there are none."""

    aligned: Aligned
    accuracy: float | None
    count: int
    task: Task = "classification"

    def logits(self, part: Part) -> np.ndarray | None:
        """Return the answers to a part (N, C) float32, or None where not every input of it was answered."""
        return self.aligned.logits(part) if self.aligned.has(part).all() else None

    def predictions(self, part: Part, class_names: tuple[str, ...], split: str) -> Predictions | None:
        """Return the answers to a part as a model's are, or None where not every input of it was answered."""
        logits = self.logits(part)
        if logits is None:
            return None
        return Predictions(part.index, part.targets, logits, class_names, "teacher", split, self.task)


def join(
    answers: Answers, dataset: Dataset, splits: Splits, augmentation: AugmentationChoice
) -> tuple[StoredTeacher | None, list[Problem]]:
    """Join answers with the data of a run; return None where they do not fit, and all problems, each with its place.

    Answers that were stored hold for the inputs as they are, so augmentation is refused: the stored answer to a picture
    is not the teacher's answer to its mirror image.
    """
    aligned, found = align(answers, dataset)
    problems = [*answers.problems, *(problem.model_copy(update={"where": _PLACE}) for problem in found)]
    if augmentation.is_on:
        message = "stored answers hold for the inputs as they are, not for changed copies of them"
        hint = "Switch flip, shifted crop, mixed and noise images off, or let the teacher's model itself teach."
        problems.append(Problem(message=message, hint=hint, where="augmentation"))
    if aligned is None:
        return None, problems
    problems += _unanswered(aligned, splits)
    there = np.flatnonzero(aligned.has(splits.validation) & splits.validation.known)
    if not len(there):
        return StoredTeacher(aligned, None, 0, dataset.task), problems
    targets = splits.validation.targets[there]
    logits = aligned.logits(splits.validation.subset(there))
    accuracy = quality(logits, targets, dataset.task)
    problems += [
        problem.model_copy(update={"where": _PLACE}) for problem in doubts(logits, targets, accuracy, dataset.task)
    ]
    return StoredTeacher(aligned, accuracy, len(there), dataset.task), problems


def _unanswered(aligned: Aligned, splits: Splits) -> list[Problem]:
    """Say which inputs of the run have no answer: in training an error, elsewhere figures that will be missing."""
    problems = []
    has = aligned.has(splits.train)
    if not has.all():
        first = int(splits.train.index[int(np.flatnonzero(~has)[0])])
        message = (
            f"{int((~has).sum()):,} of {len(has):,} training inputs have no stored answer, the first is row {first:,}"
        )
        problems.append(Problem(message=message, hint="Add the missing rows to the file.", where=_PLACE))
    for name, part in (("validation", splits.validation), ("test", splits.test)):
        has = aligned.has(part)
        if not has.all():
            how = (
                "no stored answers"
                if not has.any()
                else f"{int((~has).sum()):,} of {len(has):,} without a stored answer"
            )
            message = f"the {name} inputs have {how}: there will be no figures of the teacher {_FIGURES[name]}"
            problems.append(Problem(message=message, where=_PLACE, severity="note"))
    return problems
