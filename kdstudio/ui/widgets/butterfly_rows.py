"""The rows of a butterfly as values: which classes are shown, in which order, and the same in words."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

Order = Literal["teacher", "student", "difference", "class"]
LOG_FLOOR = 1e-4  # probabilities below have no bar on the log scale


@dataclass(frozen=True, slots=True)
class ButterflyRow:
    """One class (or all others together): what each learner gives it, 0 to 1; None where there is no such learner."""

    name: str
    teacher: float | None
    student: float | None
    baseline: float | None
    classes: tuple[int, ...]
    is_truth: bool = False
    is_teacher_top: bool = False
    is_student_top: bool = False

    @property
    def largest(self) -> float:
        """The largest of the three probabilities."""
        return max((p for p in (self.teacher, self.student, self.baseline) if p is not None), default=0.0)


@dataclass(frozen=True, slots=True)
class Answers:
    """Probabilities (C,) of the learners for one input, softened at the same temperature; None where one is absent.

    Of `is_several` labels each is a yes or no of its own: those above one half are given, and `truth` may name several.
    """

    class_names: tuple[str, ...]
    teacher: np.ndarray | None
    student: np.ndarray | None = None
    baseline: np.ndarray | None = None
    truth: tuple[int, ...] = ()
    is_several: bool = False


def butterfly_rows(answers: Answers, order: Order = "teacher", *, top: int | None = 10) -> list[ButterflyRow]:
    """Return `top` rows and one for the others; all of them where `top` is None or leaves a single class out.

    True classes are always among the rows: they take the last places where they would be among the others.
    """
    ranked = _ranked(answers, order)
    if top is None or len(ranked) <= top + 1:
        return [_row(answers, k) for k in ranked]
    shown = ranked[:top]
    missing = [k for k in answers.truth if k not in shown][:top]
    shown = [*shown[: top - len(missing)], *missing]
    shown += [k for k in answers.truth if k not in shown]  # a true one that made room for another
    others = tuple(k for k in ranked if k not in set(shown))
    return [*(_row(answers, k) for k in shown), _others(answers, others)]


def length(value: float | None, largest: float, *, log: bool = False) -> float:
    """Return a bar's length, 0 to 1, when the largest value of the picture has length 1."""
    if value is None or largest <= 0:
        return 0.0
    if not log:
        return min(value / largest, 1.0)
    if value <= LOG_FLOOR or largest <= LOG_FLOOR:
        return 0.0
    return min(math.log(value / LOG_FLOOR) / math.log(largest / LOG_FLOOR), 1.0)


def text_twin(rows: list[ButterflyRow], names: tuple[str, str] = ("teacher", "student")) -> str:
    """Return the picture as lines of text: class, what each side gives it, without teacher, truth."""
    lines = []
    for row in rows:
        parts = [
            f"{who} {value:.2f}"
            for who, value in ((names[0], row.teacher), (names[1], row.student), ("without teacher", row.baseline))
            if value is not None
        ]
        lines.append(f"{row.name}{' (true class)' if row.is_truth else ''}: {', '.join(parts)}")
    return "\n".join(lines)


def _ranked(answers: Answers, order: Order) -> list[int]:
    count = len(answers.class_names)
    teacher, student = answers.teacher, answers.student
    if order == "class":
        return list(range(count))
    if order == "difference" and teacher is not None and student is not None:
        return [int(k) for k in np.argsort(-np.abs(teacher - student), kind="stable")]
    first = student if order == "student" and student is not None else teacher
    first = first if first is not None else student
    if first is None:
        return list(range(count))
    return [int(k) for k in np.argsort(-first, kind="stable")]


def _at(probabilities: np.ndarray | None, classes: tuple[int, ...]) -> float | None:
    return None if probabilities is None else float(probabilities[list(classes)].sum())


def _largest(probabilities: np.ndarray | None, classes: tuple[int, ...]) -> float | None:
    return None if probabilities is None else float(probabilities[list(classes)].max())


def _is_top(answers: Answers, probabilities: np.ndarray | None, k: int) -> bool:
    if probabilities is None:
        return False
    return bool(probabilities[k] > 0.5) if answers.is_several else int(np.argmax(probabilities)) == k


def _row(answers: Answers, k: int) -> ButterflyRow:
    return ButterflyRow(
        name=answers.class_names[k],
        teacher=_at(answers.teacher, (k,)),
        student=_at(answers.student, (k,)),
        baseline=_at(answers.baseline, (k,)),
        classes=(k,),
        is_truth=k in answers.truth,
        is_teacher_top=_is_top(answers, answers.teacher, k),
        is_student_top=_is_top(answers, answers.student, k),
    )


def _others(answers: Answers, classes: tuple[int, ...]) -> ButterflyRow:
    """Sum up classes that share one whole; of labels that do not, the largest stands for the others."""
    taken = _largest if answers.is_several else _at
    return ButterflyRow(
        name=f"{'at most, of' if answers.is_several else 'others'} ({len(classes)})",
        teacher=taken(answers.teacher, classes),
        student=taken(answers.student, classes),
        baseline=taken(answers.baseline, classes),
        classes=classes,
    )
