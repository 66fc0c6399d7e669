"""What the inspector says of one input with several labels or with numbers, in figures and in a sentence."""

import numpy as np

from kdstudio.analysis.sentence import Role, Span
from kdstudio.analysis.several import divergences
from kdstudio.core.measures import figures
from kdstudio.ui.panels.understand.inspector_facts import Fact
from kdstudio.ui.panels.understand.one_input import OneInput
from kdstudio.ui.panels.understand.transfer_numbers import fraction
from kdstudio.ui.truth import NO_LABEL, label_words

_ROLES: dict[str, Role] = {"teacher": "teacher", "student": "student", "baseline": "baseline"}


def facts(one: OneInput, lens: float) -> list[Fact]:
    """Return up to three facts: how close the answers are, and how good."""
    return _number_facts(one) if one.task == "regression" else _label_facts(one, lens)


def told(one: OneInput) -> tuple[Span, ...]:
    """Return what is worth saying about the answers to one input."""
    return tuple(_number_sentence(one) if one.task == "regression" else _label_sentence(one))


def _label_facts(one: OneInput, lens: float) -> list[Fact]:
    found: list[Fact] = []
    total = len(one.class_names)
    if one.teacher is not None:
        gap = float(divergences(one.teacher / lens, one.student / lens))
        without = (
            "" if one.baseline is None else f"without {_short(divergences(one.teacher / lens, one.baseline / lens))}"
        )
        meaning = "KL divergence from the teacher’s to the student’s softened yes or no, summed over labels, in nats."
        found.append(("KL to teacher", fraction(gap), without, meaning))
        same = int(((one.teacher > 0) == (one.student > 0)).sum())
        found.append(("Same yes or no", f"{same}", f"of {total} labels", "Labels on which teacher and student agree."))
    true = _true(one)
    if true is not None:
        parts = [("teacher", one.teacher), ("student", one.student), ("without", one.baseline)]
        right = [f"{who} {int(((logits > 0) == true).sum())}" for who, logits in parts if logits is not None]
        found.append(("Right labels", f"of {total}:", " · ".join(right), "Labels with the true yes or no."))
    return found


def _short(gap: np.ndarray) -> str:
    return fraction(float(gap))


def _true(one: OneInput) -> np.ndarray | None:
    """Return which labels are true, (C,) bool, or None where that is not known."""
    if not isinstance(one.target, np.ndarray) or np.isnan(one.target).any():
        return None
    return np.asarray(one.target == 1)


def _label_sentence(one: OneInput) -> list[Span]:
    spans, true = [], _true(one)
    said = {who: logits > 0 for who in _ROLES if (logits := getattr(one, who)) is not None}
    teacher, student = said.get("teacher"), said["student"]
    if teacher is not None and (teacher == student).all():
        spans += [Span("Teacher and student both give "), Span(label_words(student, one.class_names), "class")]
    elif teacher is not None:
        spans += _compared("The student", student, teacher, one.class_names)
    else:
        spans += [Span("The student gives "), Span(label_words(student, one.class_names), "class")]
    spans.append(Span("."))
    if true is not None:
        spans.append(Span(" "))
        spans += [Span("That is right.")] if (student == true).all() else [*_judged(student, true, one), Span(".")]
    baseline = said.get("baseline")
    if baseline is not None and (baseline != student).any():
        words = label_words(baseline, one.class_names)
        spans += [Span(" Without the teacher it would give "), Span(words, "class"), Span(".")]
    return spans


def _compared(who: str, mine: np.ndarray, other: np.ndarray, names: tuple[str, ...]) -> list[Span]:
    """Say which labels one gives beyond the teacher's, and which it leaves out."""
    more, less = label_words(mine & ~other, names), label_words(other & ~mine, names)
    spans = [Span(f"{who} ")]
    if more != NO_LABEL:
        spans += [Span("adds "), Span(more, "class"), Span(" to the teacher’s labels")]
    if less != NO_LABEL:
        spans += [Span(" and " if more != NO_LABEL else ""), Span("leaves out "), Span(less, "class")]
        spans += [Span("" if more != NO_LABEL else " of the teacher’s labels")]
    return spans


def _judged(student: np.ndarray, true: np.ndarray, one: OneInput) -> list[Span]:
    missed, wrong = label_words(true & ~student, one.class_names), label_words(student & ~true, one.class_names)
    spans = []
    if missed != NO_LABEL:
        spans += [Span("It misses "), Span(missed, "truth")]
    if wrong != NO_LABEL:
        spans += [Span(" and gives " if spans else "It gives "), Span(wrong, "class"), Span(" wrongly")]
    return spans


def _number_facts(one: OneInput) -> list[Fact]:
    """Return distances; of several numbers their root mean square would mix units, so that they stand on the axes."""
    if len(one.class_names) > 1:
        return []
    found: list[Fact] = []
    student = float(one.student[0])
    alone = None if one.baseline is None else float(one.baseline[0])
    if one.teacher is not None:
        teacher = float(one.teacher[0])
        without = "" if alone is None else f"without {figures(abs(alone - teacher), 3)}"
        found.append(
            ("From teacher", figures(abs(student - teacher), 3), without, "Student − teacher, without its sign.")
        )
    if isinstance(one.target, np.ndarray) and not np.isnan(one.target).any():
        true = float(one.target[0])
        found.append(("Error", figures(abs(student - true), 3), "", "Student − truth, without its sign."))
        if one.teacher is not None:
            found.append(("Teacher’s error", figures(abs(teacher - true), 3), "", "Teacher − truth, without its sign."))
    return found


def _number_sentence(one: OneInput) -> list[Span]:
    name = one.class_names[0]
    spans = [Span(f"The student answers {name} ")] if len(one.class_names) > 1 else [Span("The student answers ")]
    student = float(one.student[0])
    spans.append(Span(figures(student), "student"))
    if one.teacher is not None:
        teacher = float(one.teacher[0])
        spans += [Span(f", {_beside(student, teacher)} the teacher’s "), Span(figures(teacher), "teacher")]
    spans.append(Span("."))
    if isinstance(one.target, np.ndarray) and not np.isnan(one.target).any():
        true = float(one.target[0])
        spans += [Span(" The truth is "), Span(figures(true), "truth"), Span(f": it is {_off(student, true)}.")]
    if one.baseline is not None:
        spans += [Span(" Without the teacher it would answer "), Span(figures(float(one.baseline[0])), "baseline")]
        spans.append(Span("."))
    return spans


def _beside(value: float, other: float) -> str:
    gap = value - other
    return (
        "as much as"
        if figures(value) == figures(other)
        else f"{figures(abs(gap), 3)} {'above' if gap > 0 else 'below'}"
    )


def _off(value: float, true: float) -> str:
    gap = value - true
    return "right" if figures(value) == figures(true) else f"{figures(abs(gap), 3)} too {'high' if gap > 0 else 'low'}"
