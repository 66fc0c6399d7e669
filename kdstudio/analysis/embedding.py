"""Where inputs lie to a model: a map in two dimensions, two maps turned onto each other, and shared neighbours."""

import numpy as np

from kdstudio.analysis.alignment import check
from kdstudio.core.types import Predictions

DRAWN = 10_000
NEIGHBOURS = 10
_BLOCK = 1 << 21  # distances that are worked on at once


def answers(predictions: Predictions) -> np.ndarray:
    """Return what a model's answers are as places, (N, C) float64.

    Classes that exclude each other are told from logits that a constant does not change: each row's mean is taken off.
    """
    check(predictions)
    values = np.asarray(predictions.logits, dtype=np.float64)
    return values - values.mean(axis=1, keepdims=True) if predictions.task == "classification" else values


def pca(places: np.ndarray) -> np.ndarray:
    """Return the first two principal components of places (N, d), (N, 2) float64.

    The larger end of each component is positive, so that the result is the same every time; what has only one
    direction lies on a line.
    """
    centred = places - places.mean(axis=0)
    values, vectors = np.linalg.eigh(centred.T @ centred)
    axes = vectors[:, np.argsort(-values, kind="stable")[:2]]
    found = centred @ axes
    found = np.pad(found, ((0, 0), (0, 2 - found.shape[1])))
    ends = found[np.abs(found).argmax(axis=0), np.arange(2)]
    return np.asarray(found * np.where(ends < 0, -1.0, 1.0))


def procrustes(moved: np.ndarray, onto: np.ndarray) -> np.ndarray:
    """Return places (N, 2) shifted, turned, mirrored and scaled so that they lie nearest to those of `onto` (N, 2).

    The least squares solution of Schönemann (1966) with one scale.
    """
    centre = onto.mean(axis=0)
    a, b = moved - moved.mean(axis=0), onto - centre
    u, sizes, v = np.linalg.svd(a.T @ b)
    spread = np.square(a).sum()
    scale = sizes.sum() / spread if spread > 0 else 1.0
    return np.asarray(scale * a @ (u @ v) + centre)


def neighbours(places: np.ndarray, k: int = NEIGHBOURS) -> np.ndarray:
    """Return the positions of the k nearest others of each place (N, d), (N, min(k, N − 1)) int64, nearest first."""
    count = len(places)
    k = min(k, count - 1)
    if k < 1:
        return np.zeros((count, 0), dtype=np.int64)
    found, lengths = np.empty((count, k), dtype=np.int64), np.square(places).sum(axis=1)
    step = max(1, _BLOCK // count)
    for start in range(0, count, step):
        rows = slice(start, min(start + step, count))
        distance = lengths[rows, None] + lengths - 2 * places[rows] @ places.T
        distance[np.arange(len(distance)), np.arange(rows.start, rows.stop)] = np.inf
        near = np.argpartition(distance, k - 1, axis=1)[:, :k]
        order = np.argsort(np.take_along_axis(distance, near, axis=1), axis=1, kind="stable")
        found[rows] = np.take_along_axis(near, order, axis=1)
    return found


def preservation(first: np.ndarray, second: np.ndarray) -> float | None:
    """Return the mean share of neighbours (N, k) that are the same in both, or None where there are none."""
    if not first.size:
        return None
    return float(np.mean([len(np.intersect1d(a, b)) for a, b in zip(first, second, strict=True)]) / first.shape[1])


def sample(classes: np.ndarray, most: int = DRAWN) -> np.ndarray:
    """Return up to `most` positions, ascending int64: of each class (N,) its share, spread evenly over its inputs."""
    if len(classes) <= most:
        return np.arange(len(classes))
    order = np.argsort(classes, kind="stable")
    return np.sort(order[np.linspace(0, len(order) - 1, most).astype(np.int64)])
