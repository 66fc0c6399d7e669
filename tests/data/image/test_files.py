"""Rows of images that lie in files."""

import numpy as np
import pytest

from kdstudio.core.errors import DataError
from kdstudio.data.image.files import ImageFiles, common_shape
from kdstudio.data.image.pictures import Look
from kdstudio.data.stores.folder import FolderStore


@pytest.fixture
def inputs(tmp_path, write_image):
    for i in range(50):
        write_image(tmp_path / f"{i:02}.png", i)
    return ImageFiles(FolderStore.open(tmp_path), np.arange(50), (3, 6, 8))


@pytest.mark.parametrize("count", [0, 1, 3, 50])
def test_that_files_are_decoded_in_order_whatever_the_number(inputs, count):
    block = inputs.read(np.arange(50)[:count][::-1])
    assert block.shape == (count, 3, 6, 8)
    assert block[:, 0, 0, 0].tolist() == list(range(count))[::-1]


def test_that_an_error_while_decoding_reaches_the_caller(inputs, tmp_path):
    (tmp_path / "05.png").write_bytes(b"\x89PNG\r\n\x1a\nrubbish")
    with pytest.raises(DataError, match=r"05.png is damaged") as caught:
        inputs.read(np.arange(8))
    assert caught.value.where == str(tmp_path / "05.png")
    (tmp_path / "05.png").unlink()
    with pytest.raises(DataError, match=r"05.png cannot be read"):
        inputs.read(np.arange(8))


def test_that_oddities_of_the_sample_are_told():
    problems = []
    looks = [Look(4, 8, is_colour=False)] * 3
    assert common_shape(looks, problems) == (1, 4, 8)
    assert not problems
    odd = [Look(9, 8, is_colour=True, is_turned=True), Look(4, 8, is_colour=False, is_animated=True)]
    assert common_shape([*looks, *odd], problems) == (3, 4, 8)
    assert [problem.severity for problem in problems] == ["warning", "note", "note"]
    assert "commonest, 8 × 4" in problems[0].message
    assert "EXIF" in problems[1].message
    assert "animated" in problems[2].message
