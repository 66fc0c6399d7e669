"""Exponential smoothing without the pull towards zero at the start."""

import math

import numpy as np

_BLOCK = 64


def smooth(values: np.ndarray, weight: float) -> np.ndarray:
    """Return the debiased exponential moving average of (n,) values; `weight` 0 (none) to below 1 is the past's share.

    m_t = w·m_{t−1} + (1 − w)·y_t and the result is m_t / (1 − wᵗ), as in Adam (Kingma and Ba, 2015), so the first
    value is y_1 itself. NaN stays NaN and is skipped.
    """
    values = np.asarray(values, dtype=np.float64)
    if not 0 <= weight < 1:
        raise ValueError(f"The weight of the past is at least 0 and below 1, not {weight}")
    if weight == 0 or len(values) < 2:
        return values
    known = np.isfinite(values)
    smoothed = np.full_like(values, np.nan)
    smoothed[known] = _average(values[known], weight)
    return smoothed


def _average(values: np.ndarray, weight: float) -> np.ndarray:
    """Blocks of 64 by one triangular matrix each; only the carry from block to block is a loop."""
    count = len(values)
    blocks = np.zeros((-(-count // _BLOCK), _BLOCK))
    blocks.ravel()[:count] = values
    lag = np.subtract.outer(np.arange(_BLOCK), np.arange(_BLOCK))
    kernel = np.where(lag >= 0, (1 - weight) * weight ** np.maximum(lag, 0), 0.0)
    local = blocks @ kernel.T
    carry, fade, carries = 0.0, weight**_BLOCK, []
    for last in local[:, -1].tolist():
        carries.append(carry)
        carry = last + fade * carry
    moving = (local + np.outer(carries, weight ** np.arange(1, _BLOCK + 1))).ravel()[:count]
    share: np.ndarray = -np.expm1(np.arange(1, count + 1) * math.log(weight))
    return np.asarray(moving / share)
