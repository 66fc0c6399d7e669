"""What can be shown of one input, whatever its kind: a picture, words, or named cells."""

import re
from dataclasses import dataclass

import numpy as np

from kdstudio.data.dataset import Inputs, Kind
from kdstudio.data.kinds import AudioInputs, Column, TableInputs
from kdstudio.data.spectrogram import spectrogram

NOUNS: dict[Kind, str] = {"image": "image", "text": "text", "table": "row", "audio": "sound"}
"""What one input of a kind is called."""
MISSING = "–"
_NUMBERED = re.compile(r"column \d+")  # names that a reader gave to columns without one
_MANY = 1e15  # from here on floats no longer tell whole numbers apart


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """One input as a page draws it.

    Images and sound have a `picture` (c, H, W), uint8 or 0..1; sound also its samples (S,) and rate, to be played; text
    has `words`; a row of a table has `cells` of name and value.
    """

    kind: Kind = "image"
    picture: np.ndarray | None = None
    words: str = ""
    cells: tuple[tuple[str, str], ...] = ()
    sound: np.ndarray | None = None
    rate: int = 0

    @property
    def is_picture(self) -> bool:
        """Whether it is looked at rather than read."""
        return self.kind in ("image", "audio")

    @property
    def seconds(self) -> float:
        """How long a sound lasts."""
        return 0.0 if self.sound is None else len(self.sound) / self.rate

    @property
    def line(self) -> str:
        """The input as one line: the text without line breaks, the values of a row; "" for pictures."""
        if self.kind == "table":
            return " · ".join(value if _NUMBERED.fullmatch(name) else f"{name} {value}" for name, value in self.cells)
        return " ".join(self.words.split())

    @property
    def whole(self) -> str:
        """All that is read of it, line by line; "" for pictures."""
        return "\n".join(f"{name}: {value}" for name, value in self.cells) if self.kind == "table" else self.words


def face(inputs: Inputs, value: np.ndarray) -> Face:
    """Return what can be shown of one input, as `inputs.read` gave it."""
    if inputs.kind == "text":
        return Face("text", words=str(value))
    if isinstance(inputs, TableInputs):
        return Face("table", cells=cells(inputs.columns, value))
    if isinstance(inputs, AudioInputs):
        heard = np.trim_zeros(value, "b")  # without the silence that brings all clips to one length
        return Face("audio", spectrogram(heard, inputs.rate), sound=heard, rate=inputs.rate)
    return Face("image", value)


def cells(columns: tuple[Column, ...], row: np.ndarray) -> tuple[tuple[str, str], ...]:
    """Return name and value of each column: categories by name, numbers as short as they are, "–" where one lacks."""
    return tuple((column.name, _cell(column, float(value))) for column, value in zip(columns, row, strict=True))


def _cell(column: Column, value: float) -> str:
    if not np.isfinite(value):
        return MISSING
    if column.categories:
        return column.categories[int(value)] if 0 <= value < len(column.categories) else MISSING
    if value == int(value) and abs(value) < _MANY:
        return f"{int(value):,}".replace(",", "\N{THIN SPACE}").replace("-", "\N{MINUS SIGN}")
    return f"{value:.4g}".replace("-", "\N{MINUS SIGN}")
