import pytest

from kdstudio.core.errors import ModelError
from kdstudio.models.build import ARCHITECTURES, architecture, empty
from kdstudio.models.shrink import shrunk
from kdstudio.recipe.choices import Shrink

CASES = [
    ("resnet", {"depth": 56, "width": 16}, (0.5, 0.34), {"depth": 20, "width": 8}),
    ("wide_resnet", {"depth": 16, "widen": 4}, (0.25, 0.5), {"depth": 10, "widen": 1}),
    ("mobilenet", {"width": 32, "depth": 2}, (0.5, 0.5), {"width": 16, "depth": 1}),
    ("resnet_imagenet", {"depth": 50, "width": 16}, (0.5, 0.5), {"depth": 26, "width": 8}),
    ("resnet_imagenet", {"depth": 34, "width": 16}, (1.0, 0.5), {"depth": 18, "width": 16}),
    ("mlp", {"hidden": [1200, 1200]}, (0.5, 1.0), {"hidden": [600, 600]}),
    ("mlp", {"hidden": [1200, 1200]}, (0.01, 0.5), {"hidden": [12]}),
    ("lenet", {"channels": [6, 16], "hidden": [120, 84]}, (0.5, 0.5), {"channels": [3, 8], "hidden": [60]}),
    ("small_cnn", {"width": 64, "depth": 2}, (0.125, 0.5), {"width": 8, "depth": 1}),
]


@pytest.mark.parametrize(("name", "knobs", "shares", "expected"), CASES)
def test_that_a_family_gets_narrower_and_shallower(name, knobs, shares, expected, build):
    choice = shrunk(build(name, **knobs), Shrink(width=shares[0], depth=shares[1]))
    assert choice.architecture == name
    assert {key: choice.knobs[key] for key in expected} == expected
    module = empty(architecture(name, choice.knobs), (1, 28, 28), 10)
    assert sum(p.numel() for p in module.parameters()) < build(name, **knobs).parameters


@pytest.mark.parametrize("share", [0.001, 1.0])
@pytest.mark.parametrize("name", sorted(name for name in ARCHITECTURES if "image" in ARCHITECTURES[name].takes))
def test_that_every_share_gives_a_network_that_can_be_built(name, share, build):
    model = build(name)
    choice = shrunk(model, Shrink(width=share, depth=share))
    small = empty(architecture(name, choice.knobs), (1, 28, 28), 10)
    count = sum(parameter.numel() for parameter in small.parameters())
    assert count == model.parameters if share == 1 else count < model.parameters


def test_that_a_model_outside_the_zoo_says_that_it_cannot_be_shrunk(build):
    from dataclasses import replace

    model = build("mlp")
    foreign = replace(model, format="ONNX", spec=replace(model.spec, architecture="ONNX"))
    with pytest.raises(ModelError, match="ONNX model cannot be shrunk"):
        shrunk(foreign, Shrink())
