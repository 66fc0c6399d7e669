"""The numbers of the transfer strip, and how they are written on their tiles."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from kdstudio.analysis.similarity import true_classes
from kdstudio.analysis.summary import by_survey, metrics
from kdstudio.analysis.survey import Surveyed, survey
from kdstudio.core.events import Evaluated, Event
from kdstudio.core.measures import TRANSFER, Measure, figures, measure
from kdstudio.core.targets import HEADLINE, Task
from kdstudio.core.types import Predictions
from kdstudio.ui.widgets.tiles import Line

SHOWN: dict[Task, tuple[str, ...]] = {
    "classification": ("accuracy", "agreement", "kl", "structure", "inherited", "ece"),
    "multi_label": ("f1", "agreement", "kl", "structure", "inherited", "ece"),
    "regression": ("r2", "correlation", "difference", "rmse", "mae"),
}
METRICS = tuple(dict.fromkeys([*HEADLINE.values(), *(one for shown in SHOWN.values() for one in shown[1:])]))


@dataclass(frozen=True, slots=True)
class TransferNumbers:
    """The metrics of each learner at one lens temperature, and which learners and labels there are."""

    temperature: float
    student: dict[str, float | None]
    teacher: dict[str, float | None] | None
    baseline: dict[str, float | None] | None
    has_labels: bool
    who: str = "Teacher"  # or who teaches where that comes into being in the run
    task: Task = "classification"

    def reason(self, metric: str) -> str:
        """Say why the student has no such number, or ""."""
        if self.student.get(metric) is not None:
            return ""
        is_transfer = metric in [one.key for one in TRANSFER[self.task]]
        if is_transfer and self.teacher is None:
            return "This run has no teacher" if self.who == "Teacher" else "Known when the run has ended"
        if (not is_transfer or metric == "inherited") and not self.has_labels:
            return "The data has no true numbers" if self.task == "regression" else "The data has no labels"
        return "The teacher made no mistake" if metric == "inherited" else "Not defined for these answers"

    def value(self, metric: str) -> str:
        """Return the student's number as it stands on its tile."""
        value = self.student.get(metric)
        return "–" if value is None else _large(measure(self.task, metric), value)

    def below(self, metric: str, *, compact: bool = False) -> str:
        """Return the comparison: "Teacher 91.0 · without 84.5"; compact ones only have the number without teacher."""
        if reason := self.reason(metric):
            return reason
        shown = measure(self.task, metric)
        without = None if self.baseline is None else self.baseline.get(metric)
        teacher = None if self.teacher is None else self.teacher.get(metric)
        alone = "no baseline" if self.baseline is None else "–" if without is None else _small(shown, without)
        if compact:
            return "" if without is None else alone
        if teacher is None:
            return f"Without teacher {alone}" if without is not None else "No baseline"
        return f"{self.who} {_small(shown, teacher)} · {'without ' if self.baseline else ''}{alone}"


def transfer_numbers(
    student: Predictions,
    teacher: Predictions | None,
    baseline: Predictions | None,
    temperature: float,
    who: str = "Teacher",
    surveyed: Mapping[str, Surveyed] | None = None,
    cells: int = 0,
) -> TransferNumbers:
    """Measure everything at one lens temperature; for the analysis thread.

    `surveyed` spares another reading where it is at this temperature; `cells` are those of `summary.by_survey`.
    """
    models = {"student": student, "teacher": teacher, "baseline": baseline}
    there = {name: one for name, one in models.items() if one is not None}
    if student.task == "classification":
        if not surveyed or surveyed["student"].temperature != temperature:
            surveyed = survey(there, true_classes(student, teacher), temperature)
        found = {name: by_survey(surveyed, name, one.targets, cells=cells) for name, one in there.items()}
    else:
        found = {n: metrics(one, None if n == "teacher" else teacher, temperature) for n, one in there.items()}
    return TransferNumbers(
        temperature=temperature,
        student=found["student"],
        teacher=found.get("teacher"),
        baseline=found.get("baseline"),
        has_labels=bool(student.known.any()),
        who=who,
        task=student.task,
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


def _large(shown: Measure, value: float) -> str:
    if shown.key == "inherited":
        return f"{value:.0%}"
    if shown.key in ("structure", "kl", "ece"):
        return f"r {fraction(value)}" if shown.key == "structure" else fraction(value)
    return shown.words(value)


def _small(shown: Measure, value: float) -> str:
    if shown.form == "value":
        return figures(value, 3)
    return _large(shown, value).removesuffix("%").removeprefix("r ")


def fraction(value: float) -> str:
    """Two figures, more where they would say nothing; .41 without the leading zero."""
    written = f"{value:.3f}" if 0 < abs(value) < 0.01 else f"{value:.2f}"
    return written.replace("-", "−").replace("0.", ".", 1) if abs(value) < 1 else written.replace("-", "−")
