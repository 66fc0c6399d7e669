"""How far a mean over inputs may be off because there are only so many of them: bootstrap intervals."""

from dataclasses import dataclass

import numpy as np

_LEVELS = 16  # distinct values up to which it is cheaper to draw how often each occurs
_NUMBERS = 1 << 21  # drawn at once


@dataclass(frozen=True, slots=True)
class Range:
    """A number with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves 0 out."""
        return self.low > 0 or self.high < 0


def mean_range(values: np.ndarray, draws: int = 4000, seed: int = 0) -> Range:
    """Return the mean of `values` (N,) with the interval in which it lies when N inputs are drawn from them anew."""
    return _range(values, means(values, draws, np.random.default_rng(seed)))


def difference_range(values: np.ndarray, draws: int = 4000, seed: int = 0) -> Range:
    """Return the same for paired differences: with their signs turned the interval is exactly the mirrored one.

    Half of the means are drawn from `values` and half from −`values`.
    """
    values = np.asarray(values, dtype=np.float64)
    halves = [sign * means(sign * values, draws // 2, np.random.default_rng(seed)) for sign in (1.0, -1.0)]
    return _range(values, np.concatenate(halves))


def means(values: np.ndarray, draws: int, generator: np.random.Generator) -> np.ndarray:
    """Return the means of `draws` samples with replacement of `values` (N,), (draws,) float64."""
    values = np.asarray(values, dtype=np.float64)
    count = len(values)
    levels, counts = np.unique(values, return_counts=True)
    if len(levels) <= _LEVELS:
        return np.asarray(generator.multinomial(count, counts / count, size=draws) @ levels / count)
    found = np.empty(draws)
    rows = max(1, _NUMBERS // count)
    for start in range(0, draws, rows):
        size = (min(rows, draws - start), count)
        found[start : start + rows] = values[generator.integers(0, count, size=size)].mean(axis=1)
    return found


def _range(values: np.ndarray, drawn: np.ndarray) -> Range:
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Range(float(values.mean()), float(low), float(high))
