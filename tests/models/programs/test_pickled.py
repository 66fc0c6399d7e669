import sys
import types

import pytest
import torch
from torch import nn

from kdstudio.core import trust
from kdstudio.core.digest import digest_file
from kdstudio.core.errors import ModelError, Untrusted
from kdstudio.models.measure import measure
from kdstudio.models.source import load

pytestmark = pytest.mark.filterwarnings("ignore:.*source code.*:UserWarning")


@pytest.fixture(autouse=True)
def _no_trust(tmp_path, monkeypatch):
    monkeypatch.setattr(trust, "settings_folder", lambda: tmp_path / "settings")
    monkeypatch.setattr(trust, "_for_now", set())


@pytest.fixture
def net():
    generator = torch.Generator().manual_seed(0)
    module = nn.Sequential(
        nn.Conv2d(1, 4, 3, device="meta"), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 676, 3, device="meta")
    )
    for layer in (module[0], module[3]):
        layer.weight = nn.Parameter(torch.randn(layer.weight.shape, generator=generator))
        layer.bias = nn.Parameter(torch.randn(layer.bias.shape, generator=generator))
    return module


@pytest.mark.parametrize("is_new", [True, False], ids=["zip", "legacy"])
@pytest.mark.parametrize("key", [None, "model"])
def test_that_a_whole_module_opens_once_it_is_trusted(key, is_new, net, inputs, tmp_path):
    file = tmp_path / "whole.pt"
    torch.save(net if key is None else {key: net, "epoch": 3}, file, _use_new_zipfile_serialization=is_new)
    with pytest.raises(Untrusted, match="whole pickled model") as caught:
        load(file)
    assert caught.value.digest == digest_file(file)
    trust.trust(caught.value.digest, remember=False)
    model = load(file)
    assert (model.format, model.label, model.spec.input_shape) == ("pickled module", "Sequential", (1, 28, 28))
    torch.testing.assert_close(model.logits(inputs(4, 1, 28, 28)), net(inputs(4, 1, 28, 28)))
    assert model.layers == ("net.0", "net.3")
    assert model.can_train
    assert measure(model).macs == 4 * 9 * 676 + 4 * 676 * 3
    assert not model.module.training


def test_that_a_module_on_several_devices_is_unwrapped(net, tmp_path):
    torch.save(nn.DataParallel(net), tmp_path / "x.pt")
    trust.trust(digest_file(tmp_path / "x.pt"), remember=False)
    assert load(tmp_path / "x.pt").label == "Sequential"


def test_that_weights_beside_an_object_of_python_open_once_trusted(build, tmp_path):
    model, file = build("lenet"), tmp_path / "x.pt"
    torch.save({"state_dict": dict(model.module.state_dict()), "args": types.SimpleNamespace(lr=0.1)}, file)
    with pytest.raises(Untrusted, match="SimpleNamespace"):
        load(file)
    trust.trust(digest_file(file), remember=False)
    assert load(file).label == model.label


def test_that_a_class_that_is_not_here_is_named(net, tmp_path, monkeypatch):
    package = types.ModuleType("their_package")
    package.Their = type("Their", (nn.Sequential,), {"__module__": "their_package"})
    monkeypatch.setitem(sys.modules, "their_package", package)
    torch.save(package.Their(*net), tmp_path / "x.pt")
    monkeypatch.delitem(sys.modules, "their_package")
    trust.trust(digest_file(tmp_path / "x.pt"), remember=False)
    with pytest.raises(ModelError, match="their_package") as caught:
        load(tmp_path / "x.pt")
    assert "package" in caught.value.hint


def test_that_trust_in_one_file_is_no_trust_in_another(net, tmp_path):
    torch.save(net, tmp_path / "a.pt")
    trust.trust(digest_file(tmp_path / "a.pt"), remember=False)
    with torch.no_grad():
        net[3].bias += 1
    torch.save(net, tmp_path / "a.pt")
    with pytest.raises(Untrusted):
        load(tmp_path / "a.pt")
