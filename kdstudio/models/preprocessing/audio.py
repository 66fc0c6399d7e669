"""Sound: a log-mel picture of each clip, computed with a convolution, so that it travels into an exported graph."""

from functools import lru_cache
from math import ceil, gcd
from typing import TYPE_CHECKING, ClassVar, Literal, Self

import numpy as np
import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor

from kdstudio.data.dataset import Kind
from kdstudio.data.kinds import AudioInputs
from kdstudio.models.preprocessing.base import Feed, GraphInput, Preprocessing, Raw

if TYPE_CHECKING:
    from kdstudio.data.dataset import Inputs, Part

_SAMPLE = 1000  # clips that mean and deviation are taken from
_FLOOR = 1e-6  # power below which everything is silence


class LogMelPreprocessing(Preprocessing):
    """Waveforms (N, S) at `rate` → pictures (N, 1, mels, frames): log power in mel bands, mean 0 and deviation 1.

    The mel scale is that of Slaney (Auditory Toolbox 1998) in its common form 2595·log10(1 + f/700).
    """

    takes: ClassVar[Kind] = "audio"

    kind: Literal["log_mel"] = "log_mel"
    rate: int = Field(ge=1000, le=384_000)
    samples: int = Field(ge=1)
    source_rate: int | None = None  # of the data, where it differs from `rate`
    window: int = Field(ge=16)
    hop: int = Field(ge=1)
    mels: int = Field(32, ge=4, le=256)
    mean: float = 0.0
    std: float = Field(1.0, gt=0)

    @classmethod
    def of(cls, part: "Part") -> Self:
        """Return a log-mel of 32 bands and about 32 frames, scaled to mean 0 and deviation 1 on clips of `part`."""
        inputs = part.inputs
        assert isinstance(inputs, AudioInputs)
        samples = inputs.shape[0]
        window = 2 ** round(np.log2(inputs.rate * 0.032))  # 32 ms: long enough to tell the pitches of a voice apart
        plain = cls(rate=inputs.rate, samples=samples, window=window, hop=max(window // 4, ceil(samples / 32)))
        chosen = np.unique(np.linspace(0, max(len(part) - 1, 0), min(_SAMPLE, len(part))).astype(np.int64))
        pictures = plain.apply(plain.raw(part.read(chosen)))
        return plain.model_copy(update={"mean": float(pictures.mean()), "std": max(float(pictures.std()), 1e-3)})

    @property
    def frames(self) -> int:
        """Columns of the picture."""
        return self.samples // self.hop + 1

    @property
    def shape(self) -> tuple[int, ...]:
        """(1, mels, frames): a grey picture."""
        return 1, self.mels, self.frames

    @property
    def constants(self) -> int:
        """The waves and bands that a graph holds."""
        bins = self.window // 2 + 1
        return 64 + 2 * bins * self.window + bins * self.mels

    def suited(self, inputs: "Inputs") -> Self:
        """Return the same for clips of the data's rate."""
        assert isinstance(inputs, AudioInputs)
        source = None if inputs.rate == self.rate else inputs.rate
        return self.model_copy(update={"source_rate": source})

    def raw(self, values: np.ndarray) -> Tensor:
        """Turn clips (n, S) at the data's rate into clips of this rate and length."""
        if self.source_rate is not None:
            from scipy.signal import resample_poly

            common = gcd(self.rate, self.source_rate)
            values = resample_poly(values, self.rate // common, self.source_rate // common, axis=1)
        values = values[:, : self.samples]
        values = np.pad(values, ((0, 0), (0, self.samples - values.shape[1])))
        return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))

    def apply(self, inputs: Raw) -> Tensor:
        """Turn waveforms (N, S) in −1..1 into pictures (N, 1, mels, frames). Traces under export."""
        assert isinstance(inputs, Tensor)
        waves, bands = (table.to(inputs.device) for table in _tables(self.rate, self.window, self.mels))
        padded = F.pad(inputs[:, None], (self.window // 2, self.window // 2 + self.hop))
        parts = F.conv1d(padded, waves, stride=self.hop)[..., : self.frames]  # (N, 2 · bins, frames)
        bins = self.window // 2 + 1
        power = parts[:, :bins] ** 2 + parts[:, bins:] ** 2
        picture = torch.log(torch.matmul(bands, power) + _FLOOR)
        return ((picture - self.mean) / self.std)[:, None]

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
def _tables(rate: int, window: int, mels: int) -> tuple[Tensor, Tensor]:
    """Return windowed waves (2 · bins, 1, window), cosines then sines, and triangular bands (mels, bins)."""
    bins = window // 2 + 1
    angles = 2 * np.pi * np.outer(np.arange(bins), np.arange(window)) / window
    hann = np.hanning(window + 1)[:-1]
    waves = np.concatenate([np.cos(angles), np.sin(angles)]) * hann * (2 / hann.sum())
    edges = 700 * (10 ** (np.linspace(_mel(30.0), _mel(rate / 2), mels + 2) / 2595) - 1)
    pitches = np.arange(bins) * rate / window
    rising = (pitches - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - pitches) / (edges[2:] - edges[1:-1])[:, None]
    bands = np.maximum(0, np.minimum(rising, falling))
    nearest = np.abs(pitches[None] - edges[1:-1, None]).argmin(1)
    empty = bands.sum(1) == 0  # a band narrower than the distance of two pitches listens to the nearest one
    bands[np.flatnonzero(empty), nearest[empty]] = 1.0
    with torch.inference_mode(False):
        return torch.from_numpy(waves).float()[:, None].clone(), torch.from_numpy(bands).float().clone()


def _mel(pitch: float) -> float:
    return float(2595 * np.log10(1 + pitch / 700))
