"""Nets for sound that others exported: what they take is told by its shape, at which rate is not."""

import numpy as np
import pytest
import torch
from torch import nn

from kdstudio.data.dataset import ArrayInputs, Part
from kdstudio.data.kinds import AudioInputs
from kdstudio.models.inspect import inspect
from kdstudio.models.score import score
from kdstudio.models.source import load

RATE, SAMPLES = 8000, 2000


class Bands(nn.Module):
    """Tells low from high tones by how much is left of them after a smoothing filter; loudness matters not."""

    def __init__(self, *, has_channel: bool = True, threshold: float = 0.5):
        super().__init__()
        self.filter = nn.Conv1d(1, 1, 8, bias=False, device="meta")
        self.filter.weight = nn.Parameter(torch.full((1, 1, 8), 1 / 8))
        self.threshold = threshold
        self.has_channel = has_channel

    def forward(self, x):
        x = x if self.has_channel else x[:, None]
        left = self.filter(x).square().mean((1, 2)) / (x.square().mean((1, 2)) + 1e-6)
        return torch.stack([left - self.threshold, self.threshold - left], 1) * 10


def tones(rate: int = RATE) -> Part:
    def decode(row):
        pitch = (200, 1500)[row % 2] + 3 * row
        return (0.5 * np.sin(2 * np.pi * pitch * np.arange(rate // 4) / rate)).astype(np.float32)

    return Part.whole(AudioInputs(60, rate, rate // 4, decode), np.arange(60) % 2)


@pytest.mark.slow
@pytest.mark.parametrize("has_channel", [True, False], ids=["N1S", "NS"])
@pytest.mark.parametrize("samples", [SAMPLES, None], ids=["fixed", "free"])
def test_that_waveforms_are_seen_by_their_shape_and_taken_at_the_rate_of_the_data(
    has_channel, samples, as_onnx, tmp_path
):
    example = torch.zeros((2, 1, SAMPLES) if has_channel else (2, SAMPLES))
    axes = {0: torch.export.Dim("batch")} | ({} if samples else {example.dim() - 1: torch.export.Dim("samples")})
    module = Bands(has_channel=has_channel).eval()
    model = load(as_onnx(module, tmp_path / "x.onnx", (example,), "x", dynamic_shapes=(axes,)))
    part = tones()
    assert model.preprocessing.takes == "audio"
    assert any("does not tell at which rate" in problem.message for problem in model.problems)
    suited = model.suited(part.inputs)
    assert (suited.preprocessing.rate, suited.preprocessing.samples) == (RATE, SAMPLES)
    clips = torch.from_numpy(part.read(np.arange(60)))
    with torch.no_grad():
        torch.testing.assert_close(
            suited.respond(clips.numpy()), module(clips[:, None] if has_channel else clips), atol=1e-4, rtol=1e-3
        )
    found = score(model, part)
    assert found.accuracy == 1.0
    assert set(found.tried) == {"samples as they are", "mean 0 and deviation 1 in each clip"}
    assert inspect(tmp_path / "x.onnx").kind == "audio"


@pytest.mark.slow
def test_that_clips_that_were_normalised_are_found_out(as_onnx, tmp_path):
    class Loud(Bands):
        def forward(self, x):
            return super().forward(x) * (x.square().mean((1, 2)) > 0.5)[:, None] + torch.tensor([0.1, 0.0])

    axes = {0: torch.export.Dim("batch")}
    file = as_onnx(Loud(), tmp_path / "x.onnx", (torch.zeros(2, 1, SAMPLES),), "x", dynamic_shapes=(axes,))
    found = score(load(file), tones())
    assert found.preprocessing.normalise
    assert (found.accuracy, found.tried["samples as they are"]) == (1.0, 0.5)


@pytest.mark.filterwarnings("ignore:.*source code.*:UserWarning")
def test_that_a_pickled_net_for_sound_teaches_and_learns(trusted, tmp_path):
    torch.save(Bands(), tmp_path / "x.pt")
    model = load(trusted(tmp_path / "x.pt"))
    assert (model.preprocessing.takes, model.can_train) == ("audio", True)
    assert score(model, tones()).accuracy == 1.0


def test_that_log_mel_pictures_stay_pictures(as_onnx, drawn, tmp_path):
    module = drawn(lambda: nn.Sequential(nn.Conv2d(1, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3)))
    axes = {0: torch.export.Dim("batch")}
    model = load(as_onnx(module, tmp_path / "x.onnx", (torch.zeros(2, 1, 64, 101),), "mel", dynamic_shapes=(axes,)))
    assert model.preprocessing.takes == "image"
    assert model.others == ()


def test_that_a_long_row_of_numbers_is_what_the_data_is(as_onnx, drawn, tmp_path):
    module = drawn(lambda: nn.Linear(64 * 64, 2))
    axes = {0: torch.export.Dim("batch")}
    model = load(as_onnx(module, tmp_path / "x.onnx", (torch.zeros(2, 4096),), "x", dynamic_shapes=(axes,)))
    assert model.preprocessing.takes == "image"
    assert {other.preprocessing.takes for other in model.others} == {"audio", "table"}
    assert model.suited(tones().inputs).preprocessing.samples == 4096
    assert model.suited(ArrayInputs(np.zeros((1, 1, 64, 64), np.uint8))).spec.input_shape == (1, 64, 64)
