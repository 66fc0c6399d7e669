import numpy as np
import pytest
import torch
from PIL import Image
from pydantic import ValidationError

from kdstudio.core.errors import ModelError
from kdstudio.data.dataset import ArrayInputs, Part
from kdstudio.models.preprocessing.image import ImagePreprocessing, as_tensor, candidates


def test_that_values_are_normalised_channel_by_channel(inputs):
    raw = inputs(2, 3, 8, 8)
    mean, std = (0.1, 0.2, 0.3), (0.5, 0.25, 2.0)
    done = ImagePreprocessing(channels=3, size=(8, 8), mean=mean, std=std).apply(raw)
    for channel in range(3):
        torch.testing.assert_close(done[:, channel], (raw[:, channel] - mean[channel]) / std[channel])


def test_that_grey_inputs_are_repeated_for_a_colour_model(inputs):
    raw = inputs(2, 1, 8, 8)
    assert torch.equal(ImagePreprocessing.plain(3, (8, 8)).apply(raw), raw.repeat(1, 3, 1, 1))


def test_that_colour_turns_grey_as_pillow_does_it(inputs):
    image = np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    grey = ImagePreprocessing.plain(1).apply(as_tensor(image.transpose(2, 0, 1)[None]))[0, 0] * 255
    assert np.abs(grey.numpy() - np.asarray(Image.fromarray(image).convert("L"), dtype=float)).max() <= 1


def test_that_other_channel_counts_are_refused_with_a_hint():
    with pytest.raises(ModelError) as caught:
        ImagePreprocessing.plain(3).apply(torch.zeros(1, 4, 8, 8))
    assert "4" in caught.value.message
    assert caught.value.hint


def test_that_only_another_size_is_resized(inputs):
    raw = inputs(1, 1, 28, 28)
    assert ImagePreprocessing.plain(1, (32, 32)).apply(raw).shape == (1, 1, 32, 32)
    assert ImagePreprocessing.plain(1, (28, 28)).apply(raw) is raw
    assert ImagePreprocessing.plain(1).apply(raw) is raw


def test_that_normalised_inputs_can_be_differentiated_after_inference(inputs):
    preprocessing = ImagePreprocessing(channels=1, size=None, mean=(0.123,), std=(0.456,))
    with torch.inference_mode():
        preprocessing.apply(inputs(1, 1, 4, 4))
    raw = inputs(1, 1, 4, 4).requires_grad_()
    preprocessing.apply(raw).square().sum().backward()
    assert raw.grad is not None


def test_that_it_traces_with_any_batch_size(inputs):
    class Wrapped(torch.nn.Module):
        def forward(self, raw):
            return ImagePreprocessing(channels=3, size=(32, 32), mean=(0.5, 0.4, 0.3), std=(0.2, 0.3, 0.4)).apply(raw)

    batch = torch.export.Dim("batch", min=1)
    program = torch.export.export(Wrapped(), (inputs(2, 1, 28, 28),), dynamic_shapes=({0: batch},))
    raw = inputs(5, 1, 28, 28)
    torch.testing.assert_close(program.module()(raw), Wrapped()(raw))


def test_that_the_data_gives_its_own_mean_and_deviation():
    array = np.random.default_rng(0).integers(0, 256, (50, 3, 4, 4), dtype=np.uint8)
    found = ImagePreprocessing.of(Part.whole(ArrayInputs(array), np.zeros(50)))
    done = found.apply(as_tensor(array))
    torch.testing.assert_close(done.mean((0, 2, 3)), torch.zeros(3), atol=1e-3, rtol=0)
    torch.testing.assert_close(done.std((0, 2, 3), correction=0), torch.ones(3), atol=1e-3, rtol=0)
    assert found.size == (4, 4)


def test_that_constant_data_does_not_divide_by_zero():
    array = np.zeros((5, 1, 4, 4), dtype=np.uint8)
    assert ImagePreprocessing.of(Part.whole(ArrayInputs(array), np.zeros(5))).std == (0.001,)


def test_that_wrong_numbers_are_refused():
    with pytest.raises(ValidationError, match="one a channel"):
        ImagePreprocessing(channels=3, size=None, mean=(0.5,), std=(0.5,))
    with pytest.raises(ValidationError, match="above 0"):
        ImagePreprocessing(channels=1, size=None, mean=(0.5,), std=(0.0,))


def test_that_it_is_told_in_words():
    assert ImagePreprocessing(channels=1, size=(28, 28), mean=(0.286,), std=(0.353,)).describe() == (
        "28×28 grey · mean .286 · std .353"
    )
    assert ImagePreprocessing.plain(3).describe() == "any size colour · 0..1 as it is"


def test_that_candidates_suit_the_channels():
    assert {"MNIST", "Fashion-MNIST", "0..1"} <= set(candidates(1, None))
    assert {"ImageNet", "CIFAR-10", "0..1"} <= set(candidates(3, None))
    assert "MNIST" not in candidates(3, None)
    assert all(preprocessing.channels == 3 for preprocessing in candidates(3, None).values())


def test_that_it_survives_json():
    preprocessing = ImagePreprocessing(channels=1, size=(28, 28), mean=(0.286,), std=(0.353,))
    assert ImagePreprocessing.model_validate_json(preprocessing.model_dump_json()) == preprocessing
