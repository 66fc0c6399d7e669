"""The six numbers of the transfer strip, and how they are written on their tiles."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from kdstudio.analysis import calibration
from kdstudio.analysis.summary import metrics
from kdstudio.core.events import Evaluated, Event
from kdstudio.core.types import Predictions
from kdstudio.ui.widgets.tiles import Line

METRICS = ("accuracy", "agreement", "kl", "structure", "inherited", "ece")
TITLES = {
    "accuracy": "Accuracy",
    "agreement": "Agreement",
    "kl": "Softness gap (KL)",
    "structure": "Similarity structure",
    "inherited": "Inherited mistakes",
    "ece": "Calibration (ECE)",
}
MEANINGS = {
    "accuracy": "Share of inputs whose top class is the true one.",
    "agreement": "Share of inputs on which student and teacher name the same class.",
    "kl": "Mean KL divergence from the teacher’s to the student’s answers at T {lens}, in nats, without the factor T².",
    "structure": "Rank correlation of where teacher and student put their doubt between classes, at T {lens}.",
    "inherited": "Of the teacher’s mistakes, the share where the student gives the same wrong class.",
    "ece": "Expected calibration error: how far confidence is from accuracy, in 15 bins of equal mass.",
}
NEEDS_LABELS = ("accuracy", "inherited", "ece")
NEEDS_TEACHER = ("agreement", "kl", "structure", "inherited")


@dataclass(frozen=True, slots=True)
class TransferNumbers:
    """The metrics of each learner at one lens temperature, and which learners and labels there are."""

    temperature: float
    student: dict[str, float | None]
    teacher: dict[str, float | None] | None
    baseline: dict[str, float | None] | None
    has_labels: bool
    who: str = "Teacher"  # or who teaches where that comes into being in the run

    def reason(self, metric: str) -> str:
        """Say why the student has no such number, or ""."""
        if self.student.get(metric) is not None:
            return ""
        if metric in NEEDS_TEACHER and self.teacher is None:
            return "This run has no teacher" if self.who == "Teacher" else "Known when the run has ended"
        if metric in NEEDS_LABELS and not self.has_labels:
            return "The data has no labels"
        return "The teacher made no mistake" if metric == "inherited" else "Not defined for these answers"

    def value(self, metric: str) -> str:
        """Return the student's number as it stands on its tile."""
        value = self.student.get(metric)
        return "–" if value is None else _large(metric, value)

    def below(self, metric: str, *, compact: bool = False) -> str:
        """Return the comparison: "Teacher 91.0 · without 84.5"; compact ones only have the number without teacher."""
        if reason := self.reason(metric):
            return reason
        without = None if self.baseline is None else self.baseline.get(metric)
        teacher = None if self.teacher is None else self.teacher.get(metric)
        alone = "no baseline" if self.baseline is None else "–" if without is None else _small(metric, without)
        if compact:
            return "" if without is None else alone
        if teacher is None:
            return f"Without teacher {alone}" if without is not None else "No baseline"
        return f"{self.who} {_small(metric, teacher)} · {'without ' if self.baseline else ''}{alone}"


def transfer_numbers(
    student: Predictions,
    teacher: Predictions | None,
    baseline: Predictions | None,
    temperature: float,
    who: str = "Teacher",
) -> TransferNumbers:
    """Measure everything at one lens temperature; for the analysis thread."""
    return TransferNumbers(
        temperature=temperature,
        student=metrics(student, teacher, temperature),
        teacher=None if teacher is None else metrics(teacher),
        baseline=None if baseline is None else metrics(baseline, teacher, temperature),
        has_labels=calibration.accuracy(student) is not None,
        who=who,
    )


def sparklines(history: Iterable[Event]) -> dict[str, list[Line]]:
    """Return for each metric the lines of baseline and student over the epochs, as validation told them."""
    found: dict[tuple[str, str], list[float]] = {}
    for event in history:
        if isinstance(event, Evaluated) and event.split == "validation" and event.learner != "teacher":
            for name in METRICS:
                value = event.metrics.get(name)
                found.setdefault((name, event.learner), []).append(np.nan if value is None else value)
    return {
        name: [Line(np.array(found[name, who]), who) for who in ("baseline", "student") if (name, who) in found]
        for name in METRICS
    }


def _large(metric: str, value: float) -> str:
    if metric in ("accuracy", "agreement"):
        return f"{value:.1%}"
    if metric == "inherited":
        return f"{value:.0%}"
    return f"r {fraction(value)}" if metric == "structure" else fraction(value)


def _small(metric: str, value: float) -> str:
    if metric in ("accuracy", "agreement"):
        return f"{value * 100:.1f}"
    return f"{value * 100:.0f}" if metric == "inherited" else fraction(value)


def fraction(value: float) -> str:
    """Two figures, more where they would say nothing; .41 without the leading zero."""
    written = f"{value:.3f}" if 0 < abs(value) < 0.01 else f"{value:.2f}"
    return written.replace("-", "−").replace("0.", ".", 1) if abs(value) < 1 else written.replace("-", "−")
