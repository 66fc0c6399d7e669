"""What teacher, student and baseline answered for one split at one epoch, compared once for the whole page."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kdstudio.analysis import outcomes
from kdstudio.analysis.agreement import kl
from kdstudio.analysis.alignment import align
from kdstudio.analysis.butterfly import Butterfly, Order, butterfly
from kdstudio.analysis.outcomes import BlindSpot, Outcomes
from kdstudio.analysis.telling import most_telling
from kdstudio.core.types import Predictions, softmax
from kdstudio.ui.panels.passed_on import PassedOn
from kdstudio.ui.widgets.butterfly_rows import Answers

OUTCOMES = {
    "both_right": "Both right",
    "lost": "Lost",
    "fixed": "Fixed",
    "inherited": "Inherited mistakes",
    "different": "Different mistakes",
    "disagreement": "Disagreements",
}


@dataclass(frozen=True, slots=True)
class OneInput:
    """One input and the logits (C,) that each model gave for it; None where there is no such model.

    `row` is None for a picture that is no part of the data; `target` is −1 without a label.
    """

    words: str
    class_names: tuple[str, ...]
    student: np.ndarray
    teacher: np.ndarray | None = None
    baseline: np.ndarray | None = None
    target: int = -1
    row: int | None = None

    def answers(self, temperature: float) -> Answers:
        """Return the softened probabilities alone, as the butterfly draws them."""
        teacher, student, baseline = (
            None if logits is None else softmax(logits, temperature)
            for logits in (self.teacher, self.student, self.baseline)
        )
        return Answers(self.class_names, teacher, student, baseline, self.target if self.target >= 0 else None)

    def butterfly(self, temperature: float, order: Order = "teacher") -> Butterfly:
        """Compare the answers softened at `temperature`."""
        return butterfly(
            self.teacher,
            self.student,
            self.baseline,
            class_names=self.class_names,
            target=self.target,
            temperature=temperature,
            order=order,
        )


@dataclass(frozen=True, slots=True)
class Seen:
    """The answers of the models that there are, and what does not change with the lens.

    `outcomes` are positions by name, those of `OUTCOMES` that can be told; `orders` are all positions, most telling
    first, largest KL first, least confident first. `kl` (N,) is at the training temperature.
    """

    split: str
    epoch: int | str
    student: Predictions
    teacher: Predictions | None
    baseline: Predictions | None
    labels: dict[str, np.ndarray]  # learner → its top classes (N,)
    targets: np.ndarray  # (N,) int64, −1 without a label
    by_row: dict[int, int]  # row of the data → position
    outcomes: dict[str, np.ndarray]
    counts: Outcomes | None
    baseline_counts: Outcomes | None
    passed_on: PassedOn | None
    blind_spots: tuple[BlindSpot, ...]
    kl: np.ndarray | None
    confidence: np.ndarray  # (N,) of the student's top class at temperature 1
    orders: dict[str, np.ndarray]

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes."""
        return self.student.class_names

    @property
    def has_labels(self) -> bool:
        """Whether any input has a label."""
        return bool(len(self.targets)) and int(self.targets.max()) >= 0

    def __len__(self) -> int:
        return len(self.student.index)

    def rows(self, positions: np.ndarray) -> np.ndarray:
        """Return the rows of the data at `positions`."""
        return np.asarray(self.student.index[positions])

    def one(self, row: int) -> OneInput | None:
        """Return one input by its row, or None where the split has no such row."""
        at = self.by_row.get(row)
        if at is None:
            return None
        return OneInput(
            words=f"{self.split.capitalize()} input {row}",
            class_names=self.class_names,
            student=self.student.logits[at],
            teacher=None if self.teacher is None else self.teacher.logits[at],
            baseline=None if self.baseline is None else self.baseline.logits[at],
            target=int(self.targets[at]),
            row=row,
        )

    def outcome(self, row: int) -> str:
        """Return the outcome of one input by name, or "" where it cannot be told."""
        at = self.by_row.get(row, -1)
        return next((name for name, positions in self.outcomes.items() if at in positions), "")


def look(found: Mapping[str, Predictions], split: str, epoch: int | str, temperature: float) -> Seen:
    """Compare the stored answers in `found`, which has the student's; slow enough for the analysis thread.

    The logits are copied out of their files, so that the run may replace them meanwhile.
    """
    there = [name for name in ("student", "teacher", "baseline") if name in found]
    aligned = dict(zip(there, align(*(_copied(found[name]) for name in there)), strict=True))
    student, teacher, baseline = aligned["student"], aligned.get("teacher"), aligned.get("baseline")
    targets = np.maximum.reduce([one.targets for one in aligned.values()])
    labels = {name: one.labels for name, one in aligned.items()}
    has_counts = teacher is not None and bool(len(targets)) and int(targets.max()) >= 0
    counts = outcomes.outcomes(teacher, student) if teacher is not None and has_counts else None
    distance = None if teacher is None else kl(teacher, student, temperature)
    confidence = softmax(student.logits).max(axis=1)
    return Seen(
        split=split,
        epoch=epoch,
        student=student,
        teacher=teacher,
        baseline=baseline,
        labels=labels,
        targets=targets,
        by_row={int(row): position for position, row in enumerate(student.index)},
        outcomes=_by_name(counts, labels),
        counts=counts,
        baseline_counts=outcomes.outcomes(teacher, baseline) if teacher and baseline and has_counts else None,
        passed_on=_passed_on(teacher, student, baseline) if teacher is not None and has_counts else None,
        blind_spots=outcomes.blind_spots(teacher, student) if teacher is not None and has_counts else (),
        kl=distance,
        confidence=confidence,
        orders=_orders(most_telling(teacher, student, baseline, temperature), distance, confidence),
    )


def _copied(one: Predictions) -> Predictions:
    return Predictions(
        np.array(one.index), np.array(one.targets), np.array(one.logits), one.class_names, one.model, one.split
    )


def _by_name(counts: Outcomes | None, labels: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Mistakes that the baseline does not make come first: those may have been passed on."""
    if counts is None:
        apart = labels["teacher"] != labels["student"] if "teacher" in labels else None
        return {} if apart is None else {"disagreement": np.flatnonzero(apart)}
    named = {name: getattr(counts, name) for name in ("both_right", "lost", "fixed", "inherited", "different")}
    if "baseline" in labels:
        shared = named["inherited"]
        alike = labels["baseline"][shared] == labels["student"][shared]
        named["inherited"] = shared[np.argsort(alike, kind="stable")]
    return named


def _passed_on(teacher: Predictions, student: Predictions, baseline: Predictions | None) -> PassedOn | None:
    share = outcomes.inherited_range(teacher, student)
    if share is None:
        return None
    alone = None if baseline is None else outcomes.inherited_range(teacher, baseline)
    excess = None if baseline is None else outcomes.excess_range(teacher, student, baseline)
    return PassedOn(outcomes.outcomes(teacher, student).teacher_errors, share, alone, excess)


def _orders(telling: np.ndarray, distance: np.ndarray | None, confidence: np.ndarray) -> dict[str, np.ndarray]:
    orders = {"telling": telling, "confidence": np.argsort(confidence, kind="stable")}
    if distance is not None:
        orders["kl"] = np.argsort(-distance, kind="stable")
    return orders
