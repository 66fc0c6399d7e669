"""One input seen by both models: the teacher's probabilities to the left, the student's to the right."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from kdstudio.analysis.agreement import divergence, jensen_shannon
from kdstudio.analysis.ranks import spearman
from kdstudio.core.types import log_softmax, softmax

Order = Literal["teacher", "student", "difference", "class"]
Measure = Callable[[np.ndarray, np.ndarray], np.ndarray]
ROWS = 10


@dataclass(frozen=True, slots=True)
class Row:
    """One class: each model's softened probability, None for a model that is not there."""

    label: int
    name: str
    teacher: float | None
    student: float | None
    baseline: float | None
    is_true: bool


@dataclass(frozen=True, slots=True)
class Others:
    """The classes that have no row: how many, and what each model gives to all of them together."""

    count: int
    teacher: float | None
    student: float | None
    baseline: float | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What one model says: `top` and its `confidence` at temperature 1, and the softened probabilities (C,).

    `second` is the class next to the top. `hidden` = 1 − max p_T: the softened mass that is not on the top class.
    """

    top: int
    second: int
    confidence: float
    probabilities: np.ndarray
    hidden: float


@dataclass(frozen=True, slots=True)
class Butterfly:
    """All that the inspector shows of one input, at one lens temperature; what needs an absent model is None.

    `target` is −1 where there is no label. `kl` and `js` (nats) and `rank` (Spearman over the classes but the
    teacher's top one) compare student with teacher, `baseline_kl` the baseline.
    """

    class_names: tuple[str, ...]
    target: int
    temperature: float
    rows: tuple[Row, ...]
    others: Others | None
    teacher: Answer | None
    student: Answer | None
    baseline: Answer | None
    kl: float | None
    baseline_kl: float | None
    js: float | None
    rank: float | None


def butterfly(
    teacher: np.ndarray | None,
    student: np.ndarray | None,
    baseline: np.ndarray | None = None,
    *,
    class_names: Sequence[str],
    target: int = -1,
    temperature: float = 1.0,
    order: Order = "teacher",
    rows: int = ROWS,
) -> Butterfly:
    """Compare the logits (C,) of up to three models for one input.

    At most `rows` classes get a row, the first ones in `order`, the last of them making room for the true class and
    for any model's top class that would be hidden otherwise. Raises ValueError where there is no answer, where the
    numbers of classes differ or are below two.
    """
    given = {"teacher": teacher, "student": student, "baseline": baseline}
    answers = {name: None if one is None else _answer(one, temperature) for name, one in given.items()}
    _check([one.probabilities for one in answers.values() if one is not None], class_names, target)
    ordered = _ordered(answers, order)
    shown = _shown(ordered, [one.top for one in answers.values() if one is not None] + [target] * (target >= 0), rows)
    rest = np.setdiff1d(ordered, shown)
    made = [Row(int(j), class_names[j], **_masses(answers, j), is_true=bool(j == target)) for j in shown]
    return Butterfly(
        class_names=tuple(class_names),
        target=target,
        temperature=temperature,
        rows=tuple(made),
        others=Others(len(rest), **_masses(answers, rest)) if len(rest) else None,
        **answers,
        kl=_compare(divergence, teacher, student, temperature),
        baseline_kl=_compare(divergence, teacher, baseline, temperature),
        js=_compare(jensen_shannon, teacher, student, temperature),
        rank=_rank(teacher, student),
    )


def _answer(logits: np.ndarray, temperature: float) -> Answer:
    if logits.ndim != 1 or len(logits) < 2:
        raise ValueError("an answer is one row of logits of at least two classes")
    probabilities = softmax(logits, temperature)
    top, second = np.argsort(-logits.astype(np.float64), kind="stable")[:2]
    return Answer(int(top), int(second), float(softmax(logits)[top]), probabilities, float(1 - probabilities.max()))


def _check(answers: list[np.ndarray], class_names: Sequence[str], target: int) -> None:
    if not answers:
        raise ValueError("there is no answer to look at")
    if any(len(one) != len(class_names) for one in answers):
        raise ValueError("the models have different numbers of classes")
    if target >= len(class_names):
        raise ValueError(f"label {target} has no answer among {len(class_names)} classes")


def _ordered(answers: dict[str, Answer | None], order: Order) -> np.ndarray:
    """Return all classes in the wanted order, (C,); without the model that decides, by the one that is there."""
    there = [one.probabilities for one in answers.values() if one is not None]
    teacher, student = answers["teacher"], answers["student"]
    if order == "class":
        return np.arange(len(there[0]))
    if order == "difference" and teacher and student:
        return np.argsort(-np.abs(student.probabilities - teacher.probabilities), kind="stable")
    first = student if order == "student" and student else teacher
    return np.argsort(-(first.probabilities if first else there[0]), kind="stable")


def _shown(ordered: np.ndarray, wanted: list[int], rows: int) -> np.ndarray:
    if len(ordered) <= rows:
        return ordered
    hidden = [j for j in dict.fromkeys(wanted) if j not in ordered[:rows]]
    must = set(wanted)
    spare = [j for j in ordered[:rows][::-1] if j not in must]  # last rows first
    kept = (set(ordered[:rows].tolist()) - {int(j) for j in spare[: len(hidden)]}) | set(hidden)
    return ordered[np.isin(ordered, list(kept))]


def _masses(answers: Mapping[str, Answer | None], classes: np.ndarray | int) -> dict[str, float | None]:
    """Return the probability that each model gives to a class, or to several together."""
    return {name: None if one is None else float(np.sum(one.probabilities[classes])) for name, one in answers.items()}


def _compare(measure: Measure, first: np.ndarray | None, second: np.ndarray | None, temperature: float) -> float | None:
    if first is None or second is None:
        return None
    return float(measure(log_softmax(first, temperature), log_softmax(second, temperature)))


def _rank(teacher: np.ndarray | None, student: np.ndarray | None) -> float | None:
    if teacher is None or student is None:
        return None
    rest = np.arange(len(teacher)) != np.argmax(teacher)
    return spearman(teacher[rest], student[rest])
