import numpy as np
import pytest
import torch

from kdstudio.core.errors import ModelError
from kdstudio.models.build import ARCHITECTURES, architecture, empty
from kdstudio.models.save import save
from kdstudio.models.shrink import fewer_layers, is_copied, shrunk
from kdstudio.models.source import load
from kdstudio.recipe.choices import Shrink
from tests.models.text_networks import TEXTS, write

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


def test_that_half_of_a_transformer_is_every_other_layer_of_its_teacher(tmp_path):
    teacher = load(write(tmp_path / "teacher", "DistilBert"))
    student = fewer_layers(teacher, Shrink(width=1, depth=0.5))
    assert is_copied(teacher)
    assert student.label == "DistilBertForSequenceClassification, 2 of 4 layers"
    layers, whole = (model.module.network.distilbert.transformer.layer for model in (student, teacher))
    assert len(layers) == 2
    for copy, original in zip(layers, (whole[0], whole[2]), strict=True):
        for ours, theirs in zip(copy.parameters(), original.parameters(), strict=True):
            assert torch.equal(ours, theirs)
            assert ours.data_ptr() != theirs.data_ptr()  # the teacher must not learn with its student
    save(student, tmp_path / "student.safetensors")
    texts = np.array(TEXTS, dtype=object)
    with torch.no_grad():
        assert torch.equal(load(tmp_path / "student.safetensors").respond(texts), student.respond(texts))


@pytest.mark.parametrize(
    ("family", "shares", "words"),
    [("Bert", (0.5, 0.5), "keeps its width"), ("Albert", (1.0, 0.5), "no stack of equal layers")],
)
def test_that_what_cannot_be_copied_is_said(tmp_path, family, shares, words):
    with pytest.raises(ModelError, match=words):
        fewer_layers(load(write(tmp_path / "teacher", family)), Shrink(width=shares[0], depth=shares[1]))
