"""Networks with their weakest channels taken out."""

import pytest
import torch

from kdstudio.core.errors import ModelError
from kdstudio.models.build import ARCHITECTURES, architecture, empty, initialise
from kdstudio.models.model import Model, Spec, tappable
from kdstudio.models.preprocessing.image import ImagePreprocessing
from kdstudio.models.pruned import pruned


def network(name: str, knobs: dict[str, object], channels: int = 1, side: int = 28) -> Model:
    built, how = architecture(name, knobs), ImagePreprocessing.plain(channels, (side, side))
    module = initialise(empty(built, how.shape, 10), seed=0)
    return Model(
        module=module,
        spec=Spec(name, built.model_dump(mode="json"), how.shape, 10),
        preprocessing=how,
        layers=tuple(tappable(module)),
        label=built.label,
    )


@pytest.mark.parametrize(
    ("name", "knobs", "channels"),
    [
        ("mlp", {"hidden": [64, 32]}, 1),
        ("lenet", {}, 1),
        ("small_cnn", {"width": 8, "blocks": 2}, 1),
        ("mobilenet", {}, 3),
        ("resnet", {"depth": 8, "shortcut": "projection"}, 3),
    ],
)
@pytest.mark.parametrize("share", [0.3, 0.5])
def test_that_what_is_left_is_a_narrower_network_of_the_family(name, knobs, channels, share):
    model = network(name, knobs, channels, 32 if channels == 3 else 28)
    before = torch.get_rng_state()
    small = pruned(model, share)
    assert torch.equal(torch.get_rng_state(), before)
    narrow = architecture(name, knobs).shrunk(1 - share, 1.0)
    assert small.spec.knobs == narrow.model_dump(mode="json")
    assert small.parameters < model.parameters
    assert small.layers == model.layers
    assert small.module(model.preprocessing.example()).shape == (1, 10)


def test_that_the_weakest_units_go_and_the_others_keep_their_weights():
    model = network("mlp", {"hidden": [8]})
    first, last = (one for one in model.module.modules() if isinstance(one, torch.nn.Linear))
    with torch.no_grad():
        for unit in (1, 4, 5, 6):
            first.weight[unit] *= 1e-3
            last.weight[:, unit] *= 1e-3
    kept = [0, 2, 3, 7]
    small = pruned(model, 0.5)
    now, end = (one for one in small.module.modules() if isinstance(one, torch.nn.Linear))
    torch.testing.assert_close(now.weight, first.weight[kept])
    torch.testing.assert_close(now.bias, first.bias[kept])
    torch.testing.assert_close(end.weight, last.weight[:, kept])
    torch.testing.assert_close(end.bias, last.bias)
    inputs = torch.randn(5, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(small.module(inputs), model.module(inputs), atol=2e-2, rtol=0)


def test_that_channels_that_no_input_reaches_are_pruned_without_a_trace():
    model = network("resnet", {"depth": 8, "width": 4, "shortcut": "projection"}, 3, 32)
    block = model.module.layer1.get_submodule("0")
    with torch.no_grad():  # half of a block's inner channels are dead
        for dead in (1, 3):
            block.conv1.weight[dead] = block.bn1.weight[dead] = block.bn1.bias[dead] = 0
            block.conv2.weight[:, dead] = 0
    small = pruned(model, 0.5)
    inner = small.module.layer1.get_submodule("0").conv1.weight
    assert inner.shape[0] == 2
    assert (inner.flatten(1).norm(dim=1) > 0).all()


def test_that_ties_that_are_not_known_are_told():
    with pytest.raises(ModelError, match="tied in a way") as told:
        pruned(network("resnet", {"depth": 8}, 3, 32), 0.5)
    assert "projections" in told.value.problems[0].hint
    foreign = network("lenet", {})
    assert "huggingface" not in ARCHITECTURES
    foreign = Model(
        **{name: getattr(foreign, name) for name in ("module", "preprocessing")}, spec=Spec("huggingface", {}, None, 10)
    )
    with pytest.raises(ModelError, match="cannot be pruned"):
        pruned(foreign, 0.5)
