"""Colour maps of the matrices: OKLCH ramps of teacher and student with one lightness, and a diverging one."""

from functools import cache

import numpy as np

SIZE = 256


@cache
def sequential(identity: str, *, dark: bool) -> np.ndarray:
    """Return a (256, 3) uint8 table for the share of the largest value; teacher and student are equally bright."""
    hue, chroma = (67.0, 0.155) if identity == "teacher" else (238.0, 0.13)
    x = np.linspace(0.0, 1.0, SIZE)
    if dark:
        v = x**0.9
        lightness = 0.25 + 0.69 * v
        fade = 1 - 0.62 * np.maximum(0.0, (v - 0.62) / 0.38)
        c = chroma * np.minimum(1.0, 0.06 + 1.95 * v) * fade
        h = hue + (8.0 * v if identity == "teacher" else 0.0)
    else:
        v = x**1.1
        lightness = 0.968 - 0.54 * v
        c = chroma * np.minimum(1.0, 1.7 * v)
        h = 74.0 - 14.0 * v if identity == "teacher" else np.full(SIZE, hue)
    return oklch(lightness, c, np.broadcast_to(h, (SIZE,)))


@cache
def diverging(*, dark: bool) -> np.ndarray:
    """Return a (256, 3) uint8 table from −1 (purple) over 0 (almost the surface) to +1 (green)."""
    v = np.linspace(-1.0, 1.0, SIZE)
    size = np.abs(v)
    lightness = 0.25 + 0.58 * size if dark else 0.972 - 0.5 * size
    return oklch(lightness, 0.006 + 0.15 * size**0.7, np.where(v >= 0, 135.0, 305.0))


def oklch(lightness: np.ndarray, chroma: np.ndarray, hue: np.ndarray) -> np.ndarray:
    """Return (n, 3) uint8 sRGB of OKLCH (Ottosson, 2020); hue in degrees, what sRGB cannot show is clipped."""
    a, b = chroma * np.cos(np.radians(hue)), chroma * np.sin(np.radians(hue))
    lms = np.stack(
        [
            lightness + 0.3963377774 * a + 0.2158037573 * b,
            lightness - 0.1055613458 * a - 0.0638541728 * b,
            lightness - 0.0894841775 * a - 1.2914855480 * b,
        ]
    )
    to_rgb = np.array(
        [
            [4.0767416621, -3.3077115913, 0.2309699292],
            [-1.2684380046, 2.6097574011, -0.3413193965],
            [-0.0041960863, -0.7034186147, 1.7076147010],
        ]
    )
    linear = np.clip(to_rgb @ lms**3, 0.0, 1.0)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.ascontiguousarray((encoded.T * 255 + 0.5).astype(np.uint8))


def at_share(table: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return colours (…, 3) uint8 of shares 0 to 1 (for the diverging map: (value / largest + 1) / 2)."""
    rows = np.clip(np.nan_to_num(share) * (SIZE - 1) + 0.5, 0, SIZE - 1).astype(np.intp)
    return np.asarray(table[rows])
