"""Which inputs are worth looking at first: where the teacher is in doubt, and where that doubt was passed on."""

from collections.abc import Mapping

import numpy as np

from kdstudio.analysis import several
from kdstudio.analysis.agreement import kl
from kdstudio.analysis.alignment import blocks, check
from kdstudio.analysis.similarity import true_classes
from kdstudio.analysis.survey import Surveyed, survey
from kdstudio.core.types import Predictions, sigmoid, softmax


def entropy(predictions: Predictions, temperature: float = 1.0) -> np.ndarray:
    """Return how unsure each answer is: the entropy of the softened probabilities in nats, (N,) float64.

    Of several labels it is the sum over the yes-or-no answers.
    """
    check(predictions)
    values = np.empty(len(predictions.logits))
    for rows in blocks(predictions):
        p = (sigmoid if predictions.task == "multi_label" else softmax)(predictions.logits[rows], temperature)
        values[rows] = -(p * np.log(np.where(p > 0, p, 1.0))).sum(axis=1)
        if predictions.task == "multi_label":
            values[rows] -= ((1 - p) * np.log(np.where(p < 1, 1 - p, 1.0))).sum(axis=1)
    return values


def most_ambiguous(teacher: Predictions, count: int = 8, temperature: float = 1.0) -> np.ndarray:
    """Return the positions of the inputs on which the teacher is least sure, (≤ count,) int64, least sure first.

    They are spread over the classes: no class comes an n-th time before every other class that still has inputs did.
    """
    unsure = entropy(teacher, temperature)
    classes = true_classes(teacher) if teacher.task == "classification" else np.argmax(teacher.logits, axis=1)
    ranked = np.lexsort((-unsure, classes))  # by class, least sure first
    starts = np.searchsorted(classes[ranked], classes[ranked], side="left")
    turn = np.empty(len(ranked), dtype=np.int64)
    turn[ranked] = np.arange(len(ranked)) - starts  # the how many-th of its class an input is
    chosen = np.lexsort((-unsure, turn))[:count]
    return np.asarray(chosen[np.argsort(-unsure[chosen], kind="stable")])


def most_telling(
    teacher: Predictions | None, student: Predictions, baseline: Predictions | None = None, temperature: float = 4.0
) -> np.ndarray:
    """Return the positions of all inputs, (N,) int64, the one that best shows what was passed on first.

    Best is an input on which the teacher is right but doubts, the student shares top class and second thought, and the
    baseline answers something else; among equals, where following the teacher's doubt gained most (KL of the baseline
    minus KL of the student, times the probability of the teacher's second thought, so that a doubt between two classes
    comes before one among all). Without a baseline: where a large doubt is followed
    closely. Without a teacher: where the student is least sure.

    Of several labels and of numbers: where the teacher drew the student furthest from the baseline.
    """
    check(student, *(one for one in (teacher, baseline) if one is not None))
    if student.task != "classification":
        return _most_gained(teacher, student, baseline, temperature)
    if teacher is None:
        return np.argsort(-entropy(student, temperature), kind="stable")
    models = {"teacher": teacher, "student": student} | ({} if baseline is None else {"baseline": baseline})
    return by_gain(survey(models, np.zeros(len(student.index), dtype=np.int64), temperature), teacher.targets)


def by_gain(surveyed: Mapping[str, Surveyed], targets: np.ndarray) -> np.ndarray:
    """Return what `most_telling` returns of classes, for a teacher, a student and perhaps a baseline that were read."""
    teacher, student, baseline = surveyed["teacher"], surveyed["student"], surveyed.get("baseline")
    hidden, near = 1 - teacher.softened, student.kl
    assert near is not None
    follows = (teacher.first == student.first) & (teacher.second == student.second)
    is_right = (targets < 0) | (teacher.first == targets)
    if baseline is None or baseline.kl is None:
        gain, differs = hidden * np.exp(-near / np.maximum(hidden, 1e-9)), np.zeros(len(hidden), dtype=bool)
    else:
        gain = (baseline.kl - near) * teacher.runner_up
        differs = baseline.first != teacher.first
    met = follows.astype(np.int64) + is_right + differs
    return np.lexsort((-gain, -met))


def distance(first: Predictions, second: Predictions, temperature: float) -> np.ndarray:
    """Return how far two models' answers to each input are apart, (N,): KL, of numbers the root mean square."""
    if first.task == "regression":
        gap = np.asarray(first.logits, dtype=np.float64) - second.logits
        return np.asarray(np.sqrt(np.square(gap).mean(axis=1)))
    return several.kl(first, second, temperature) if first.task == "multi_label" else kl(first, second, temperature)


def _most_gained(
    teacher: Predictions | None, student: Predictions, baseline: Predictions | None, temperature: float
) -> np.ndarray:
    if teacher is None:
        unsure = entropy(student, temperature) if student.task == "multi_label" else -student.logits[:, 0]
        return np.argsort(-unsure, kind="stable")
    near = distance(teacher, student, temperature)
    far = 0.0 if baseline is None else distance(teacher, baseline, temperature)
    return np.argsort(near - far, kind="stable")
