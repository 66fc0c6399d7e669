"""Sound for a program: waveforms (N, S) or (N, 1, S). At which rate is seldom told: the data's is taken then."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from kdstudio.models.preprocessing.audio import LogMelPreprocessing
from kdstudio.models.preprocessing.waveform import WaveformPreprocessing
from kdstudio.models.programs.inputs import Takes, Value, noise

LENGTHS = (16000, 8000, 22050, 44100, 48000, 32000, 24000, 4000, 80000, 160000)
"""Samples of a clip in common use, a second at the usual rates first."""
FEWEST = 1000  # numbers in a row that is taken for a clip
_NAMES = ("audio", "wave", "sound", "speech", "signal", "input_values")


@dataclass(frozen=True, slots=True)
class Sounds(Takes):
    """Clips of `samples` at `rate`, None for any and for unknown; with an axis for the channel where `has_channel`."""

    samples: int | None
    rate: int | None = None
    has_channel: bool = False
    dtype: torch.dtype = torch.float32
    rows: int | None = None

    @property
    def preprocessing(self) -> WaveformPreprocessing:
        """Samples as they are."""
        return WaveformPreprocessing(rate=self.rate, samples=self.samples, normalise=False)

    @property
    def is_told(self) -> bool:
        """Who tells the rate wrote the file so that it takes samples of −1..1."""
        return self.rate is not None

    @property
    def input_shape(self) -> tuple[int, ...] | None:
        """(S,)."""
        return None if self.samples is None else (self.samples,)

    def arrange(self, prepared: Tensor) -> tuple[Tensor, ...]:
        """Turn waveforms (N, S) into the program's layout and type."""
        given = prepared.to(self.dtype)
        return (given[:, None] if self.has_channel else given,)

    def probes(self) -> list[Tensor]:
        """Noise within −1..1, and with deviation 1."""
        even, around = noise(*self.preprocessing.shape)
        return [even * 2 - 1, around]

    def sized(self) -> list["Sounds"]:
        """Clips of the usual lengths."""
        return [self] if self.samples is not None else [replace(self, samples=count) for count in LENGTHS]

    def describe(self) -> str:
        """Say that the rate is a guess."""
        untold = "" if self.is_told else "the file does not tell at which rate it takes sound: that of the data is used"
        return "; ".join(filter(None, (untold, "" if self.rows is None else f"{self.rows} clips at a time")))


def is_named(value: Value) -> bool:
    """Whether the name of an input says that it is sound."""
    return any(word in value.name.lower() for word in _NAMES)


def declared(value: Value) -> Iterator[Sounds]:
    """Return how to hand sound to a program that declares this input; nothing where it takes none."""
    shape, dtype = value.shape, value.dtype
    if dtype is None or not dtype.is_floating_point or len(shape) not in (2, 3):
        return
    count = shape[-1]
    if (len(shape) == 3 and shape[1] != 1) or (count is not None and count < FEWEST and not is_named(value)):
        return
    yield Sounds(count, None, len(shape) == 3, dtype, value.rows)


def guesses(shapes: Iterable[tuple[int, ...]]) -> Iterator[Sounds]:
    """Return the sound that a net may take whose file declares no input: it begins with a convolution of one axis."""
    first = next((shape for shape in shapes if len(shape) in (3, 4)), ())
    if len(first) == 3 and first[1] == 1:
        yield Sounds(None, has_channel=True)
        yield Sounds(None)


def own(how: LogMelPreprocessing | WaveformPreprocessing, value: Value) -> Sounds:
    """Return what a graph takes that kdstudio exported: the rest of the preprocessing is inside of it."""
    assert value.dtype is not None
    return Sounds(value.shape[-1], how.rate, False, value.dtype, value.rows)
