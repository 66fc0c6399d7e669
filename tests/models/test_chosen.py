"""Weights read as the architecture that a person chose."""

import pytest
import torch

from kdstudio.core.errors import InvalidRecipe, UnknownArchitecture
from kdstudio.models.build import architecture, empty, initialise
from kdstudio.models.chosen import begin_as, open_as
from kdstudio.models.inspect import inspect
from kdstudio.models.said import load_said
from kdstudio.recipe.choices import Said

RESNET = {"depth": 8, "width": 4}
PICTURES = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(3))


@pytest.fixture
def network():
    return initialise(empty(architecture("resnet", RESNET), (3, 32, 32), 10), 5)


def read(network, rename, path, extra=None):
    tensors = {rename(name): tensor for name, tensor in network.state_dict().items()}
    return open_as(path, tensors | (extra or {}), "resnet", RESNET)


@pytest.fixture
def file(tmp_path):
    (tmp_path / "w.pt").write_bytes(b"weights")
    return tmp_path / "w.pt"


@pytest.mark.parametrize("prefix", ["", "net.", "lightning.backbone.model."])
def test_that_a_beginning_that_all_names_share_is_taken_off_and_told(network, file, prefix):
    model = read(network, lambda name: prefix + name, file)
    torch.testing.assert_close(model.module(PICTURES), network(PICTURES))
    for name, tensor in network.state_dict().items():
        assert torch.equal(model.module.state_dict()[name], tensor)
    assert any("was taken off" in problem.message for problem in model.problems) == bool(prefix)


def test_that_of_two_copies_the_plain_one_is_taken(network, file):
    other = {f"ema_net.{name}": tensor + 1 for name, tensor in network.state_dict().items()}
    model = read(network, lambda name: f"net.{name}", file, other)
    assert torch.equal(model.module.state_dict()["linear.weight"], network.state_dict()["linear.weight"])
    assert any("44 other weights of the file are not used" in problem.message for problem in model.problems)


@pytest.mark.parametrize("counter", ["num_batches_tracked", "seen"])
def test_that_names_alone_may_differ_where_all_shapes_are_alike_in_order(network, file, counter):
    def rename(name):
        return name.replace("layer", "etage").replace("conv", "falte").replace("num_batches_tracked", counter)

    model = read(network, rename, file)
    for name, tensor in network.state_dict().items():
        assert torch.equal(model.module.state_dict()[name], tensor)
    warned = [problem for problem in model.problems if problem.severity == "warning"]
    assert "matched by order and shape alone" in warned[0].message
    assert "scores well" in warned[0].hint


def test_that_what_does_not_fit_is_counted_with_examples(network, file):
    tensors = dict(network.state_dict()) | {"linear.weight": torch.zeros(10, 7), "more": torch.zeros(2)}
    del tensors["bn1.bias"]
    with pytest.raises(UnknownArchitecture) as caught:
        open_as(file, tensors, "resnet", RESNET)
    assert "42 fit, 1 is missing, 1 is unexpected, 1 is of another shape" in caught.value.message
    for words in ("Missing: bn1.bias.", "Unexpected: more.", "linear.weight is 10×7 and should be 10×16."):
        assert words in caught.value.hint
    assert caught.value.problems[0].action == "architecture"


def test_that_other_knobs_do_not_fit(network, file):
    with pytest.raises(UnknownArchitecture, match="do not fit ResNet-14 width 4"):
        open_as(file, dict(network.state_dict()), "resnet", {"depth": 14, "width": 4})
    with pytest.raises(InvalidRecipe):
        open_as(file, dict(network.state_dict()), "resnet", {"depth": 9})


def test_that_a_network_of_one_size_keeps_it(file):
    network = initialise(empty(architecture("mlp", {"hidden": [6]}), (1, 28, 28), 4), 0)
    tensors = {f"m.{name}x": tensor for name, tensor in network.state_dict().items()}
    model = open_as(file, tensors, "mlp", {"hidden": [6]})
    assert model.spec.input_shape == (1, 28, 28)
    assert model.spec.classes == 4


def test_that_a_student_begins_with_what_fits_and_says_what_is_new(network, file):
    knobs = architecture("resnet", RESNET)
    module = initialise(empty(knobs, (3, 32, 32), 3), 9)
    like = open_as(file, dict(module.state_dict()), "resnet", RESNET)
    fresh = module.state_dict()["linear.weight"].clone()
    model = begin_as(file, {f"net.{k}": v for k, v in network.state_dict().items()}, "resnet", RESNET, like)
    assert torch.equal(model.module.state_dict()["conv1.weight"], network.state_dict()["conv1.weight"])
    assert torch.equal(model.module.state_dict()["linear.weight"], fresh)
    assert any("new are linear.weight, linear.bias" in problem.message for problem in model.problems)
    with pytest.raises(UnknownArchitecture, match="none of the weights fits"):
        begin_as(file, {"a.weight": torch.zeros(9, 9)}, "resnet", RESNET, like)


def test_that_what_is_said_opens_a_file_and_torch_draws_nothing(network, tmp_path):
    torch.save({f"a.{k.replace('layer', 'l')}": v for k, v in network.state_dict().items()}, tmp_path / "w.pt")
    before = torch.get_rng_state()
    model = load_said(tmp_path / "w.pt", Said(arch="resnet", knobs=RESNET))
    assert torch.equal(torch.get_rng_state(), before)
    torch.testing.assert_close(model.module(PICTURES), network(PICTURES))
    item = inspect(tmp_path / "w.pt", said=Said(arch="mlp"))
    assert item.problems[0].action == "architecture"
    assert "do not fit MLP" in item.problems[0].message
