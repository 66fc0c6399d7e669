"""Where a model's doubt goes: which classes it takes for alike, and whether two models do so in the same way."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kdstudio.analysis.alignment import check
from kdstudio.analysis.ranks import spearman
from kdstudio.core.types import Predictions, softmax


def true_classes(predictions: Predictions, teacher: Predictions | None = None) -> np.ndarray:
    """Return the class of each input, (N,) int64: its label, or without one the teacher's top class."""
    check(predictions, *([] if teacher is None else [teacher]))
    guide = predictions if teacher is None else teacher
    if predictions.has_labels:
        return np.asarray(predictions.targets)
    return np.where(predictions.targets >= 0, predictions.targets, guide.labels)


def mean_probabilities(predictions: Predictions, classes: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Return the mean p_T(j|x) over the inputs of class i, (C, C) float64; a class without inputs has a row of NaN.

    `classes` (N,) is what counts as the class of each input, see `true_classes`.
    """
    check(predictions)
    count = predictions.logits.shape[1]
    order = np.argsort(classes, kind="stable")
    bounds = np.searchsorted(classes[order], np.arange(count + 1))
    means = np.full((count, count), np.nan)
    for i in range(count):
        rows = order[bounds[i] : bounds[i + 1]]
        if len(rows):
            means[i] = softmax(predictions.logits[rows], temperature).mean(axis=0)
    return means


def doubt(predictions: Predictions, classes: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Return the doubt matrix (C, C) float64: when it is really i, which share of the doubt goes to j.

    Each row of `mean_probabilities` without its diagonal, divided by its sum. The diagonal is NaN, and so is the row of
    a class without inputs or without any doubt.
    """
    return _off_diagonal(mean_probabilities(predictions, classes, temperature))


def _off_diagonal(matrix: np.ndarray) -> np.ndarray:
    np.fill_diagonal(matrix, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        matrix /= matrix.sum(axis=1, keepdims=True)
    np.fill_diagonal(matrix, np.nan)
    return matrix


@dataclass(frozen=True, slots=True)
class ByClass:
    """Logits (n, C) float64 with the largest of each row at 0, sorted by class, and where each class begins.

    What does not change with the temperature is done once: the doubt at another one then takes a millisecond for
    10,000 inputs of 10 classes.
    """

    logits: np.ndarray
    starts: np.ndarray
    classes: np.ndarray  # those that have inputs, ascending

    def doubt(self, temperature: float) -> np.ndarray:
        """Return what `doubt` returns."""
        count = self.logits.shape[1]
        matrix = np.full((count, count), np.nan)
        p = np.exp(self.logits / temperature)
        p /= p.sum(axis=1, keepdims=True)
        matrix[self.classes] = np.add.reduceat(p, self.starts, axis=0)
        return _off_diagonal(matrix)


def by_class(predictions: Predictions, classes: np.ndarray) -> ByClass:
    """Sort a model's answers by the class of each input, (N,) int64; those of class −1 are left out."""
    check(predictions)
    order = np.argsort(classes, kind="stable")
    order = order[classes[order] >= 0]
    there, starts = np.unique(classes[order], return_index=True)
    logits = np.asarray(predictions.logits, dtype=np.float64)[order]
    return ByClass(logits - logits.max(axis=1, keepdims=True), starts, there)


def correlation(first: np.ndarray, second: np.ndarray, most: int = 0) -> float | None:
    """Return Spearman's correlation of the off-diagonals of two doubt matrices (C, C).

    None where it is not defined: with two classes every row of a doubt matrix is 1. With `most` it is estimated from
    about so many cells, spread evenly.
    """
    both = np.flatnonzero(np.isfinite(first) & np.isfinite(second))
    if most:
        both = both[:: max(1, len(both) // most)]
    return spearman(first.ravel()[both], second.ravel()[both])


def structure(teacher: Predictions, student: Predictions, temperature: float = 1.0) -> float | None:
    """Return the rank correlation of the doubt matrices of two models: was the similarity of classes passed on?"""
    check(teacher, student)
    classes = true_classes(student, teacher)
    return correlation(doubt(teacher, classes, temperature), doubt(student, classes, temperature))


def order(matrix: np.ndarray) -> np.ndarray:
    """Return an order of the classes, (C,) int64, that puts those next to each other that are taken for one another.

    Average linkage on the symmetric doubt, leaves turned so that neighbours are close (Bar-Joseph et al. 2001).
    """
    count = len(matrix)
    if count < 3:
        return np.arange(count)
    from scipy.cluster.hierarchy import leaves_list

    return np.asarray(leaves_list(_tree(matrix)), dtype=np.int64)


def clusters(matrix: np.ndarray, most: int) -> tuple[np.ndarray, ...]:
    """Return the classes in the order of `order`, cut into groups of at most `most`, each (n,) int64.

    A group is a branch of the same tree; branches beside each other are joined where they are small enough.
    """
    if len(matrix) < 3:
        return (np.arange(len(matrix)),)
    from scipy.cluster.hierarchy import to_tree

    found: list[list[int]] = []
    waiting = [to_tree(_tree(matrix))]
    while waiting:
        branch = waiting.pop()
        if branch.count > most:
            waiting += [branch.right, branch.left]
            continue
        leaves = branch.pre_order()
        if found and len(found[-1]) + len(leaves) <= most:
            found[-1] += leaves
        else:
            found.append(leaves)
    return tuple(np.array(group, dtype=np.int64) for group in found)


def between(matrix: np.ndarray, groups: Sequence[np.ndarray], *, is_share: bool = True) -> np.ndarray:
    """Return a matrix of classes (C, C) as one of groups of them, (G, G) float64; the diagonal is NaN.

    A cell is the sum over both groups; of shares the mean over the classes of the first, what they give to the second.
    """
    whole, known = np.nan_to_num(matrix), np.isfinite(matrix).any(axis=1)
    columns = np.stack([whole[:, group].sum(axis=1) for group in groups], axis=1)
    found = np.full((len(groups), len(groups)), np.nan)
    for k, group in enumerate(groups):
        rows = columns[group[known[group]]]
        if len(rows):
            found[k] = rows.mean(axis=0) if is_share else rows.sum(axis=0)
    np.fill_diagonal(found, np.nan)
    return found


def _tree(matrix: np.ndarray) -> np.ndarray:
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import squareform

    alike = np.nan_to_num(matrix, nan=0.0)
    alike = (alike + alike.T) / 2
    distance = alike.max() - alike
    np.fill_diagonal(distance, 0.0)
    return np.asarray(
        linkage(squareform(distance, checks=False), method="average", optimal_ordering=len(matrix) <= 200)
    )
