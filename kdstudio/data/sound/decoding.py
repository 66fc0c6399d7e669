"""One sound file: which kind it is by its content, what its header tells, and its samples.

WAV is read here; FLAC, Ogg, MP3 and AIFF by libsndfile, through the optional package soundfile.
"""

import importlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from kdstudio.core.errors import DataError
from kdstudio.data.sound import riff

_SUFFIXES = (".wav", ".wave", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff")
_MAGIC = ((b"fLaC", "FLAC"), (b"OggS", "Ogg"), (b"ID3", "MP3"))

PACKAGE = "the package soundfile"
INSTALL = 'Install it with: pip install "kdstudio[audio]". Or convert the files to WAV.'


@dataclass(frozen=True, slots=True)
class Look:
    """What a header tells; `is_cut` where it promises more than the file holds."""

    rate: int
    channels: int
    frames: int
    is_cut: bool = False


def has_sound_name(name: str) -> bool:
    """Whether a file is called like a sound."""
    return name.lower().endswith(_SUFFIXES)


def sound_kind(start: bytes) -> str | None:
    """Return the kind of sound that a file beginning with `start` holds, or None."""
    if riff.is_wave(start):
        return "WAV"
    if start[:4] == b"FORM" and start[8:12] in (b"AIFF", b"AIFC"):
        return "AIFF"
    if len(start) > 3 and start[0] == 0xFF and start[1] & 0xE6 == 0xE2:  # eleven set bits, then layer III
        return "MP3"
    return next((kind for beginning, kind in _MAGIC if start.startswith(beginning)), None)


def measure(start: bytes, size: int, whole: Callable[[], bytes]) -> Look:
    """Read the header of a file that begins with `start`; `whole` is called where that does not hold all of it.

    Raises DataError: why the file cannot be read.
    """
    kind = sound_kind(start)
    if kind == "WAV":
        try:
            wave = riff.look(start, size)
        except DataError:
            if len(start) >= size:
                raise
            wave = riff.look(whole(), size)  # a picture or a text lies before the samples
        return Look(wave.rate, wave.channels, wave.frames, wave.declared > wave.frames)
    if kind is None:
        raise DataError("it is no sound file")
    with _opened(whole(), kind) as file:
        rate, channels, frames = file.samplerate, file.channels, file.frames
    if not riff.RATES[0] <= rate <= riff.RATES[1]:
        raise DataError(f"its header makes no sense: {rate:,} samples a second")
    return Look(rate, channels, frames)


def decode(content: bytes, name: str) -> tuple[np.ndarray, int]:
    """Return (mono samples (S,) float32 in −1..1, rate); raises DataError that names the file."""
    kind = sound_kind(content)
    try:
        if kind == "WAV":
            return riff.decode(content)
        if kind is None:
            raise DataError("it is no sound file")
        with _opened(content, kind) as file:
            samples = file.read(dtype="float32", always_2d=True).mean(axis=1)
            return np.clip(np.nan_to_num(samples, nan=0.0), -1, 1), file.samplerate
    except DataError as error:
        raise DataError(f"{name} cannot be read: {error.message}", hint=error.hint or "Copy it again.") from error


def resample(samples: np.ndarray, source: int, rate: int) -> np.ndarray:
    """Return `samples` (…, S), taken at `source` a second, as `rate` a second would have them, (…, T) float32."""
    if source == rate or not samples.shape[-1]:
        return samples
    from scipy.signal import resample_poly

    share = Fraction(rate, source).limit_denominator(1000)  # 44,101 to 44,100 would need a filter of a million taps
    changed = resample_poly(samples.astype(np.float32), max(share.numerator, 1), share.denominator, axis=-1)
    return np.asarray(np.clip(changed, -1, 1), dtype=np.float32)


def _opened(content: bytes, kind: str) -> Any:
    """Return the file as soundfile opens it. Raises DataError: soundfile is not installed, or refuses."""
    try:
        soundfile: Any = importlib.import_module("soundfile")
    except (ImportError, OSError) as error:  # OSError: the package is there without its library
        raise DataError(f"it is {kind}, which needs {PACKAGE}", hint=INSTALL) from error
    try:
        return soundfile.SoundFile(io.BytesIO(content))
    except (RuntimeError, TypeError, ValueError) as error:  # LibsndfileError is a RuntimeError
        raise DataError(f"it is damaged {kind}") from error
