import shutil
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from kdstudio.core.errors import ModelError, Untrusted
from kdstudio.data.dataset import ArrayInputs, Part
from kdstudio.models.inspect import inspect
from kdstudio.models.measure import measure
from kdstudio.models.score import score
from kdstudio.models.source import load
from kdstudio.training.resolving import place


class Net(nn.Module):
    """A net that takes pictures of any size, with nothing drawn from torch's default generator."""

    def __init__(self, channels: int = 3, classes: int = 5) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.conv = nn.Conv2d(channels, 4, 3, device="meta")
        self.head = nn.Linear(4, classes, device="meta")
        for layer in (self.conv, self.head):
            layer.weight = nn.Parameter(torch.randn(layer.weight.shape, generator=generator))
            layer.bias = nn.Parameter(torch.randn(layer.bias.shape, generator=generator))

    def forward(self, x):
        return self.head(self.conv(x).relu().mean((2, 3)))


class Writer(nn.Module):
    """Writes a file when it is loaded and when it answers."""

    def __init__(self, trap: str) -> None:
        super().__init__()
        self.trap = trap

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        torch.save(x, self.trap)
        return x

    @torch.jit.export
    def __getstate__(self) -> tuple[str, bool]:
        return self.trap, self.training

    @torch.jit.export
    def __setstate__(self, state: tuple[str, bool]) -> None:
        self.trap = state[0]
        self.training = state[1]
        torch.save(torch.zeros(1), self.trap)


def test_that_a_program_is_refused_with_its_code_until_it_is_trusted(digits, scripted, trusted, tmp_path):
    file = scripted(digits.module(), tmp_path / "netz.bin")
    with pytest.raises(Untrusted, match=r"torch\.nn\.modules\.container") as caught:
        load(file)
    assert len(caught.value.digest) == 64
    trusted(file)
    model = load(file)
    assert (model.format, model.spec.architecture) == ("TorchScript", "TorchScript")
    assert model.digest == caught.value.digest


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_that_a_malicious_program_runs_only_once_it_is_trusted(scripted, trusted, tmp_path):
    trap = tmp_path / "ran"
    file = scripted(Writer(str(trap)), tmp_path / "x.pt")
    trap.unlink(missing_ok=True)
    with pytest.raises(Untrusted):
        load(file)
    assert inspect(file).problems[0].action == "trust"
    assert not trap.exists()
    with pytest.raises(ModelError):
        load(trusted(file))
    assert trap.exists()  # so the trap works


@pytest.mark.parametrize("how", ["scripted", "traced", "frozen"])
def test_that_it_answers_as_the_module_did_and_can_learn_unless_it_is_frozen(how, digits, scripted, trusted, tmp_path):
    module = digits.module()
    example = torch.zeros(2, 1, 8, 8) if how == "traced" else None
    model = load(trusted(scripted(module, tmp_path / "x.pt", example, frozen=how == "frozen")))
    assert model.spec.input_shape == (1, 8, 8)
    torch.testing.assert_close(model.logits(digits.inputs[:50]), module(digits.inputs[:50]))
    assert model.parameters == 64 * 32 + 32 + 32 * 10 + 10
    assert model.bytes == 4 * model.parameters
    assert model.can_train == (how != "frozen")
    assert model.layers == ()
    assert measure(model).macs == 64 * 32 + 32 * 10


def test_that_its_normalisation_is_found_on_data(digits, scripted, trusted, tmp_path):
    module = nn.Sequential(*digits.module(), nn.Identity())
    model = load(trusted(scripted(module, tmp_path / "x.pt")))
    assert not model.preprocessing_known
    found = score(model, Part.whole(ArrayInputs(digits.images), digits.targets.astype(np.int64)))
    assert found.accuracy is not None
    assert found.accuracy > 0.9


def test_that_a_net_for_any_size_is_one(scripted, trusted, tmp_path):
    model = load(trusted(scripted(Net(), tmp_path / "x.pt")))
    assert model.spec.input_shape is None
    assert model.preprocessing.channels == 3
    assert model.logits(torch.zeros(2, 3, 19, 23)).shape == (2, 5)
    assert model.spec.classes == 5


def test_that_a_view_behind_a_convolution_answers_pictures_whose_channels_lie_last(scripted, trusted, tmp_path):
    class View(Net):
        def forward(self, x):
            return self.head(self.conv(x).relu().mean(3).view(len(x), -1)[:, :4])

    model = load(trusted(scripted(View(), tmp_path / "x.pt")))
    place(model, torch.device("cpu"))
    images = np.random.default_rng(0).integers(0, 256, (6, 3, 28, 28), np.uint8)
    plain = model.preprocessing.raw(images).contiguous()
    torch.testing.assert_close(model.respond(images), model.output.logits(model.module(plain)))


def test_that_a_program_with_other_inputs_is_said_to_have_them(scripted, trusted, tmp_path):
    class Voice(nn.Module):
        def forward(self, x: torch.Tensor, sr: int) -> torch.Tensor:
            return x.mean(1) * sr

    with pytest.raises(ModelError, match="x: Tensor, sr: int"):
        load(trusted(scripted(Voice(), tmp_path / "x.pt")))


def test_that_dropout_that_was_traced_in_training_is_refused(digits, scripted, trusted, tmp_path):
    module = nn.Sequential(nn.Flatten(), nn.Dropout(), digits.module()[1]).train()
    state = torch.get_rng_state()
    file = scripted(module, tmp_path / "x.pt", torch.zeros(1, 1, 8, 8))
    torch.set_rng_state(state)
    with pytest.raises(ModelError, match="training mode"):
        load(trusted(file))


def test_that_text_and_sound_nets_say_that_no_picture_fits(scripted, trusted, tmp_path):
    class Words(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.table = nn.Parameter(torch.ones(50, 7))

        def forward(self, ids: torch.Tensor) -> torch.Tensor:
            return nn.functional.embedding(ids, self.table).mean(1)

    with pytest.raises(ModelError, match="no input of the usual sizes"):
        load(trusted(scripted(Words(), tmp_path / "x.pt")))


@pytest.mark.parametrize("part", [b"constants.pkl", b"data/0", b"PK\x01\x02", b"PK\x05\x06"])
def test_that_a_damaged_program_is_refused(part, digits, scripted, trusted, tmp_path):
    file = scripted(digits.module(), tmp_path / "x.pt")
    whole = bytearray(file.read_bytes())
    place = whole.rindex(part)
    whole[place : place + 40] = bytes(40)
    file.write_bytes(bytes(whole))
    with pytest.raises(ModelError) as caught:
        load(trusted(file))
    assert caught.value.hint


def test_that_silero_is_no_classifier(trusted, tmp_path):
    spec = find_spec("silero_vad")
    if spec is None or spec.origin is None:
        pytest.skip("needs the optional package silero-vad")
    file = tmp_path / "v.jit"
    shutil.copy(Path(spec.origin).parent / "data" / "silero_vad.jit", file)
    with pytest.raises(ModelError, match="sr: int"):
        load(trusted(file))
