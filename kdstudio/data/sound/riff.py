"""WAV files: what a header declares, held against the bytes that are there, and mono samples in −1..1.

The standard library's `wave` reads neither floats nor (before Python 3.12) extensible headers, and it believes what a
header says about lengths. The chunks are those of Microsoft's "Multiple channel audio data and WAVE files".
"""

import struct
from dataclasses import dataclass
from typing import Literal

import numpy as np

from kdstudio.core.errors import DataError

RATES = (1000, 384_000)
_MOST_CHANNELS = 64
_PCM, _FLOAT, _A_LAW, _MU_LAW, _EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
_NAMED = {2: "ADPCM", 17: "IMA ADPCM", 49: "GSM", 85: "MP3"}  # what else is found in WAV files
_WIDTHS = {_PCM: (1, 2, 3, 4), _FLOAT: (4, 8), _A_LAW: (1,), _MU_LAW: (1,)}  # bytes of one sample


@dataclass(frozen=True, slots=True)
class Wave:
    """What a WAV file holds: `frames` whole frames of `channels` samples of `width` bytes, beginning at `start`.

    `declared` is the number of frames that the header promises: more than `frames` where the file is cut off.
    """

    rate: int
    channels: int
    frames: int
    declared: int
    start: int
    width: int
    code: int
    order: Literal["<", ">"]


def is_wave(start: bytes) -> bool:
    """Whether a file beginning with `start` is a WAV file."""
    return start[:4] in (b"RIFF", b"RIFX", b"RF64") and start[8:12] == b"WAVE"


def look(content: bytes, size: int) -> Wave:
    """Read the header in the beginning `content` of a file of `size` bytes. Raises DataError: why it cannot be read."""
    if not is_wave(content):
        raise DataError("it is no WAV file")
    order: Literal["<", ">"] = ">" if content[:4] == b"RIFX" else "<"
    form: tuple[int, int, int, int] | None = None
    at = 12
    while at + 8 <= len(content):
        name = content[at : at + 4]
        (length,) = struct.unpack_from(f"{order}I", content, at + 4)
        at += 8
        if name == b"fmt ":
            form = _form(content[at : at + min(length, 40)], order)
        elif name == b"data":
            if form is None:
                raise DataError("its samples come before their format")
            return _wave(form, at, length, size, order)
        at += length + length % 2
    raise DataError("it ends within its header")


def decode(content: bytes) -> tuple[np.ndarray, int]:
    """Return (samples (S,) float32 of all channels averaged, rate) of a WAV file. Raises DataError."""
    wave = look(content, len(content))
    raw = np.frombuffer(content, np.uint8, wave.frames * wave.channels * wave.width, wave.start)
    samples = _values(raw, wave).reshape(wave.frames, wave.channels)
    return samples.mean(axis=1, dtype=np.float32) if wave.channels > 1 else samples[:, 0], wave.rate


def _form(chunk: bytes, order: str) -> tuple[int, int, int, int]:
    """Return (code, channels, rate, bytes of a frame)."""
    if len(chunk) < 16:
        raise DataError("it ends within its header")
    code, channels, rate, _, frame, _ = struct.unpack_from(f"{order}HHIIHH", chunk)
    if code == _EXTENSIBLE and len(chunk) >= 26:
        (code,) = struct.unpack_from(f"{order}H", chunk, 24)  # the first field of the sub-format
    return code, channels, rate, frame


def _wave(form: tuple[int, int, int, int], start: int, length: int, size: int, order: Literal["<", ">"]) -> Wave:
    code, channels, rate, frame = form
    if code not in _WIDTHS:
        raise DataError(f"its samples are packed as {_NAMED.get(code, f'number {code}')}, which is not read")
    if not 1 <= channels <= _MOST_CHANNELS or frame % channels or frame // channels not in _WIDTHS[code]:
        raise DataError(f"its header makes no sense: {channels} channels, {frame} bytes for a sample of all of them")
    if not RATES[0] <= rate <= RATES[1]:
        raise DataError(f"its header makes no sense: {rate:,} samples a second")
    there = max(0, min(length, size - start))
    # a file that was streamed has no length, or the largest: all that is there is meant
    declared = there if length >= 2**32 - 2**16 else length
    return Wave(rate, channels, there // frame, declared // frame, start, frame // channels, code, order)


def _values(raw: np.ndarray, wave: Wave) -> np.ndarray:
    """Turn bytes into numbers in −1..1, (frames · channels,) float32."""
    if wave.code == _FLOAT:
        floats = raw.view(f"{wave.order}f{wave.width}").astype(np.float32)
        return np.clip(np.nan_to_num(floats, nan=0.0, posinf=0.0, neginf=0.0), -1, 1)
    if wave.code in (_A_LAW, _MU_LAW):
        return _a_law(raw) if wave.code == _A_LAW else _mu_law(raw)
    if wave.width == 1:
        return (raw.astype(np.float32) - 128) / 128
    if wave.width == 3:
        whole = np.zeros((len(raw) // 3, 4), np.uint8)  # the top three bytes of four
        whole[:, slice(1, 4) if wave.order == "<" else slice(0, 3)] = raw.reshape(-1, 3)
        return _scaled(whole.reshape(-1), f"{wave.order}i4")
    return _scaled(raw, f"{wave.order}i{wave.width}")


def _scaled(raw: np.ndarray, form: str) -> np.ndarray:
    values = raw.view(form)
    return values.astype(np.float32) / np.float32(2 ** (8 * values.itemsize - 1))


def _mu_law(raw: np.ndarray) -> np.ndarray:
    """Unfold the telephone's logarithmic bytes (ITU-T G.711, µ-law)."""
    code = (~raw).astype(np.int32)
    size = (((code & 15) << 3) + 132 << (code >> 4 & 7)) - 132
    return (np.where(code & 128, -size, size) / 32768).astype(np.float32)


def _a_law(raw: np.ndarray) -> np.ndarray:
    """Unfold the telephone's logarithmic bytes (ITU-T G.711, A-law)."""
    code = (raw ^ 0x55).astype(np.int32)
    part, step = code >> 4 & 7, (code & 15) << 4
    size = np.where(part == 0, step + 8, step + 264 << np.maximum(part - 1, 0))
    return (np.where(code & 128, size, -size) / 32768).astype(np.float32)
