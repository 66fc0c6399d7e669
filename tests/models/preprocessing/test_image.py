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
    assert ImagePreprocessing.plain(3).describe() == "any size colour · 0..1 as it is"
    assert ImagePreprocessing.imagenet().describe() == (
        "224×224 colour · middle of 256 at the shortest edge, bilinear · ImageNet normalisation"
    )


@pytest.mark.parametrize(
    ("mean", "std", "words"),
    [
        (0.0, 1 / 255, "pixels 0..255"),
        (0.5, 0.5, "pixels −1..1"),
        (0.286, 0.353, "Fashion-MNIST normalisation"),
        (0.25, 0.5, "mean .25 · std .5"),
    ],
)
def test_that_a_usual_normalisation_has_a_name(mean: float, std: float, words: str):
    one = ImagePreprocessing(channels=1, size=(28, 28), mean=(mean,), std=(std,))
    assert one.describe() == f"28×28 grey · {words}"
    assert one.with_channels(3).describe().startswith("28×28 colour · ")


def test_that_candidates_suit_the_channels():
    assert {"MNIST", "Fashion-MNIST", "0..1"} <= set(candidates(1, None))
    assert {"ImageNet", "CIFAR-10", "0..1"} <= set(candidates(3, None))
    assert "MNIST" not in candidates(3, None)
    assert all(preprocessing.channels == 3 for preprocessing in candidates(3, None).values())


def test_that_it_survives_json():
    preprocessing = ImagePreprocessing(channels=1, size=(28, 28), mean=(0.286,), std=(0.353,))
    assert ImagePreprocessing.model_validate_json(preprocessing.model_dump_json()) == preprocessing


def test_that_what_is_resized_as_always_is_stored_as_always():
    usual = ImagePreprocessing(channels=1, size=(28, 28), mean=(0.286,), std=(0.353,))
    assert usual.model_dump_json() == '{"kind":"image","channels":1,"size":[28,28],"mean":[0.286],"std":[0.353]}'
    cut = ImagePreprocessing.imagenet()
    assert ImagePreprocessing.model_validate_json(cut.model_dump_json()) == cut
    assert cut.model_dump()["resized"] == 256


def test_that_the_middle_needs_a_size_and_an_interpolation():
    for update in ({"size": None}, {"interpolation": "plain"}, {"resized": 0}, {"resized": 10**9}):
        with pytest.raises(ValidationError):
            ImagePreprocessing.model_validate(ImagePreprocessing.imagenet().model_dump() | update)


def test_that_a_resized_picture_can_be_differentiated_after_inference(inputs):
    how = ImagePreprocessing.imagenet((12, 12), 14)
    with torch.inference_mode():
        how.apply(inputs(1, 3, 33, 21))
    raw = inputs(1, 3, 33, 21).requires_grad_()
    how.apply(raw).square().sum().backward()
    assert raw.grad is not None
