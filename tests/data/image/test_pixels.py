"""Layouts and value ranges of arrays of images."""

import numpy as np
import pytest

from kdstudio.core.errors import DataError
from kdstudio.data.image.pixels import image_inputs


def one(array):
    inputs, problems = image_inputs({"train": np.asarray(array)})
    return inputs["train"], [problem.severity for problem in problems]


@pytest.fixture
def bytes_array():
    return np.random.default_rng(0).integers(0, 256, (5, 3, 8, 8)).astype(np.uint8)


def test_that_layouts_are_recognised(bytes_array):
    wanted = bytes_array[[4, 2]]
    rows = np.array([4, 2])
    for stored in (bytes_array, bytes_array.transpose(0, 2, 3, 1), bytes_array.reshape(5, -1)):
        inputs, problems = one(stored)
        assert inputs.shape == (3, 8, 8)
        np.testing.assert_array_equal(inputs.read(rows), wanted)
        assert not problems
    grey = bytes_array[:, 0]
    for stored in (grey, grey[:, None], grey[..., None], grey.reshape(5, -1)):
        np.testing.assert_array_equal(one(stored)[0].read(rows), wanted[:, :1])


def test_that_images_three_pixels_wide_are_not_taken_for_channels():
    assert one(np.full((4, 3, 9, 9), 200, np.uint8))[0].shape == (3, 9, 9)
    assert one(np.full((4, 3, 3, 3), 200, np.uint8))[0].shape == (3, 3, 3)
    assert one(np.full((4, 3, 9, 3), 200, np.uint8))[0].shape == (3, 3, 9)


def test_that_transparency_is_dropped_with_a_warning(bytes_array):
    rgba = np.concatenate([bytes_array, bytes_array[:, :1]], axis=1).transpose(0, 2, 3, 1)
    inputs, severities = one(rgba)
    assert inputs.shape == (3, 8, 8)
    assert severities == ["warning"]


@pytest.mark.parametrize(
    ("low", "high", "severities"),
    [
        (0.0, 1.0, []),
        (0.0, 255.0, ["note"]),
        (0.0, 16.0, ["warning"]),
        (-1.0, 1.0, ["warning"]),
        (-0.42, 2.82, ["warning"]),
        (0.0, 65535.0, ["warning"]),
    ],
)
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_that_floats_end_between_0_and_1(low, high, severities, kind):
    stored = np.linspace(low, high, 4 * 36).reshape(4, 6, 6).astype(kind)
    inputs, found = one(stored)
    assert found == severities
    block = inputs.read(np.arange(4))
    assert block.dtype == np.float32
    np.testing.assert_allclose(block.ravel(), np.linspace(0, 1, 144), atol=1e-6)


@pytest.mark.parametrize(
    ("kind", "high", "dtype"),
    [
        (np.uint8, 255, np.uint8),
        (np.int64, 255, np.uint8),
        (np.uint8, 1, np.float32),
        (np.uint8, 16, np.float32),
        (np.uint16, 65535, np.float32),
        (bool, 1, np.float32),
    ],
)
def test_that_whole_numbers_stay_bytes_only_where_they_are(kind, high, dtype):
    stored = np.zeros((4, 6, 6), dtype=kind)
    stored[:, 2, 2] = high
    inputs, severities = one(stored)
    assert inputs.dtype == dtype
    assert inputs.read(np.arange(4)).max() == (255 if dtype == np.uint8 else 1)
    assert severities == (["warning"] if dtype == np.float32 and kind is not bool else [])


def test_that_black_images_are_left_alone():
    for kind in (np.uint8, np.float32, np.int16):
        assert one(np.zeros((3, 5, 5), kind))[1] == []


def test_that_all_parts_are_scaled_alike():
    inputs, _ = image_inputs({"train": np.full((2, 5, 5), 200.0), "test": np.full((2, 5, 5), 0.5)})
    assert inputs["test"].read(np.array([0])).max() == pytest.approx(0.5 / 255)


def test_that_parts_of_different_shapes_are_refused():
    with pytest.raises(DataError, match="train 1 × 5 × 5, test 1 × 6 × 6"):
        image_inputs({"train": np.zeros((2, 5, 5)), "test": np.zeros((2, 6, 6))})


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((3, 30)), r"\(3 × 30\) does not hold grey or colour images"),
        (np.zeros((3, 5, 5, 2)), "does not hold grey or colour images"),
        (np.zeros((3, 2, 5, 5, 1)), "does not hold grey or colour images"),
        (np.zeros((0, 5, 5)), r"empty \(0 × 5 × 5\)"),
        (np.zeros(5), "empty|does not hold"),
        (np.array(3.0), "empty"),
        (np.zeros((2, 5, 5), object), "Python objects"),
        (np.zeros((2, 5, 5), complex), "complex128"),
    ],
)
def test_that_other_arrays_are_refused(array, message):
    with pytest.raises(DataError, match=message):
        one(array)


def test_that_not_a_number_is_found_far_behind():
    stored = np.zeros((700, 100, 100), np.float32)  # more than one block
    stored[650, 3, 3:6] = -np.inf
    with pytest.raises(DataError, match="3 values of the train images are NaN or infinite, the first in image 650"):
        one(stored)
