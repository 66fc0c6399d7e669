"""Resizing as a product with two matrices: it gives what Pillow gives, on any device, and in exported graphs.

Each row of a matrix has the shares of the given pixels in one new pixel, so that cutting out the middle is leaving out
rows, and padding is rows of zeros.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Literal

import numpy as np

Interpolation = Literal["plain", "nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"]
OVERSHOOTING = ("bicubic", "lanczos")  # their answers leave the range of the pixels

_Kernel = Callable[[np.ndarray], np.ndarray]


def _box(at: np.ndarray) -> np.ndarray:
    return ((at > -0.5) & (at <= 0.5)).astype(np.float64)


def _bilinear(at: np.ndarray) -> np.ndarray:
    return np.asarray(np.maximum(0, 1 - np.abs(at)))


def _hamming(at: np.ndarray) -> np.ndarray:
    return np.where(np.abs(at) < 1, np.sinc(at) * (0.54 + 0.46 * np.cos(np.pi * at)), 0)


def _bicubic(at: np.ndarray) -> np.ndarray:
    """Keys 1981 with a = −0.5."""
    at = np.abs(at)
    near = (1.5 * at - 2.5) * at**2 + 1
    far = ((-0.5 * at + 2.5) * at - 4) * at + 2
    return np.where(at < 1, near, np.where(at < 2, far, 0))


def _lanczos(at: np.ndarray) -> np.ndarray:
    return np.where(np.abs(at) < 3, np.sinc(at) * np.sinc(at / 3), 0)


_KERNELS: dict[str, tuple[float, _Kernel]] = {  # how many pixels they reach to each side, and their shape
    "box": (0.5, _box),
    "bilinear": (1, _bilinear),
    "hamming": (1, _hamming),
    "bicubic": (2, _bicubic),
    "lanczos": (3, _lanczos),
}


def shortest(edge: int, height: int, width: int) -> tuple[int, int]:
    """Return the size (H, W) of a picture whose shortest edge was brought to `edge`, as torchvision rounds it."""
    if height <= width:
        return edge, int(edge * width / height)
    return int(edge * height / width), edge


@lru_cache(maxsize=64)
def shares(given: int, resized: int, kept: int, how: Interpolation) -> np.ndarray:
    """Return (kept, given) float32: `given` pixels in a line become `resized`, and the middle `kept` of them stay.

    `how` is a filter of Pillow (its Resample.c), any but "plain". Where more are kept than there are, zeros lie around.
    """
    rows = _nearest(given, resized) if how == "nearest" else _filtered(given, resized, how)
    first = (resized - kept) // 2
    around = max(0, -first), max(0, first + kept - resized)
    return np.pad(rows[max(0, first) : max(0, first + kept)], (around, (0, 0))).astype(np.float32)


def _nearest(given: int, resized: int) -> np.ndarray:
    steps = np.full(resized, given / resized)
    steps[0] /= 2
    taken = np.cumsum(steps).astype(np.int64)  # added up as Pillow does, so that ties fall to the same side
    return np.eye(given)[np.minimum(taken, given - 1)]


def _filtered(given: int, resized: int, how: str) -> np.ndarray:
    reach, kernel = _KERNELS[how]
    scale = given / resized
    wide = max(scale, 1.0)  # a picture that shrinks is averaged over what falls into one new pixel
    centre = ((np.arange(resized) + 0.5) * scale)[:, None]
    pixel = np.arange(given)[None]
    first = np.maximum(0, (centre - reach * wide + 0.5).astype(np.int64))
    end = np.minimum(given, (centre + reach * wide + 0.5).astype(np.int64))
    rows = kernel((pixel - centre + 0.5) / wide) * ((pixel >= first) & (pixel < end))
    return np.asarray(rows / rows.sum(1, keepdims=True))
