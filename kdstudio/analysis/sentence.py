"""What the butterfly of one input shows, said in words made from its numbers."""

from dataclasses import dataclass
from typing import Literal

from kdstudio.analysis.butterfly import Answer, Butterfly

Role = Literal["text", "class", "truth", "teacher", "student", "baseline"]


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of the sentence; `role` says how it is drawn: a class name, the true class, or a model's number."""

    text: str
    role: Role = "text"


Spans = list[Span]


def sentence(seen: Butterfly) -> tuple[Span, ...]:
    """Return what is worth saying about one input; percentages are the softened probabilities."""
    teacher, student = seen.teacher, seen.student
    if teacher is None or student is None:
        spans = _alone(seen)
    elif teacher.top != student.top:
        spans = _disagreement(seen, teacher, student)
    elif 0 <= seen.target != teacher.top:
        spans = _shared_mistake(seen, student)
    elif len(seen.class_names) == 2:
        spans = _two_classes(seen, teacher, student)
    else:
        spans = _second_thought(seen, teacher, student)
    return tuple(spans)


def plain(spans: tuple[Span, ...]) -> str:
    """Return the sentence as text."""
    return "".join(span.text for span in spans)


def percent(share: float) -> str:
    """Return a share as people say it: 16%, <1%, >99%."""
    if 0 < share < 0.005:
        return "<1%"
    if 0.995 <= share < 1:
        return ">99%"
    return f"{share:.0%}"


def _alone(seen: Butterfly) -> Spans:
    """Only one of teacher and student is there."""
    who, answer = ("teacher", seen.teacher) if seen.teacher else ("student", seen.student)
    if answer is None:
        return []
    role: Role = "teacher" if who == "teacher" else "student"
    spans = [Span(f"The {who} answers "), _name(seen, answer.top), Span(" "), _number(answer, answer.top, role)]
    spans += [Span(", its second thought is "), _name(seen, answer.second), Span(" ")]
    spans += [_number(answer, answer.second, role), Span(".")]
    if seen.target >= 0 and answer.top != seen.target:
        spans += [Span(" The label says "), _name(seen, seen.target), Span(".")]
    baseline = seen.baseline
    if who == "student" and baseline is not None and baseline.top != answer.top:
        spans += _baseline_answer(seen, baseline)
    return spans


def _shared_mistake(seen: Butterfly, student: Answer) -> Spans:
    spans = [Span("Teacher and student share the same mistake: both answer "), _name(seen, student.top)]
    spans += [Span(", the label says "), _name(seen, seen.target), Span(".")]
    baseline = seen.baseline
    if baseline is None:
        return spans
    if baseline.top == student.top:
        return [*spans, Span(" Without the teacher it makes the same mistake, so it need not come from the teacher.")]
    spans += [Span(" Without the teacher it answers "), _name(seen, baseline.top)]
    return [*spans, Span(", so this one may have been passed on.")]


def _disagreement(seen: Butterfly, teacher: Answer, student: Answer) -> Spans:
    spans = [
        Span("The teacher answers "),
        _name(seen, teacher.top),
        Span(" "),
        _number(teacher, teacher.top, "teacher"),
    ]
    spans += [Span(", the student "), _name(seen, student.top), Span(" ")]
    spans += [_number(student, student.top, "student"), Span(".")]
    if seen.target == teacher.top:
        spans.append(Span(" The teacher is right."))
    elif seen.target == student.top:
        spans.append(Span(" The student is right."))
    elif seen.target >= 0:
        spans += [Span(" Both are wrong, the label says "), _name(seen, seen.target), Span(".")]
    baseline = seen.baseline
    if baseline is None:
        return spans
    if baseline.top == student.top:
        return [*spans, Span(" Without the teacher it would answer the same.")]
    return [*spans, *_baseline_answer(seen, baseline)]


def _second_thought(seen: Butterfly, teacher: Answer, student: Answer) -> Spans:
    spans = [Span("The teacher’s second thought is "), _name(seen, teacher.second), Span(" ")]
    spans += [_number(teacher, teacher.second, "teacher"), Span(".")]
    if student.second == teacher.second:
        spans += [Span(" The student agrees: "), _number(student, student.second, "student"), Span(".")]
    else:
        spans += [Span(" The student leans to "), _name(seen, student.second), Span(" ")]
        spans += [_number(student, student.second, "student"), Span(" instead.")]
    baseline = seen.baseline
    if baseline is None:
        return spans
    if baseline.top != student.top:
        return [*spans, *_baseline_answer(seen, baseline)]
    spans.append(Span(" Without the teacher it would be "))
    if not baseline.second == student.second == teacher.second:
        spans += [_name(seen, baseline.second), Span(" ")]
    return [*spans, _number(baseline, baseline.second, "baseline"), Span(".")]


def _two_classes(seen: Butterfly, teacher: Answer, student: Answer) -> Spans:
    """With two classes the second thought is always the other one; only its size says something."""
    other = teacher.second
    spans = [Span("The teacher leaves "), _number(teacher, other, "teacher"), Span(" for "), _name(seen, other)]
    spans += [Span(", the student "), _number(student, other, "student")]
    if seen.baseline is not None:
        spans += [Span(", without the teacher it would be "), _number(seen.baseline, other, "baseline")]
    return [*spans, Span(".")]


def _baseline_answer(seen: Butterfly, baseline: Answer) -> Spans:
    spans = [Span(" Without the teacher it would answer "), _name(seen, baseline.top), Span(" with ")]
    return [*spans, _number(baseline, baseline.top, "baseline"), Span(".")]


def _name(seen: Butterfly, label: int) -> Span:
    return Span(seen.class_names[label], "truth" if label == seen.target else "class")


def _number(answer: Answer, label: int, role: Role) -> Span:
    return Span(percent(float(answer.probabilities[label])), role)
