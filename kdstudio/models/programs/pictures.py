"""Pictures for a program: the layout, type and size that it wants, from the shape that it declares or its weights."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from math import isqrt
from typing import Literal

import torch
from torch import Tensor

from kdstudio.models.preprocessing.image import ImagePreprocessing
from kdstudio.models.programs.inputs import Takes, Value, noise

Layout = Literal["NCHW", "NHWC", "NHW", "flat"]

SIZES = (28, 32, 64, 96, 128, 224, 256, 299, 384, 8, 16, 20, 24, 40, 48, 56, 80, 112, 160, 192, 240, 512)
"""Sides of square pictures in common use, those of the most frequent data sets first."""


@dataclass(frozen=True, slots=True)
class Pictures(Takes):
    """Pictures of `size` (H, W), None for any."""

    channels: int
    size: tuple[int, int] | None
    layout: Layout = "NCHW"
    dtype: torch.dtype = torch.float32
    rows: int | None = None

    @property
    def preprocessing(self) -> ImagePreprocessing:
        """Values of 0..1 as they are; pixels of 0..255 where it takes those."""
        plain = ImagePreprocessing.plain(self.channels, self.size)
        return plain.model_copy(update={"std": (1 / 255,) * self.channels}) if self.is_told else plain

    @property
    def is_told(self) -> bool:
        """Whole numbers are pixels of 0..255."""
        return not self.dtype.is_floating_point

    @property
    def input_shape(self) -> tuple[int, ...] | None:
        """(c, H, W)."""
        return None if self.size is None else (self.channels, *self.size)

    def arrange(self, prepared: Tensor) -> tuple[Tensor, ...]:
        """Turn pictures (N, c, H, W) into the program's layout and type.

        Contiguous, because `x.view(len(x), -1)` behind a convolution, as in half of all nets for MNIST, fails on
        pictures whose channels lie last.
        """
        if self.layout == "NHWC":
            prepared = prepared.permute(0, 2, 3, 1)
        elif self.layout == "NHW":
            prepared = prepared.squeeze(1)
        elif self.layout == "flat":
            prepared = prepared.flatten(1)
        if self.is_told:
            prepared = prepared.round().clamp(0, 255)
        return (prepared.to(self.dtype).contiguous(),)

    def probes(self) -> list[Tensor]:
        """Pictures of 0..1, around 0, of 0..255."""
        plain, around = noise(*self.preprocessing.shape)
        return [plain * 255] if self.is_told else [plain, around, plain * 255]

    def sized(self) -> list["Pictures"]:
        """Square pictures of the usual sizes."""
        return [self] if self.size is not None else [replace(self, size=(side, side)) for side in SIZES]

    def describe(self) -> str:
        """`the model takes pictures with channels last`."""
        words = {"NHWC": "channels last", "NHW": "grey without a channel axis", "flat": "each picture as one row"}
        parts = [words.get(self.layout, ""), "" if self.dtype == torch.float32 else str(self.dtype)[6:]]
        parts.append("" if self.rows is None else f"{self.rows} at a time")
        unusual = ", ".join(filter(None, parts))
        return f"the model takes pictures with {unusual}" if unusual else ""


def declared(value: Value) -> Iterator[Pictures]:
    """Return how to hand pictures to a program that declares this input; nothing where it takes none."""
    shape, dtype, rows = value.shape, value.dtype, value.rows
    if dtype is None:
        return
    if len(shape) == 4:
        yield _four(value, dtype)
    elif len(shape) == 3 and shape[1] is not None and shape[1] == shape[2] and shape[1] > 4:
        yield Pictures(1, (shape[1], shape[1]), "NHW", dtype, rows)
    elif len(shape) == 2 and shape[1] is not None and dtype.is_floating_point and (side := _square(shape[1])):
        yield Pictures(shape[1] // side**2, (side, side), "flat", dtype, rows)


def guesses(shapes: Iterable[tuple[int, ...]]) -> Iterator[Pictures]:
    """Return the pictures that a net may take whose file declares no input, from the shapes of its weights."""
    known = list(shapes)
    channels = [shape[1] for shape in known if len(shape) == 4]
    if channels:  # the first convolution takes the picture; a frozen program has its weights in any order
        yield Pictures(next((count for count in channels if count <= 4), channels[0]), None)
        return
    for count in dict.fromkeys(shape[1] for shape in known if len(shape) == 2):
        if side := _square(count):
            yield Pictures(count // side**2, (side, side))
            yield Pictures(count // side**2, (side, side), "flat")


def _four(value: Value, dtype: torch.dtype) -> Pictures:
    shape = value.shape
    last = shape[3] in (1, 3) and shape[1] not in (1, 3)
    channels, height, width = (shape[3], shape[1], shape[2]) if last else (shape[1], shape[2], shape[3])
    size = None if height is None or width is None else (height, width)
    return Pictures(channels or 3, size, "NHWC" if last else "NCHW", dtype, value.rows)


def _square(count: int) -> int:
    """Return the side of a square grey or colour picture with so many numbers, 0 where there is none."""
    for channels in (1, 3):
        side = isqrt(count // channels)
        if side >= 4 and channels * side**2 == count:
            return side
    return 0
