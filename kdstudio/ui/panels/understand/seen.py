"""What teacher, student and baseline answered for one split at one epoch, compared once for the whole page."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kdstudio.analysis import outcomes
from kdstudio.analysis.alignment import align
from kdstudio.analysis.outcomes import BlindSpot, Outcomes
from kdstudio.analysis.survey import Surveyed
from kdstudio.analysis.telling import by_gain, distance, most_telling
from kdstudio.core.rows import Rows
from kdstudio.core.targets import Task, is_known
from kdstudio.core.types import Predictions, softened
from kdstudio.ui.panels.understand.one_input import OneInput
from kdstudio.ui.panels.understand.passed_on import PassedOn
from kdstudio.ui.panels.understand.sampled import copied, sampled, surveyed_by
from kdstudio.ui.truth import answer_words

OUTCOMES = {
    "both_right": "Both right",
    "lost": "Lost",
    "fixed": "Fixed",
    "inherited": "Inherited mistakes",
    "different": "Different mistakes",
    "disagreement": "Disagreements",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """The answers of the models that there are, and what does not change with the lens.

    `outcomes` are positions by name, those of `OUTCOMES` that can be told; `orders` are all positions, most telling
    first, furthest from the teacher first, least confident first, largest error first. `kl` (N,) is at the training
    temperature; of numbers it is the difference.
    """

    split: str
    epoch: int | str
    student: Predictions
    teacher: Predictions | None
    baseline: Predictions | None
    labels: dict[str, np.ndarray]  # learner → `Predictions.labels` (N,): top classes, or numbers for sets of labels
    truth: np.ndarray  # (N,) int64, what `labels` are when right; −1 where nothing is known
    targets: np.ndarray  # (N,) int64, −1 without a label, or (N, C) as `core.targets` says
    index: Rows  # of the data, by position
    outcomes: dict[str, np.ndarray]
    counts: Outcomes | None
    baseline_counts: Outcomes | None
    passed_on: PassedOn | None
    blind_spots: tuple[BlindSpot, ...]
    kl: np.ndarray | None
    confidence: np.ndarray | None  # (N,) of the student's answer at temperature 1; numbers have none
    errors: np.ndarray | None  # (N,) of the student's numbers, 0 where no truth is known; None for classes
    orders: dict[str, np.ndarray]
    listed: dict[str, Rows]  # the rows of the data in these orders
    surveyed: dict[str, Surveyed]  # by learner, at the training temperature; {} for other tasks
    whole: int  # how many inputs there are, of which these may be a sample

    @property
    def is_sample(self) -> bool:
        """Whether these are only some of the inputs."""
        return len(self) < self.whole

    @property
    def extent(self) -> str:
        """Of how many inputs: "from a sample of 1,048 of 50,000 inputs", or "" where it is all of them."""
        return f"from a sample of {len(self):,} of {self.whole:,} inputs" if self.is_sample else ""

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes."""
        return self.student.class_names

    @property
    def has_labels(self) -> bool:
        """Whether any input has a class, labels or numbers."""
        return bool(is_known(self.targets).any())

    @property
    def task(self) -> Task:
        """What is answered."""
        return self.student.task

    def class_words(self, code: int) -> str:
        """Return a class by its number, or a set of labels by the number that `labels` has for it."""
        if self.task != "multi_label":
            return self.class_names[code]
        for one in (self.student, self.teacher, self.baseline):
            at = np.flatnonzero(one.labels == code) if one is not None else np.zeros(0, dtype=np.int64)
            if one is not None and len(at):
                return answer_words(one.logits[at[0]], self.task, self.class_names)
        return "other labels"

    def __len__(self) -> int:
        return len(self.student.index)

    def rows(self, positions: np.ndarray) -> np.ndarray:
        """Return the rows of the data at `positions`."""
        return np.asarray(self.student.index[positions])

    def one(self, row: int) -> OneInput | None:
        """Return one input by its row, or None where the split has no such row."""
        at = self.index.position(row)
        if at < 0:
            return None
        return OneInput(
            words=f"{self.split.capitalize()} input {row}",
            class_names=self.class_names,
            student=self.student.logits[at],
            teacher=None if self.teacher is None else self.teacher.logits[at],
            baseline=None if self.baseline is None else self.baseline.logits[at],
            target=int(self.targets[at]) if self.task == "classification" else self.targets[at],
            row=row,
            task=self.task,
        )

    def outcome(self, row: int) -> str:
        """Return the outcome of one input by name, or "" where it cannot be told."""
        at = self.index.position(row)
        return next((name for name, positions in self.outcomes.items() if at in positions), "")


