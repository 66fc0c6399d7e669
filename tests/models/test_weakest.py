"""Channels and weights of one layer, taken out for a while."""

import pytest
import torch

from kdstudio.core.errors import ModelError
from kdstudio.models.weakest import prunable
from tests.models.test_pruned import network

FAMILIES = [
    ("mlp", {"hidden": [64, 32]}, 1, 2),
    ("lenet", {}, 1, 4),
    ("small_cnn", {"width": 8, "blocks": 2}, 1, None),
    ("mobilenet", {}, 3, None),
    ("resnet", {"depth": 8, "shortcut": "projection"}, 3, None),
]


def inputs(model) -> torch.Tensor:
    shape = model.preprocessing.example().shape[1:]
    return torch.randn(3, *shape, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize(("name", "knobs", "channels", "count"), FAMILIES)
def test_that_channels_that_are_out_are_out_as_if_the_layers_were_narrower(name, knobs, channels, count) -> None:
    import torch_pruning

    model = network(name, knobs, channels, 32 if channels == 3 else 28)
    given = inputs(model)
    before, state = model.module(given), torch.get_rng_state()
    own, layers = prunable(model, "channels")
    assert torch.equal(torch.get_rng_state(), state)
    assert own.module is not model.module
    assert count is None or len(layers) == count
    seen = [one.name for one in layers] + [tied for one in layers for tied in one.tied]
    assert len(seen) == len(set(seen))  # each layer stands in one place
    for layer in layers:
        narrow = prunable(model, "channels")[0].module
        for parameter in narrow.parameters():
            parameter.requires_grad_(True)
        graph = torch_pruning.DependencyGraph().build_dependency(narrow, given[:1])
        root = narrow.get_submodule(layer.name)
        how = graph.get_pruner_of_module(root).prune_out_channels
        graph.get_pruning_group(root, how, layer.order[: layer.taken(0.5)].tolist()).prune()
        with layer.without(0.5):
            found = own.module(given)
        torch.testing.assert_close(found, narrow(given), atol=1e-5, rtol=1e-4)
        assert not torch.equal(found, before)
    assert torch.equal(own.module(given), before)


@pytest.mark.parametrize(("name", "knobs", "channels", "_"), FAMILIES)
def test_that_the_smallest_weights_of_one_layer_are_out_for_a_while(name, knobs, channels, _) -> None:
    model = network(name, knobs, channels, 32 if channels == 3 else 28)
    before = {name: one.clone() for name, one in model.module.state_dict().items()}
    own, layers = prunable(model, "weights")
    for layer in layers:
        weight = own.module.get_parameter(f"{layer.name}.weight")
        with layer.without(0.3):
            out = weight == 0
            assert int(out.sum()) == layer.taken(0.3) == int(0.3 * weight.numel())
            assert weight[~out].abs().min() >= before[f"{layer.name}.weight"][out].abs().max()
            others = [one for name, one in own.module.named_parameters() if name != f"{layer.name}.weight"]
            assert all(one.count_nonzero() or not one.dim() > 1 for one in others)
    after = own.module.state_dict()
    assert all(torch.equal(one, before[name]) for name, one in after.items())


def test_that_what_comes_to_grief_leaves_the_weights_as_they_were() -> None:
    own, layers = prunable(network("lenet", {}), "weights")
    before = [one.clone() for one in own.module.parameters()]
    with pytest.raises(KeyError), layers[0].without(0.9):
        raise KeyError("stopped")
    assert all(torch.equal(one, other) for one, other in zip(own.module.parameters(), before, strict=True))


def test_that_channels_that_cannot_be_pruned_are_not_measured() -> None:
    with pytest.raises(ModelError, match="tied in a way"):
        prunable(network("resnet", {"depth": 8}, 3, 32), "channels")
