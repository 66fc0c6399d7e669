import io
import pickle
import zipfile

import pytest
import torch
from torch import nn

from kdstudio.core.errors import ModelError, Untrusted
from kdstudio.models.measure import measure
from kdstudio.models.source import load

pytestmark = pytest.mark.filterwarnings("ignore:.*LeafSpec.*:FutureWarning:copyreg")


def spoiled(file, name, content):
    """Write the archive again with another content for the member that ends with `name`."""
    with zipfile.ZipFile(file) as old:
        members = {info.filename: old.read(info) for info in old.infolist()}
    assert any(member.endswith(name) for member in members)
    with zipfile.ZipFile(file, "w") as new:
        for member, own in members.items():
            new.writestr(member, content if member.endswith(name) else own)
    return file


def test_that_a_program_is_refused_until_it_is_trusted(digits, exported, trusted, tmp_path):
    file = exported(digits.module(), tmp_path / "x.pt2", torch.zeros(2, 1, 8, 8))
    with pytest.raises(Untrusted) as caught:
        load(file)
    assert caught.value.digest in caught.value.hint
    assert load(trusted(file)).format == "exported program"


@pytest.mark.parametrize("rows", [False, True], ids=["free batch", "fixed batch"])
def test_that_it_answers_as_the_module_did_and_only_answers(rows, digits, exported, trusted, tmp_path):
    module = digits.module()
    model = load(trusted(exported(module, tmp_path / "x", torch.zeros(3, 1, 8, 8), rows=rows)))
    assert model.spec.input_shape == (1, 8, 8)
    assert not model.can_train
    assert model.layers == ()
    assert model.parameters == 64 * 32 + 32 + 32 * 10 + 10
    assert measure(model).macs == 64 * 32 + 32 * 10
    model.module.train()  # refused by torch on a program of its own
    model.module.eval()
    assert not model.module.training
    with torch.inference_mode():
        torch.testing.assert_close(model.logits(digits.inputs[:50]), module(digits.inputs[:50]))


def test_that_a_size_that_was_left_free_stays_free(exported, trusted, tmp_path):
    class Mean(nn.Module):
        def forward(self, x):
            return torch.stack([x.mean((1, 2, 3)), x[:, 0, 0, 0] - 1], 1)

    free = torch.export.Dim("height"), torch.export.Dim("width")
    program = torch.export.export(Mean(), (torch.zeros(2, 3, 9, 8),), dynamic_shapes=({2: free[0], 3: free[1]},))
    torch.export.save(program, tmp_path / "x.pt2")
    model = load(trusted(tmp_path / "x.pt2"))
    assert model.spec.input_shape is None
    assert model.logits(torch.zeros(5, 3, 12, 17)).shape == (5, 2)


def test_that_a_program_exported_in_training_mode_is_refused(digits, exported, trusted, tmp_path):
    module = nn.Sequential(nn.Flatten(), nn.Dropout(0.5), digits.module()[1]).train()
    state = torch.get_rng_state()
    file = exported(module, tmp_path / "x.pt2", torch.zeros(2, 1, 8, 8))
    torch.set_rng_state(state)
    with pytest.raises(ModelError, match="training mode"):
        load(trusted(file))


def test_that_a_program_for_several_inputs_is_said_to_be_one(trusted, tmp_path):
    class Both(nn.Module):
        def forward(self, left, right):
            return left + right

    torch.export.save(torch.export.export(Both(), (torch.zeros(2, 3), torch.zeros(2, 3))), tmp_path / "x.pt2")
    with pytest.raises(ModelError, match="2 inputs"):
        load(trusted(tmp_path / "x.pt2"))


def test_that_a_malicious_program_runs_nothing_without_trust(digits, exported, canary, tmp_path):
    file = exported(digits.module(), tmp_path / "x.pt2", torch.zeros(2, 1, 8, 8))
    buffer = io.BytesIO()
    torch.save(canary, buffer)
    for name in ("sample_inputs/model.pt", "weights/weight_0"):
        with pytest.raises(Untrusted):
            load(spoiled(file, name, buffer.getvalue()))
        with pytest.raises(Untrusted):
            load(spoiled(file, name, pickle.dumps(canary)))
    assert not canary.trap.exists()


@pytest.mark.parametrize("name", ["models/model.json", "archive_format", "archive_version"])
def test_that_a_damaged_program_says_so(name, digits, exported, trusted, tmp_path):
    file = exported(digits.module(), tmp_path / "x.pt2", torch.zeros(2, 1, 8, 8))
    with pytest.raises(ModelError, match="cannot be opened") as caught:
        load(trusted(spoiled(file, name, b"{[")))
    assert caught.value.hint
