"""Who is right: teacher and student by outcome, mistakes that were passed on, and blind spots that both share."""

from dataclasses import dataclass

import numpy as np

from kdstudio.analysis.alignment import check
from kdstudio.analysis.bootstrap import Range, mean_range
from kdstudio.core.types import Predictions, softmax

CONFIDENT = 0.8


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Positions (not index values) of the labelled inputs by outcome, each (n,) int64 and ascending."""

    both_right: np.ndarray
    lost: np.ndarray  # teacher right, student wrong
    fixed: np.ndarray  # teacher wrong, student right
    inherited: np.ndarray  # both wrong with the same label
    different: np.ndarray  # both wrong with different labels

    @property
    def teacher_errors(self) -> int:
        """How many inputs the teacher gets wrong."""
        return len(self.fixed) + len(self.inherited) + len(self.different)

    @property
    def inherited_share(self) -> float | None:
        """Of the teacher's errors, the share where the student gives the same wrong label; None without errors."""
        return len(self.inherited) / self.teacher_errors if self.teacher_errors else None


@dataclass(frozen=True, slots=True)
class BlindSpot:
    """Inputs of one true class that both models surely take for the same other one; `positions` surest first."""

    true: int
    said: int
    positions: np.ndarray


def outcomes(teacher: Predictions, student: Predictions) -> Outcomes:
    """Sort the labelled inputs by who is right; without labels every outcome is empty."""
    check(teacher, student)
    targets = np.maximum(teacher.truth, student.truth)
    said, learned = teacher.labels, student.labels
    known, right, mastered = targets >= 0, said == targets, learned == targets
    neither = known & ~right & ~mastered
    return Outcomes(
        both_right=np.flatnonzero(known & right & mastered),
        lost=np.flatnonzero(known & right & ~mastered),
        fixed=np.flatnonzero(known & ~right & mastered),
        inherited=np.flatnonzero(neither & (said == learned)),
        different=np.flatnonzero(neither & (said != learned)),
    )


def inherited(teacher: Predictions, student: Predictions) -> float | None:
    """Return P(student's label = teacher's label | the teacher is wrong), or None where the teacher has no error."""
    return outcomes(teacher, student).inherited_share


def inherited_range(teacher: Predictions, student: Predictions, draws: int = 4000, seed: int = 0) -> Range | None:
    """Return the inherited share with its interval, drawing anew from the teacher's errors."""
    shared = _shared(teacher, student)
    return mean_range(shared.astype(np.float64), draws, seed) if len(shared) else None


def excess_range(
    teacher: Predictions, student: Predictions, baseline: Predictions, draws: int = 4000, seed: int = 0
) -> Range | None:
    """Return student's minus baseline's inherited share with its interval: what the teacher passed on.

    The same draws count for both, since both answer the same inputs.
    """
    shared, coincidence = _shared(teacher, student), _shared(teacher, baseline)
    return mean_range(shared.astype(np.float64) - coincidence, draws, seed) if len(shared) else None


def blind_spots(
    teacher: Predictions, student: Predictions, *, above: float = CONFIDENT, temperature: float = 1.0
) -> tuple[BlindSpot, ...]:
    """Return the shared mistakes on which both models give more than `above`, grouped, the largest group first.

    Sets of labels have no such groups.
    """
    positions = outcomes(teacher, student).inherited
    if not len(positions) or teacher.task != "classification":
        return ()
    sureness = np.minimum(
        softmax(teacher.logits[positions], temperature).max(axis=1),
        softmax(student.logits[positions], temperature).max(axis=1),
    )
    surest = np.argsort(-sureness, kind="stable")
    positions = positions[surest[sureness[surest] > above]]
    targets = np.maximum(teacher.truth, student.truth)[positions]
    said = student.labels[positions]
    pairs = sorted({(int(true), int(label)) for true, label in zip(targets, said, strict=True)})
    groups = [BlindSpot(true, label, positions[(targets == true) & (said == label)]) for true, label in pairs]
    return tuple(sorted(groups, key=lambda group: -len(group.positions)))


def _shared(teacher: Predictions, student: Predictions) -> np.ndarray:
    """Return for each error of the teacher whether the student gives the same label, (errors,) bool."""
    check(teacher, student)
    targets = np.maximum(teacher.truth, student.truth)
    wrong = (targets >= 0) & (teacher.labels != targets)
    return np.asarray((teacher.labels == student.labels)[wrong])
