"""What the Classes tab shows: matrices of classes at a lens temperature, and each class's own numbers."""

from dataclasses import dataclass, field, replace

import numpy as np

from kdstudio.analysis import several, similarity
from kdstudio.analysis.confusion import confusion, in_cell, in_doubt
from kdstudio.analysis.pairs import Pairs, pairs
from kdstudio.analysis.per_class import calibration_error, counts, mean, precision, recall
from kdstudio.core.targets import is_known
from kdstudio.core.types import Predictions
from kdstudio.ui.panels.understand.seen import Seen

LEARNERS = ("teacher", "student", "baseline")
MEASURES = {"recall": "Recall", "precision": "Precision", "kl": "KL to teacher", "ece": "Calibration error"}
SAMPLED_CELLS = 100_000  # of the matrices from which a sample's correlation is estimated
GROUPED = 200  # classes above which the matrices are of groups, which can be opened
GROUPS, LEAST_GROUP = 40, 10  # about as many groups of at least so many classes
KEPT = 1 << 23  # logits of a model that may be kept a second time, sorted by class


@dataclass(frozen=True, slots=True)
class Classes:
    """What does not change with the lens: what counts as the class of each input, and the order of the classes.

    `present` (N, C) bool says which labels an input has, where there are several; `numbers` are by measure and
    learner, (C,) each; `said_by` is "" where the classes are true ones, else who named them.
    """

    seen: Seen
    classes: np.ndarray
    present: np.ndarray | None
    order: np.ndarray
    count: np.ndarray
    numbers: dict[str, dict[str, np.ndarray]]
    said_by: str
    groups: tuple[np.ndarray, ...] = ()  # of classes that are taken for alike, where there are too many to see
    sorted: dict[str, similarity.ByClass] = field(default_factory=dict)  # of what is small enough to be kept twice

    def learners(self) -> dict[str, Predictions]:
        """Return the models that there are."""
        found = {who: getattr(self.seen, who) for who in LEARNERS}
        return {who: one for who, one in found.items() if one is not None}

    def doubt(self, who: str, temperature: float) -> np.ndarray:
        """Return where a model's doubt goes, (C, C); for several labels, how probable each is beside another."""
        one = self.learners()[who]
        if self.present is not None:
            return several.company(one, self.present, temperature)
        if who in self.sorted:
            return self.sorted[who].doubt(temperature)
        read = self.seen.surveyed.get(who)
        if read is not None and read.temperature == temperature:
            return read.doubt()
        return similarity.doubt(one, self.classes, temperature)

    def counted(self, who: str, by: str = "") -> np.ndarray:
        """Return how often a model takes i for j, (C, C) with NaN on the diagonal; `by` names whose answer i is."""
        learners, size = self.learners(), len(self.order)
        if self.present is not None:
            first = several.said(learners[by]) if by else self.present
            found = (first.T.astype(np.float64) @ several.said(learners[who])).astype(np.float64)
        else:
            first = learners[by].labels if by else self.classes
            found = confusion(first, learners[who].labels, size).astype(np.float64)
        np.fill_diagonal(found, np.nan)
        return np.asarray(found)

    def inputs(self, mode: str, who: str, i: int, j: int) -> np.ndarray:
        """Return the rows of the data behind a cell; j −1 is the whole row, i −1 the whole column."""
        return self.seen.rows(self._positions(mode, who, i, j))

    def _positions(self, mode: str, who: str, i: int, j: int) -> np.ndarray:
        one = self.learners()[who]
        if i < 0 or j < 0:
            k = max(i, j)
            mine = self.present[:, k] if self.present is not None else self.classes == k
            return np.flatnonzero(mine)
        if self.present is not None:
            first = several.said(self.learners()["teacher"]) if mode == "models" else self.present
            found = np.flatnonzero(first[:, i] if mode == "doubt" else first[:, i] & several.said(one)[:, j])
            return found[np.argsort(-np.asarray(one.logits[found, j], dtype=np.float64), kind="stable")]
        if mode == "doubt":
            return in_doubt(one, self.classes, i, j)
        return in_cell(self.learners()["teacher"].labels if mode == "models" else self.classes, one.labels, i, j)


@dataclass(frozen=True, slots=True)
class Doubt:
    """The matrices of one mode at one temperature, by learner; correlations with the teacher's; pairs in words."""

    mode: str
    temperature: float
    matrices: dict[str, np.ndarray]
    correlations: dict[str, float | None]
    pairs: Pairs | None
    extent: str = ""  # of how many inputs, where it is a sample
    grouped: dict[str, np.ndarray] = field(default_factory=dict)  # the matrices of groups, where there are any


