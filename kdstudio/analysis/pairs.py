"""Pairs of classes by what became of the teacher's doubt between them: transferred, missed, invented."""

from dataclasses import dataclass

import numpy as np

LEAST = 0.01  # of the doubt: a smaller difference is not worth a word


@dataclass(frozen=True, slots=True)
class Pair:
    """When it is really `true`, which share of the doubt goes to `other`; `baseline` is NaN where there is none."""

    true: int
    other: int
    teacher: float
    student: float
    baseline: float


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs, the clearest first. No pair is in two of the lists."""

    transferred: tuple[Pair, ...]
    missed: tuple[Pair, ...]
    invented: tuple[Pair, ...]


def pairs(teacher: np.ndarray, student: np.ndarray, baseline: np.ndarray | None = None, limit: int = 50) -> Pairs:
    """Sort the pairs of two doubt matrices (C, C) with their shares; at most `limit` in each list.

    Transferred: the student's share is at most half as far from the teacher's as the baseline's is, by how much nearer.
    Without a baseline nothing tells what would be there anyway; it is then what both doubt most, while they differ by
    less than a fifth of the teacher's share. Missed and invented: the student's share is lower or higher than the
    teacher's, and the pair was not transferred. Differences count from one hundredth of the doubt, and of many classes
    from a fifth of an even share of it.
    """
    gap, least = student - teacher, min(LEAST, 0.2 / max(1, len(teacher) - 1))
    if baseline is None:
        gain = np.where(np.abs(gap) <= teacher / 5, np.minimum(teacher, student), np.nan)
    else:
        without = np.abs(baseline - teacher)
        gain = np.where(np.abs(gap) <= without / 2, without - np.abs(gap), np.nan)
    is_transferred = gain >= least
    gap = np.where(is_transferred, np.nan, gap)

    def largest(values: np.ndarray) -> tuple[Pair, ...]:
        found = np.flatnonzero(values.ravel() >= least)
        found = found[np.argsort(-values.ravel()[found], kind="stable")][:limit]
        return tuple(_pair(*divmod(int(at), len(values)), teacher, student, baseline) for at in found)

    return Pairs(largest(gain), largest(-gap), largest(gap))


def _pair(i: int, j: int, teacher: np.ndarray, student: np.ndarray, baseline: np.ndarray | None) -> Pair:
    without = float("nan") if baseline is None else float(baseline[i, j])
    return Pair(i, j, float(teacher[i, j]), float(student[i, j]), without)
