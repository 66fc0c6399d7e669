"""Fewer points that look the same: the smallest and the largest of each bucket survive."""

import numpy as np

FEW, BLOCKS = 50_000, 4096  # samples of a curve that are all looked at, and the least blocks of a longer one
MOST_POINTS = 2000  # lines wider than one pixel cost 3 to 8 times as much


def decimate(x: np.ndarray, y: np.ndarray, points: int = MOST_POINTS) -> tuple[np.ndarray, np.ndarray]:
    """Return at most `points` of (n,) x and y: both ends, and the extremes of equally many samples in order.

    NaN counts as missing and never hides an extreme; x must not decrease.
    """
    if points < 4:
        raise ValueError("Decimation needs room for 4 points: both ends and one pair of extremes")
    if len(x) <= points:
        return x, y
    buckets = (points - 2) // 2
    kept = np.unique(np.concatenate([[0], _extremes(y, -(-len(y) // buckets)), [len(y) - 1]]))
    return x[kept], y[kept]


class Thinned:
    """Which samples of a long curve are looked at: the extremes of its blocks, which are found once.

    A curve that has grown since it was last asked about costs no more than what is new of it. When it has become twice
    as long the blocks do too.
    """

    def __init__(self) -> None:
        self._known = np.zeros(0)  # the first and the last value of the blocks that are done
        self._kept = np.zeros(0, dtype=np.int64)
        self._done, self._block = 0, 1

    def places(self, values: np.ndarray) -> np.ndarray | None:
        """Return the positions (k,) to look at in ascending order; None for all of a curve that is short enough."""
        if len(values) <= FEW:
            return None
        ends = np.asarray(values[[0, self._done - 1]] if 0 < self._done <= len(values) else ())
        block = 1 << int(np.log2(len(values) / BLOCKS))
        if block != self._block or not np.array_equal(ends, self._known, equal_nan=True):
            self._kept, self._done, self._block = np.zeros(0, dtype=np.int64), 0, block
        done = len(values) // block * block
        if done > self._done:
            new = np.unique(_extremes(np.asarray(values[self._done : done], dtype=np.float64), block)) + self._done
            self._kept, self._done = np.concatenate([self._kept, new]), done
        self._known = np.asarray(values[[0, done - 1]])
        inside = self._kept[(self._kept > 0) & (self._kept < len(values) - 1)]
        return np.concatenate([[0], inside, np.arange(min(done, len(values) - 1), len(values))])


def _extremes(y: np.ndarray, size: int) -> np.ndarray:
    """Return the positions of the smallest and the largest value of each block of `size`; NaN is neither."""
    padded = np.full(-(-len(y) // size) * size, np.nan)
    padded[: len(y)] = y
    blocks = padded.reshape(-1, size)
    starts = np.arange(len(blocks)) * size
    lowest = starts + np.argmin(np.where(np.isnan(blocks), np.inf, blocks), axis=1)
    highest = starts + np.argmax(np.where(np.isnan(blocks), -np.inf, blocks), axis=1)
    return np.concatenate([lowest, highest])
