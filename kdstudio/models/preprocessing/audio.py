"""Sound: a log-mel picture of each clip, computed with a convolution, so that it travels into an exported graph."""

from functools import lru_cache
from math import ceil
from typing import TYPE_CHECKING, ClassVar, Literal, Self

import numpy as np
import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor

from kdstudio.data.dataset import Kind
from kdstudio.data.kinds import AudioInputs
from kdstudio.data.sound.decoding import resample
from kdstudio.models.preprocessing.base import Feed, GraphInput, Preprocessing, Raw

if TYPE_CHECKING:
    from kdstudio.data.dataset import Inputs, Part

_SAMPLE = 1000  # clips that mean and deviation are taken from
_AT_ONCE = 1 << 22  # samples that are turned into pictures together while they are measured
_FLOOR = 1e-8  # power below which everything is silence: 80 dB under the loudest sine
_COLUMNS = 32  # of a picture; twice as many for clips of more than two seconds
_WINDOW_SECONDS = 0.032  # long enough to tell the pitches of a voice apart, short enough for a consonant
_LOWEST = 30.0  # Hz; nothing below is heard


class LogMelPreprocessing(Preprocessing):
    """Waveforms (N, S) at `rate` → pictures (N, 1, mels, frames): log power in mel bands, mean 0 and deviation 1.

    Power is measured in Hann windows every `hop` samples, and `average` neighbours make one frame: a long clip gives a
    small picture although every sample is heard. A sine of amplitude 1 has power 1. The mel scale is 2595·log10(1 +
    f/700) (O'Shaughnessy 1987, Speech Communication; HTK), its bands are triangles of height 1. Silence is 0 before
    it is scaled, and a sine of amplitude 1 about 18.
    """

    takes: ClassVar[Kind] = "audio"

    kind: Literal["log_mel"] = "log_mel"
    rate: int = Field(ge=1000, le=384_000)
    samples: int = Field(ge=1, le=1 << 26)
    source_rate: int | None = Field(None, ge=1000, le=384_000)  # of the data, where it differs from `rate`
    window: int = Field(ge=16, le=4096)
    hop: int = Field(ge=1)
    average: int = Field(1, ge=1)
    mels: int = Field(32, ge=4, le=256)
    mean: float = 0.0
    std: float = Field(1.0, gt=0)

    @classmethod
    def of(cls, part: "Part") -> Self:
        """Return a log-mel of 32 bands and 32 frames (64 of long clips), with mean 0 and deviation 1 on `part`."""
        inputs = part.inputs
        assert isinstance(inputs, AudioInputs)
        samples, rate = inputs.samples, inputs.rate
        window = 2 ** min(12, max(4, int(np.log2(rate * _WINDOW_SECONDS))))
        column = samples / (_COLUMNS if samples <= 2 * rate else 2 * _COLUMNS)
        average = max(1, ceil(column / (window // 2)))  # windows overlap by half, so that no sample is lost
        plain = cls(rate=rate, samples=samples, window=window, hop=max(1, ceil(column / average)), average=average)
        mean, std = plain._measured(part)
        return plain.model_copy(update={"mean": round(mean, 4), "std": round(max(std, 1e-3), 4)})

    def _measured(self, part: "Part") -> tuple[float, float]:
        """Return mean and deviation of the pictures of clips spread over `part`."""
        chosen = np.unique(np.linspace(0, max(len(part) - 1, 0), min(_SAMPLE, len(part))).astype(np.int64))
        sums = torch.zeros(3, dtype=torch.float64)
        for rows in np.array_split(chosen, max(1, len(chosen) * self.samples // _AT_ONCE)):
            pictures = self.apply(self.raw(part.read(rows))).double()
            sums += torch.stack([torch.tensor(pictures.numel()), pictures.sum(), pictures.square().sum()])
        count, total, squares = sums.tolist()
        mean = total / max(count, 1)
        return mean, max(squares / max(count, 1) - mean**2, 0.0) ** 0.5

    @property
    def frames(self) -> int:
        """Columns of the picture."""
        return ceil(self.samples / (self.hop * self.average))

    @property
    def shape(self) -> tuple[int, ...]:
        """(1, mels, frames): a grey picture."""
        return 1, self.mels, self.frames

    def constants(self, shape: tuple[int, ...]) -> int:
        """The waves and bands that a graph holds."""
        del shape
        bins = self.window // 2 + 1
        return 64 + 2 * bins * self.window + bins * self.mels

    def suited(self, inputs: "Inputs") -> Self:
        """Return the same for clips of the data's rate."""
        assert isinstance(inputs, AudioInputs)
        return self.model_copy(update={"source_rate": None if inputs.rate == self.rate else inputs.rate})

    def raw(self, values: np.ndarray) -> Tensor:
        """Turn clips (n, S) at the data's rate into clips of this rate and length."""
        values = resample(values, self.source_rate or self.rate, self.rate)[:, : self.samples]
        values = np.pad(values, ((0, 0), (0, self.samples - values.shape[1])))
        return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))

    def apply(self, inputs: Raw) -> Tensor:
        """Turn waveforms (N, S) in −1..1 into pictures (N, 1, mels, frames). Traces under export."""
        assert isinstance(inputs, Tensor)
        tables = _tables(self.rate, self.window, self.mels)
        waves, bands = (torch.from_numpy(table).to(inputs.device) for table in tables)
        before = (self.window - self.hop) // 2  # the first window is centred on the first hop
        after = (self.frames * self.average - 1) * self.hop + self.window - before - self.samples
        parts = F.conv1d(F.pad(inputs[:, None], (before, after)), waves, stride=self.hop)  # (N, 2 · bins, frames · k)
        bins = self.window // 2 + 1
        power = torch.matmul(bands, parts[:, :bins] ** 2 + parts[:, bins:] ** 2)  # (N, mels, frames · k)
        power = power.reshape(-1, self.mels, self.frames, self.average).mean(3)
        # log1p and no `power + floor`: torch.onnx's optimiser takes 1e-8 for zero and leaves the sum out
        return ((torch.log1p(power / _FLOOR) - self.mean) / self.std)[:, None]

    def describe(self) -> str:
        """Return it in words."""
        return f"log-mel {self.mels}×{self.frames} of {self.samples / self.rate:.2g} s at {self.rate / 1000:g} kHz"

    def graph_inputs(self, shape: tuple[int, ...]) -> tuple[GraphInput, ...]:
        """Waveforms at this rate; any number of them."""
        del shape
        return (GraphInput("audio", torch.zeros(2, self.samples), {0: "batch"}),)

    def in_graph(self, *given: Tensor) -> Tensor:
        """Prepare waveforms."""
        return self.apply(given[0])

    def feed(self, values: np.ndarray) -> Feed:
        """Return waveforms at this rate."""
        return {"audio": self.raw(values).numpy()}


@lru_cache(maxsize=8)
def _tables(rate: int, window: int, mels: int) -> tuple[np.ndarray, np.ndarray]:
    """Return windowed waves (2 · bins, 1, window), cosines then sines, and triangular bands (mels, bins), float32.

    They are kept as arrays, because a tensor that is made while a graph is traced holds no numbers afterwards.
    """
    bins = window // 2 + 1
    angles = 2 * np.pi * np.outer(np.arange(bins), np.arange(window)) / window
    hann = np.hanning(window + 1)[:-1]
    waves = np.concatenate([np.cos(angles), np.sin(angles)]) * hann * (2 / hann.sum())
    edges = 700 * (10 ** (np.linspace(_mel(_LOWEST), _mel(rate / 2), mels + 2) / 2595) - 1)
    pitches = np.arange(bins) * rate / window
    rising = (pitches - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - pitches) / (edges[2:] - edges[1:-1])[:, None]
    bands = np.maximum(0, np.minimum(rising, falling))
    nearest = np.abs(pitches[None] - edges[1:-1, None]).argmin(1)
    empty = bands.sum(1) == 0  # a band narrower than the distance of two pitches listens to the nearest one
    bands[np.flatnonzero(empty), nearest[empty]] = 1.0
    return waves[:, None].astype(np.float32), bands.astype(np.float32)


def _mel(pitch: float) -> float:
    return float(2595 * np.log10(1 + pitch / 700))