def classes_of(seen: Seen, temperature: float) -> Classes:
    """Find classes, order and numbers; slow enough for the analysis thread."""
    present, said_by = None, ""
    if seen.task == "multi_label":
        known = is_known(seen.targets)[:, None]
        guide = seen.teacher or seen.student
        present = np.where(known, np.nan_to_num(seen.targets) == 1, several.said(guide))
        classes = np.full(len(seen), -1, dtype=np.int64)
    else:
        classes = np.where(seen.targets >= 0, seen.targets, (seen.teacher or seen.student).labels)
    if not is_known(seen.targets).all():
        said_by = "teacher" if seen.teacher is not None else "student"
    size = len(seen.class_names)
    made = Classes(seen, classes, present, np.arange(size), _count(classes, present, size), {}, said_by)
    if present is None and seen.student.logits.size <= KEPT:
        made = replace(made, sorted={w: similarity.by_class(one, classes) for w, one in made.learners().items()})
    first = "teacher" if seen.teacher is not None else "student"
    guide_doubt = made.doubt(first, temperature)
    groups = similarity.clusters(guide_doubt, max(LEAST_GROUP, -(-size // GROUPS))) if size > GROUPED else ()
    order = np.concatenate(groups) if groups else similarity.order(guide_doubt)
    return replace(made, order=order, groups=groups, numbers=_numbers(made))


def doubt_of(
    classes: Classes, mode: str, temperature: float, groups: tuple[np.ndarray, ...] | None = None, *, lists: bool = True
) -> Doubt:
    """Compute the matrices: "doubt" softened at a temperature, "counts" of answers, or "models" against the teacher.

    They are also put together by the groups of `classes`, or by `groups` where others are shown; without `lists` no
    pairs are looked for.
    """
    learners = classes.learners()
    if mode == "doubt":
        matrices = {who: classes.doubt(who, temperature) for who in learners}
    else:
        by = "teacher" if mode == "models" else ""
        matrices = {who: classes.counted(who, by) for who in learners if who != by}
    correlations: dict[str, float | None] = {}
    found = None
    if mode == "doubt" and "teacher" in matrices:
        cells = SAMPLED_CELLS if classes.seen.is_sample else 0
        correlations = {
            who: similarity.correlation(matrices["teacher"], matrix, cells)
            for who, matrix in matrices.items()
            if who != "teacher"
        }
        if lists:
            found = pairs(matrices["teacher"], matrices["student"], matrices.get("baseline"))
    grouped = {
        who: similarity.between(matrix, groups or classes.groups, is_share=mode == "doubt")
        for who, matrix in (matrices.items() if classes.groups else ())
    }
    return Doubt(mode, temperature, matrices, correlations, found, classes.seen.extent, grouped)


def _count(classes: np.ndarray, present: np.ndarray | None, size: int) -> np.ndarray:
    return counts(classes, size) if present is None else present.sum(axis=0)


def _numbers(made: Classes) -> dict[str, dict[str, np.ndarray]]:
    """Return what can be said of each class; nothing is right or wrong where no label is known."""
    learners, seen = made.learners(), made.seen
    found: dict[str, dict[str, np.ndarray]] = {}
    if made.present is not None:
        if made.said_by == "":
            found["recall"] = {who: _hits(made.present, one, by_said=False) for who, one in learners.items()}
            found["precision"] = {who: _hits(made.present, one, by_said=True) for who, one in learners.items()}
        return found
    if seen.has_labels:
        for name, function in (("recall", recall), ("precision", precision)):
            found[name] = {who: function(one, seen.targets) for who, one in learners.items()}
        found["ece"] = {
            who: calibration_error(seen.surveyed[who].sureness, one, seen.targets) for who, one in learners.items()
        }
    gaps = {who: one.kl for who, one in seen.surveyed.items() if who != "teacher" and one.kl is not None}
    if gaps:
        found["kl"] = {who: mean(gap, made.classes, len(made.order)) for who, gap in gaps.items()}
    return {name: found[name] for name in MEASURES if name in found}


def _hits(present: np.ndarray, one: Predictions, *, by_said: bool) -> np.ndarray:
    given = several.said(one)
    both, whole = (given & present).sum(axis=0), (given if by_said else present).sum(axis=0)
    return np.asarray(np.divide(both, whole, out=np.full(len(whole), np.nan), where=whole > 0, dtype=np.float64))