def look(
    found: Mapping[str, Predictions],
    split: str,
    epoch: int | str,
    temperature: float,
    most: int = 0,
    with_row: int | None = None,
) -> Seen:
    """Compare the stored answers in `found`, which has the student's; slow enough for the analysis thread.

    The logits are copied out of their files, so that the run may replace them meanwhile. With `most` only about so
    many inputs are compared, of each class its share, and the one of `with_row` too.
    """
    there = [name for name in ("student", "teacher", "baseline") if name in found]
    aligned = dict(zip(there, align(*(found[name] for name in there)), strict=True))
    whole = len(aligned["student"].index)
    rows = sampled(aligned["student"], most, with_row) if 0 < most < whole else slice(None)
    aligned = {name: copied(one, rows) for name, one in aligned.items()}
    student, teacher, baseline = aligned["student"], aligned.get("teacher"), aligned.get("baseline")
    is_classes = student.task == "classification"
    targets = (np.maximum if is_classes else np.fmax).reduce([one.targets for one in aligned.values()])
    truth = np.maximum.reduce([one.truth for one in aligned.values()])
    surveyed = surveyed_by(aligned, targets, temperature) if is_classes else {}
    labels = {name: one.labels for name, one in aligned.items()}
    has_counts = teacher is not None and bool(len(truth)) and int(truth.max()) >= 0
    counts = outcomes.outcomes(teacher, student) if teacher is not None and has_counts else None
    errors = _errors(student, targets)
    gap, confidence, telling = _measured(aligned, surveyed, temperature)
    orders = _orders(telling, gap, confidence, errors)
    return Seen(
        split=split,
        epoch=epoch,
        student=student,
        teacher=teacher,
        baseline=baseline,
        labels=labels,
        truth=truth,
        targets=targets,
        index=Rows(student.index),
        outcomes=_by_name(counts, labels, numbers=student.task == "regression"),
        counts=counts,
        baseline_counts=outcomes.outcomes(teacher, baseline) if teacher and baseline and has_counts else None,
        passed_on=_passed_on(teacher, student, baseline) if teacher is not None and has_counts else None,
        blind_spots=outcomes.blind_spots(teacher, student) if teacher is not None and has_counts else (),
        kl=gap,
        confidence=confidence,
        errors=errors,
        orders=orders,
        listed={name: Rows(student.index[order]) for name, order in orders.items()},
        surveyed=surveyed,
        whole=whole,
    )


def _measured(
    models: Mapping[str, Predictions], surveyed: Mapping[str, Surveyed], temperature: float
) -> tuple[np.ndarray | None, np.ndarray | None, np.ndarray]:
    """Return for each input the divergence from the teacher, the student's confidence, and how telling it is."""
    student, teacher = models["student"], models.get("teacher")
    gap, confidence = (surveyed["student"].kl, surveyed["student"].sureness) if surveyed else (None, None)
    if not surveyed:
        gap = None if teacher is None else distance(teacher, student, temperature)
        confidence = _confidence(student)
    if surveyed and teacher is not None:
        return gap, confidence, by_gain(surveyed, teacher.targets)
    return gap, confidence, most_telling(teacher, student, models.get("baseline"), temperature)


def _confidence(student: Predictions) -> np.ndarray | None:
    """Return how sure the student is of the yes or no that it is least sure of; of classes the survey tells."""
    if student.task != "multi_label":
        return None
    p = softened(student.logits, student.task)
    return np.asarray(np.maximum(p, 1 - p).min(axis=1))


def _errors(student: Predictions, targets: np.ndarray) -> np.ndarray | None:
    """Return how far the student's numbers are off, (N,): of several the mean, each in its standard deviations."""
    if student.task != "regression":
        return None
    gaps = np.abs(np.subtract(student.logits, targets, dtype=np.float64))
    if gaps.shape[1] > 1:
        known = is_known(targets)
        spread = targets[known].std(axis=0) if known.any() else np.ones(gaps.shape[1])
        gaps = gaps / np.where(spread > 0, spread, 1)
    return np.asarray(np.nan_to_num(gaps.mean(axis=1)))


def _by_name(counts: Outcomes | None, labels: dict[str, np.ndarray], *, numbers: bool) -> dict[str, np.ndarray]:
    """Mistakes that the baseline does not make come first: those may have been passed on."""
    if counts is None:
        if numbers:
            return {}
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


def _orders(
    telling: np.ndarray, gap: np.ndarray | None, confidence: np.ndarray | None, errors: np.ndarray | None
) -> dict[str, np.ndarray]:
    orders = {"telling": telling}
    if confidence is not None:
        orders["confidence"] = np.argsort(confidence, kind="stable")
    if gap is not None:
        orders["kl"] = np.argsort(-gap, kind="stable")
    if errors is not None and errors.any():
        orders["error"] = np.argsort(-errors, kind="stable")
    return orders
