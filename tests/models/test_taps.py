"""What layers give: recorded while a model answers, and only then."""

import pytest
import torch

from kdstudio.core.errors import ModelError
from kdstudio.models.taps import EMBEDDING, answer, shapes, tapped
from kdstudio.models.values import Batch


@pytest.fixture
def batch() -> Batch:
    images = torch.rand(3, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    return Batch(images, torch.zeros(3, dtype=torch.int64), torch.arange(3))


def test_that_features_are_what_the_layers_really_give(build, batch) -> None:
    model = build("small_cnn")
    with torch.no_grad():
        outputs = answer(model, batch, ("stage1", EMBEDDING))
        first = model.module.stage1(batch.prepared(model.preprocessing))
        assert torch.allclose(outputs.features["stage1"], first)
        classifier = list(model.module.children())[-1]
        assert torch.allclose(classifier(outputs.features[EMBEDDING]), outputs.logits)
    assert not any(layer._forward_hooks or layer._forward_pre_hooks for layer in model.module.modules())


def test_that_shapes_are_without_the_batch_and_leave_out_the_logits(build) -> None:
    found = shapes(build("lenet"))
    assert found == {"conv1": (6, 28, 28), "conv2": (16, 10, 10), "fc1": (120,), "fc2": (84,), EMBEDDING: (84,)}


def test_that_a_layer_that_is_not_there_is_told(build) -> None:
    with pytest.raises(ModelError, match="no layer called 'conv9'"), tapped(build("lenet"), ("conv9",)):
        pass


def test_that_a_network_of_one_layer_gives_its_input_and_no_more(build) -> None:
    from dataclasses import replace

    assert shapes(replace(build("lenet"), layers=())) == {}
