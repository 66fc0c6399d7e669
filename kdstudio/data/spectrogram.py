"""A picture of a sound: time to the right, pitch upwards, louder brighter."""

import numpy as np

BANDS, COLUMNS = 48, 96
_SECONDS = 0.032  # of one window: long enough to tell the pitches of a voice apart
_RANGE = 60.0  # decibels below the loudest place that are still seen


def spectrogram(samples: np.ndarray, rate: int) -> np.ndarray:
    """Return samples (S,) in −1..1 as a picture (1, BANDS, COLUMNS) float32 in 0..1, the highest band on top.

    Bands lie evenly on the mel scale (2595·log10(1 + f/700)), as pitches are heard; silence is 0.
    """
    window = min(4096, max(64, 2 ** round(np.log2(rate * _SECONDS))))
    padded = np.pad(np.nan_to_num(np.asarray(samples, dtype=np.float32)), window // 2)
    starts = np.linspace(0, max(0, len(padded) - window), COLUMNS).astype(np.int64)
    parts = np.lib.stride_tricks.sliding_window_view(padded, window)[starts] * np.hanning(window)
    power = np.abs(np.fft.rfft(parts, axis=1)) ** 2  # (COLUMNS, bins)
    power = np.maximum.reduceat(power, _edges(rate, window), axis=1)[:, :BANDS].T
    loudest = float(power.max())
    if loudest <= 0:
        return np.zeros((1, BANDS, COLUMNS), dtype=np.float32)
    decibels = 10 * np.log10(np.maximum(power / loudest, 1e-12))
    return np.ascontiguousarray(np.clip(1 + decibels / _RANGE, 0, 1)[::-1][None], dtype=np.float32)


def _edges(rate: int, window: int) -> np.ndarray:
    """Return the first bin of each band, (BANDS,); at low pitches bands share a bin."""
    mels = np.linspace(0, 2595 * np.log10(1 + rate / 2 / 700), BANDS + 1)[:-1]
    bins = np.round(700 * (10 ** (mels / 2595) - 1) * window / rate).astype(np.int64)
    return np.minimum(bins, window // 2)
