import numpy as np
import pytest
from PIL import Image

from kdstudio.models.preprocessing.resizing import Interpolation, shares, shortest

NUMBERS = {"nearest": 0, "lanczos": 1, "bilinear": 2, "bicubic": 3, "box": 4, "hamming": 5}


def resized(pixels: np.ndarray, height: int, width: int, how: Interpolation) -> np.ndarray:
    across, down = shares(pixels.shape[1], width, width, how), shares(pixels.shape[0], height, height, how)
    return down @ (pixels @ across.T).clip(0, 255)


@pytest.mark.parametrize("how", NUMBERS)
@pytest.mark.parametrize("size", [(32, 32), (224, 180), (75, 60), (100, 37), (90, 80), (1, 1)])
def test_that_every_filter_is_that_of_pillow(how: Interpolation, size: tuple[int, int]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (75, 101), dtype=np.uint8)
    wanted = np.asarray(Image.fromarray(pixels).resize(size[::-1], NUMBERS[how]), dtype=float)
    difference = np.abs(resized(pixels.astype(float), *size, how).clip(0, 255) - wanted)
    assert difference.mean() < 0.5  # Pillow rounds to whole numbers, twice
    assert difference.max() < (1e-6 if how == "nearest" else 2)


def test_that_the_shortest_edge_keeps_the_proportions() -> None:
    assert shortest(256, 300, 200) == (384, 256)
    assert shortest(256, 200, 300) == (256, 384)
    assert shortest(7, 10, 15) == (7, 10)


def test_that_the_middle_is_kept() -> None:
    whole = shares(10, 20, 20, "bilinear")
    assert np.array_equal(shares(10, 20, 12, "bilinear"), whole[4:16])
    assert np.array_equal(shares(10, 20, 11, "bilinear"), whole[4:15])


def test_that_zeros_lie_around_what_is_too_small() -> None:
    padded = shares(4, 4, 7, "box")
    assert np.array_equal(padded[2:6], np.eye(4, dtype=np.float32))
    assert not padded[[0, 1, 6]].any()
