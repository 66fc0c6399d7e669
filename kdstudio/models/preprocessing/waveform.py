"""Sound as it is: networks that take samples, as wav2vec 2.0 does."""

from typing import TYPE_CHECKING, ClassVar, Literal, Self

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from kdstudio.data.dataset import Kind
from kdstudio.data.kinds import AudioInputs
from kdstudio.data.sound.decoding import resample
from kdstudio.models.preprocessing.base import Feed, GraphInput, Preprocessing, Raw

if TYPE_CHECKING:
    from kdstudio.data.dataset import Inputs

_SHORTEST_SECONDS = 0.1  # the convolutions of such networks leave nothing of less than 25 ms
_USUAL_RATE = 16_000  # where a length must stand for any
_EPSILON = 1e-7  # as in transformers' Wav2Vec2FeatureExtractor


class WaveformPreprocessing(Preprocessing):
    """Waveforms (N, S) at `rate`, each with mean 0 and deviation 1 if `normalise`.

    `samples` None: any length will do; `rate` None: nobody told it, and that of the data is taken.
    Mean and deviation are those up to the last sample that is not 0: the silence that fills a short clip stays 0.
    """

    takes: ClassVar[Kind] = "audio"

    kind: Literal["waveform"] = "waveform"
    rate: int | None = Field(None, ge=1000, le=384_000)
    samples: int | None = Field(None, ge=1, le=1 << 26)
    source_rate: int | None = Field(None, ge=1000, le=384_000)  # of the data, where it differs from `rate`
    normalise: bool = True

    @property
    def shape(self) -> tuple[int, ...]:
        """(S,); where any length will do, one second stands for it."""
        return (self.samples or self.rate or _USUAL_RATE,)

    def suited(self, inputs: "Inputs") -> Self:
        """Return the same for clips of the data's rate, with an open length filled in from the data."""
        assert isinstance(inputs, AudioInputs)
        rate = self.rate or inputs.rate
        length = max(round(inputs.samples * rate / inputs.rate), round(rate * _SHORTEST_SECONDS))
        source = None if inputs.rate == rate else inputs.rate
        return self.model_copy(update={"rate": rate, "source_rate": source, "samples": self.samples or length})

    def raw(self, values: np.ndarray) -> Tensor:
        """Turn clips (n, S) at the data's rate into clips of this rate and length."""
        if self.rate is not None and self.source_rate is not None:
            values = resample(values, self.source_rate, self.rate)
        values = values[:, : self.samples]
        values = np.pad(values, ((0, 0), (0, (self.samples or values.shape[1]) - values.shape[1])))
        return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))

    def apply(self, inputs: Raw) -> Tensor:
        """Turn waveforms (N, S) in −1..1 into the network's. Traces under export."""
        assert isinstance(inputs, Tensor)
        if not self.normalise:
            return inputs
        is_heard = (inputs.abs().flip(1).cumsum(1).flip(1) > 0).float()
        count = is_heard.sum(1, keepdim=True).clamp(min=1)
        centred = (inputs - inputs.sum(1, keepdim=True) / count) * is_heard
        return centred / (centred.square().sum(1, keepdim=True) / count + _EPSILON).sqrt()

    def describe(self) -> str:
        """Return it in words."""
        length = "" if self.samples is None or self.rate is None else f" of {self.samples / self.rate:.2g} s"
        rate = " at the rate of the data" if self.rate is None else f" at {self.rate / 1000:g} kHz"
        return f"samples{length}{rate}" + (", mean 0 and deviation 1" if self.normalise else "")

    def graph_inputs(self, shape: tuple[int, ...]) -> tuple[GraphInput, ...]:
        """Waveforms at this rate; any number of them."""
        del shape
        return (GraphInput("audio", torch.zeros(2, *self.shape), {0: "batch"}),)

    def in_graph(self, *given: Tensor) -> Tensor:
        """Prepare waveforms."""
        return self.apply(given[0])

    def feed(self, values: np.ndarray) -> Feed:
        """Return waveforms at this rate."""
        return {"audio": self.raw(values).numpy()}
