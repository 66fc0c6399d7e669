"""From arrays of images as they are stored to (N, c, H, W) with values 0..255 or 0..1."""

import math
from collections.abc import Mapping

import numpy as np

from kdstudio.core.errors import DataError, Problem
from kdstudio.data.dataset import ArrayInputs

_BLOCK_BYTES = 16 * 1024**2
_WHOLE_BYTES = 1024**3  # of a larger array a share is looked at: it opens at once, whatever its size
_SAMPLE_ROWS = 4096
_SLACK = 1e-4  # resampled images overshoot their range by rounding
_DARKEST_WHITE = 32  # bytes that never reach this are counted 0..1, 0..16 and the like, and not 0..255


def image_inputs(arrays: Mapping[str, np.ndarray]) -> tuple[dict[str, ArrayInputs], tuple[Problem, ...]]:
    """Return the inputs of each part and what had to be done to them; all parts are scaled alike.

    Takes (N,H,W), (N,H,W,c), (N,c,H,W) and flat rows (N,H·W) or (N,3·H·W) of square images. Raises DataError for other
    shapes and types, for NaN and infinite values, for no images, and for parts of different shapes.
    """
    problems: list[Problem] = []
    images = {part: _layout(part, array, problems) for part, array in arrays.items()}
    shapes = {part: array.shape[1:] for part, array in images.items()}
    if len(set(shapes.values())) > 1:
        told = ", ".join(f"{part} {' × '.join(map(str, shape))}" for part, shape in shapes.items())
        hint = "Bring all images to one size before storing them."
        raise DataError(f"the parts have images of different shapes (channels × height × width): {told}", hint=hint)
    offset, divisor = _scaling(images, problems)
    return {part: ArrayInputs(array, offset, divisor) for part, array in images.items()}, tuple(problems)


def _layout(part: str, array: np.ndarray, problems: list[Problem]) -> np.ndarray:
    """Return a view (N, c, H, W)."""
    if array.dtype.kind not in "biuf":
        kind = "Python objects" if array.dtype.kind == "O" else f"of type {array.dtype}"
        raise DataError(f"the {part} images are {kind}", hint="Store them as uint8, or as float32 from 0 to 1.")
    if array.ndim < 2 or 0 in array.shape:
        shape = " × ".join(f"{size:,}" for size in array.shape)
        raise DataError(
            f"the array of {part} images is empty ({shape or 'a single number'})", hint="Choose data with images in it."
        )
    if array.ndim == 2:
        return _square(part, array)
    if array.ndim == 3:
        return array[:, None]
    if array.ndim != 4:
        raise _no_images(part, array)
    _, first, second, last = array.shape
    is_last = last in (1, 3, 4) and not (first in (1, 3) and second == last)
    if not is_last and first not in (1, 3, 4):
        raise _no_images(part, array)
    view = array.transpose(0, 3, 1, 2) if is_last else array
    if view.shape[1] == 4:
        message = f"the {part} images have four channels: the fourth (transparency) is not used"
        problems.append(Problem(message=message, severity="warning"))
        view = view[:, :3]
    return view


def _square(part: str, rows: np.ndarray) -> np.ndarray:
    for channels in (1, 3):
        side = math.isqrt(rows.shape[1] // channels)
        if side >= 4 and side * side * channels == rows.shape[1]:
            return rows.reshape(len(rows), channels, side, side)
    raise _no_images(part, rows)


def _no_images(part: str, array: np.ndarray) -> DataError:
    shape = " × ".join(f"{size:,}" for size in array.shape)
    hint = "Images are stored as (N, H, W), (N, H, W, 3) or (N, 3, H, W)."
    return DataError(f"the {part} array ({shape}) does not hold grey or colour images", hint=hint)


def _scaling(images: dict[str, np.ndarray], problems: list[Problem]) -> tuple[float, float | None]:
    """Return (offset, divisor) that bring the values to 0..1; no divisor where they are that, or bytes, already."""
    ranges = [_range(part, array) for part, array in images.items()]
    low, high = min(r[0] for r in ranges), max(r[1] for r in ranges)
    kinds = {array.dtype.kind for array in images.values()}
    if kinds <= {"u", "i"} and low >= 0 and high <= 255 and (high >= _DARKEST_WHITE or high == 0):
        return 0.0, None
    if kinds & {"f", "b"} and low >= -_SLACK and high <= 1 + _SLACK:
        return 0.0, None
    if low >= -_SLACK and 128 <= high <= 255 + _SLACK:
        message = "the images are numbers from 0 to 255: they are divided by 255"
        problems.append(Problem(message=message, severity="note"))
        return 0.0, 255.0
    if low >= 0:
        offset, divisor = 0.0, high
    elif low >= -1 - _SLACK and high <= 1 + _SLACK:
        offset, divisor = -1.0, 2.0
    else:
        offset, divisor = low, high - low
    white = offset + divisor
    message = f"the images have values from {low:g} to {high:g}: {offset:g} becomes black and {white:g} white"
    hint = "A teacher trained on such values may want them as they were; 0 to 255 or 0 to 1 is safest."
    problems.append(Problem(message=message, hint=hint, severity="warning"))
    return offset, divisor or 1.0


def _range(part: str, array: np.ndarray) -> tuple[float, float]:
    """Return the smallest and largest value; of bytes and of very large arrays only a sample is looked at."""
    if array.dtype.kind == "b":
        return 0.0, 1.0
    if array.dtype == np.uint8:
        sample = array[:: -(-len(array) // _SAMPLE_ROWS)]
        return float(sample.min()), float(sample.max())
    rows = max(1, _BLOCK_BYTES // array[0].nbytes)
    step = rows * max(1, 4 * array.nbytes // _WHOLE_BYTES) if array.nbytes > _WHOLE_BYTES else rows
    low, high = math.inf, -math.inf
    for start in range(0, len(array), step):
        block = array[start : start + rows]
        smallest, largest = float(block.min()), float(block.max())
        if not (math.isfinite(smallest) and math.isfinite(largest)):
            raise _not_finite(part, array, start, rows)
        low, high = min(low, smallest), max(high, largest)
    return low, high


def _not_finite(part: str, array: np.ndarray, start: int, rows: int) -> DataError:
    """Count from `start`, where the first one is, to the end."""
    count, first = 0, -1
    for begin in range(start, len(array), rows):
        bad = ~np.isfinite(array[begin : begin + rows])
        count += int(bad.sum())
        if first < 0:
            first = begin + int(np.flatnonzero(bad.any(axis=(1, 2, 3)))[0])
    message = f"{count:,} values of the {part} images are NaN or infinite, the first in image {first:,}"
    return DataError(message, hint="Remove these images, or mend the program that wrote them.")
