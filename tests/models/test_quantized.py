"""Finished students that go on learning with 8 bits."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from kdstudio.core.errors import ModelError
from kdstudio.data.dataset import ArrayInputs, Part
from kdstudio.models.measure import measure
from kdstudio.models.model import Model, Spec
from kdstudio.models.pruned import pruned
from kdstudio.models.quantized import quantized
from kdstudio.models.reused import reusing
from kdstudio.models.save import save
from kdstudio.models.source import load
from tests.models.test_pruned import network

FAMILIES = [
    ("mlp", {"hidden": [32, 16], "batch_norm": True}, 1),
    ("lenet", {}, 1),
    ("small_cnn", {"width": 8, "blocks": 2}, 1),
    ("mobilenet", {"width": 8, "depth": 1}, 3),
    ("resnet", {"depth": 8}, 3),
    ("wide_resnet", {"depth": 10, "widen": 1}, 3),
    ("resnet_imagenet", {"depth": 18, "width": 4, "stem": "small"}, 3),
]


def some(channels: int = 1, count: int = 30) -> Part:
    side = 32 if channels == 3 else 28
    images = np.random.default_rng(0).integers(0, 256, (count, channels, side, side)).astype(np.uint8)
    return Part(ArrayInputs(images), np.zeros(count, dtype=np.int64), np.arange(count))


@pytest.mark.parametrize(("name", "knobs", "channels"), FAMILIES)
def test_that_it_answers_nearly_the_same_and_opens_again_to_the_bit(name, knobs, channels, tmp_path) -> None:
    model, part = network(name, knobs, channels, 32 if channels == 3 else 28), some(channels)
    before, state = torch.get_rng_state(), torch.cat([one.flatten() for one in model.module.parameters()])
    small = quantized(model, part)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(torch.cat([one.flatten() for one in model.module.parameters()]), state)
    assert small.layers == model.layers
    assert measure(small).macs == measure(model).macs
    assert small.bytes < 0.4 * model.bytes
    values = part.read(np.arange(20))
    with torch.no_grad():
        plain, rounded = model.respond(values), small.respond(values)
    assert 0 < float((plain - rounded).abs().max()) < 0.15 * float(plain.abs().max())
    save(small, tmp_path / "small.safetensors")
    again = load(tmp_path / "small.safetensors")
    assert (again.spec.bits, again.label) == ("int8", f"{model.label}, 8 bits")
    with torch.no_grad():
        assert torch.equal(again.respond(values), rounded)
    assert quantized(again, part) is again


def test_that_a_pruned_student_is_quantized_and_not_the_other_way_round() -> None:
    model = network("small_cnn", {"width": 8, "blocks": 2})
    assert quantized(pruned(model, 0.5), some()).spec.knobs["width"] == 4
    with pytest.raises(ModelError, match="cannot be pruned") as told:
        pruned(quantized(model, some()), 0.5)
    assert "quantize what is left" in told.value.problems[0].hint
    with pytest.raises(ModelError, match="last layer cannot be replaced"):
        reusing(quantized(model, some()), model, 2.0, 0)


def test_that_models_that_cannot_be_rounded_are_told() -> None:
    model = network("lenet", {})
    foreign = Model(module=model.module, preprocessing=model.preprocessing, spec=Spec("huggingface", {}, None, 10))
    with pytest.raises(ModelError, match="how it is built is not known"):
        quantized(replace(foreign, format="ONNX"), some())
    odd = replace(model, module=torch.nn.Sequential(model.module, torch.nn.LayerNorm(10)))
    with pytest.raises(ModelError, match="LayerNorm"):
        quantized(odd, some())
