"""What a program takes: the layout, type and number of pictures that it wants, read from the shape that it declares.

A program (TorchScript, an exported program, ONNX) is not built here, so that its input is what its file says, or what
it can be seen to accept.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isqrt
from typing import Any, Literal

import torch
from torch import Tensor, nn

from kdstudio.core.errors import ModelError

Layout = Literal["NCHW", "NHWC", "NHW", "flat"]
Dim = int | None  # None: any number

SIZES = (28, 32, 64, 96, 128, 224, 256, 299, 384, 8, 16, 20, 24, 40, 48, 56, 80, 112, 160, 192, 240, 512)
"""Sides of square pictures in common use, those of the most frequent data sets first."""
_HINT = "Choose a model for pictures whose file takes one batch of them (N, channels, height, width)."


@dataclass(frozen=True, slots=True)
class InputChoice:
    """How pictures are handed to a program. `size` (H, W) None: any; `rows`: the fixed size of its batch, or None."""

    channels: int
    size: tuple[int, int] | None
    layout: Layout = "NCHW"
    dtype: torch.dtype = torch.float32
    rows: int | None = None

    @property
    def is_pixels(self) -> bool:
        """Whether it takes whole numbers: pixels of 0..255."""
        return not self.dtype.is_floating_point

    def arrange(self, pictures: Tensor) -> Tensor:
        """Turn prepared pictures (N, c, H, W) into the program's layout and type.

        Contiguous, because `x.view(len(x), -1)` behind a convolution, as in half of all nets for MNIST, fails on
        pictures whose channels lie last.
        """
        if self.layout == "NHWC":
            pictures = pictures.permute(0, 2, 3, 1)
        elif self.layout == "NHW":
            pictures = pictures.squeeze(1)
        elif self.layout == "flat":
            pictures = pictures.flatten(1)
        if self.is_pixels:
            pictures = pictures.round().clamp(0, 255)
        return pictures.to(self.dtype).contiguous()

    def describe(self) -> str:
        """Return what people need to know of it, empty where there is nothing unusual."""
        words = {"NHWC": "channels last", "NHW": "grey without a channel axis", "flat": "each picture as one row"}
        parts = [words.get(self.layout, ""), "" if self.dtype == torch.float32 else str(self.dtype)[6:]]
        parts.append("" if self.rows is None else f"{self.rows} at a time")
        return ", ".join(filter(None, parts))


class Arranged(nn.Module):
    """A program that is handed prepared pictures as it wants them, and always in batches of the size that it wants."""

    def __init__(self, net: nn.Module, takes: InputChoice) -> None:
        super().__init__()
        self.net = net
        self.takes = takes
        self.training = net.training

    def train(self, mode: bool = True) -> "Arranged":
        """Set the program's mode; one that has a single mode keeps it."""
        super().train(mode)
        self.training = self.net.training
        return self

    def forward(self, pictures: Tensor) -> Any:
        """Answer prepared pictures (N, c, H, W)."""
        given, rows = self.takes.arrange(pictures), self.takes.rows
        if rows is None or len(given) == rows:
            return self.net(given)
        missing = -len(given) % rows
        padded = torch.cat([given, given[-1:].expand(missing, *given.shape[1:])]) if missing else given
        answers = [self.net(piece) for piece in torch.split(padded, rows)]
        return _joined(answers, len(given))


def _joined(answers: list[Any], count: int) -> Any:
    first = answers[0]
    if isinstance(first, Tensor):
        return torch.cat(answers)[:count]
    if isinstance(first, dict):
        return {key: _joined([answer[key] for answer in answers], count) for key in first}
    if isinstance(first, tuple | list):
        return tuple(_joined(list(parts), count) for parts in zip(*answers, strict=True))
    return first


def declared(shape: tuple[Dim, ...], dtype: torch.dtype) -> InputChoice:
    """Return how to hand pictures to a program that declares this input; raises ModelError where it takes none."""
    rows = shape[0] if shape else None
    if len(shape) == 4:
        return _four(shape, dtype, rows)
    if len(shape) == 3 and shape[1] is not None and shape[1] == shape[2] and shape[1] > 4:
        return InputChoice(1, (shape[1], shape[1]), "NHW", dtype, rows)
    if len(shape) == 2 and shape[1] is not None and dtype.is_floating_point and (side := _square(shape[1])):
        return InputChoice(shape[1] // side**2, (side, side), "flat", dtype, rows)
    raise ModelError(f"the model takes {words(shape, dtype)} and no pictures", hint=_HINT)


def words(shape: tuple[Dim, ...], dtype: torch.dtype) -> str:
    """Return an input in words: `rows of 2048 whole numbers`."""
    kind = "numbers" if dtype.is_floating_point else "whole numbers"
    if len(shape) == 2:
        return f"rows of {shape[1] or 'any number of'} {kind}"
    written = ", ".join("N" if i == 0 else "any" if n is None else str(n) for i, n in enumerate(shape))
    return f"{kind} of shape ({written})"


def guesses(shapes: Iterator[tuple[int, ...]]) -> Iterator[InputChoice]:
    """Return the pictures that a net may take whose file declares no input, from the shapes of its weights."""
    known = list(shapes)
    channels = [shape[1] for shape in known if len(shape) == 4]
    if channels:  # the first convolution takes the picture; a frozen program has its weights in any order
        yield InputChoice(next((count for count in channels if count <= 4), channels[0]), None)
        return
    for count in dict.fromkeys(shape[1] for shape in known if len(shape) == 2):
        if side := _square(count):
            yield InputChoice(count // side**2, (side, side))
            yield InputChoice(count // side**2, (side, side), "flat")


def _four(shape: tuple[Dim, ...], dtype: torch.dtype, rows: Dim) -> InputChoice:
    last = shape[3] in (1, 3) and shape[1] not in (1, 3)
    channels, height, width = (shape[3], shape[1], shape[2]) if last else (shape[1], shape[2], shape[3])
    size = None if height is None or width is None else (height, width)
    return InputChoice(channels or 3, size, "NHWC" if last else "NCHW", dtype, rows)


def _square(count: int) -> int:
    """Return the side of a square grey or colour picture with so many numbers, 0 where there is none."""
    for channels in (1, 3):
        side = isqrt(count // channels)
        if side >= 4 and channels * side**2 == count:
            return side
    return 0
