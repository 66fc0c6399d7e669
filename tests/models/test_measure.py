from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import nn

from kdstudio.models.latency import latency
from kdstudio.models.measure import measure
from kdstudio.models.model import Model
from kdstudio.models.source import load


def test_that_multiplications_of_a_linear_model_are_its_weights(build):
    assert measure(build("mlp", hidden=[])).macs == 7840


def test_that_resnet_56_costs_what_papers_say(akamaster):
    costs = measure(load(akamaster / "resnet56-4bfd9763.th"))
    assert costs.parameters == 853_018  # 0.85 M in the paper
    assert round(costs.macs / 1e6, 1) == 125.5
    assert costs.silhouette[0] == (32, 16)
    assert costs.silhouette[-2:] == ((8, 64), (1, 10))
    assert len(costs.silhouette) == 56


def test_that_depthwise_convolutions_count_one_channel_each(build):
    costs = measure(build("mobilenet", width=8, expansion=1, depth=1))
    stem, first = 28 * 28 * 8 * 9, 28 * 28 * 8 * 9
    assert costs.macs > stem + first
    assert costs.silhouette[:2] == ((28, 8), (28, 8))


def test_that_measuring_leaves_the_model_as_it_was(build):
    model = build("small_cnn")
    model.module.train()
    measure(model)
    assert model.module.training
    assert not any(module._forward_hooks for module in model.module.modules())


@pytest.fixture
def net() -> Callable[..., nn.Module]:
    def make(**how: bool) -> nn.Module:
        with torch.random.fork_rng():
            return nn.Sequential(nn.Flatten(), nn.Linear(784, 100), nn.ReLU(**how), nn.Linear(100, 10)).eval()

    return make


def test_that_activations_are_those_that_are_alive_at_one_time(build, net):
    model = build("mlp")
    assert measure(replace(model, module=net())).activations == 4 * (784 + 100 + 100)
    assert measure(replace(model, module=net(inplace=True))).activations == 4 * (784 + 100 + 10)


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")
def test_that_activations_of_programs_are_seen(build, net, frozen):
    program = torch.jit.script(net())
    program = torch.jit.freeze(program) if frozen else program
    assert measure(replace(build("mlp"), module=program)).activations == 4 * (784 + 100 + 100)


@pytest.mark.parametrize(("name", "knobs"), [("small_cnn", {}), ("text_cnn", {}), ("text_bag", {}), ("resnet", {})])
def test_that_every_network_has_activations_and_a_latency(build, name, knobs):
    model: Model = build(name, **knobs)
    costs = measure(model)
    assert costs.activations is not None
    assert costs.activations >= model.preprocessing.example().nbytes
    model.module.train()
    threads = torch.get_num_threads()
    found = latency(model)
    assert found.milliseconds > 0
    assert found.describe() == f"median of {found.count} answers, 1 CPU thread"
    assert model.module.training
    assert torch.get_num_threads() == threads
