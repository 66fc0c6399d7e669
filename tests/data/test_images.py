"""Image files of every kind that Pillow opens."""

import numpy as np
import pytest
from PIL import Image

from kdstudio.core.errors import DataError
from kdstudio.data.images import check, decode, measure

KINDS = ["PNG", "JPEG", "BMP", "GIF", "TIFF", "WebP", "PPM"]


@pytest.fixture
def gradient():
    return np.tile(np.arange(0, 160, 10, dtype=np.uint8), (12, 1))


@pytest.mark.parametrize("kind", KINDS)
def test_that_every_kind_is_recognised_and_decoded(tmp_path, gradient, kind):
    path = str(tmp_path / "no suffix")
    Image.fromarray(gradient).save(path, kind)
    assert check(path) == "image"
    assert measure(path) == (12, 16, False)
    np.testing.assert_allclose(decode(path, (1, 12, 16))[0], gradient, atol=8)
    assert decode(path, (3, 6, 4)).shape == (3, 6, 4)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "GIF"])
def test_that_a_broken_header_makes_an_image_broken(tmp_path, gradient, kind):
    path = tmp_path / "x.png"
    Image.fromarray(gradient).save(path, kind)
    path.write_bytes(path.read_bytes()[:12])
    assert check(str(path)) == "broken"


def test_that_large_files_are_checked_by_their_end(tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (100, 100, 3)).astype(np.uint8)
    for name in ("a.png", "a.jpg"):
        path = tmp_path / name
        Image.fromarray(noise).save(path)
        assert check(str(path)) == "image"
        path.write_bytes(path.read_bytes()[:-3000])
        assert check(str(path)) == "broken"


def test_that_files_which_are_no_images_are_told_by_their_name(tmp_path):
    (tmp_path / "a.txt").write_text("BM")
    (tmp_path / "a.png").write_text("text")
    assert check(str(tmp_path / "a.txt")) == "other"
    assert check(str(tmp_path / "a.png")) == "broken"
    assert check(str(tmp_path / "absent.png")) == "broken"
    assert check(str(tmp_path / "absent")) == "other"


def test_that_sixteen_bits_are_scaled_and_not_cut(tmp_path):
    path = str(tmp_path / "deep.png")
    Image.fromarray(np.array([[0, 257 * 100, 65535]], dtype=np.uint16)).save(path)
    assert decode(path, (1, 1, 3)).tolist() == [[[0, 100, 255]]]


@pytest.mark.parametrize(("top", "wanted"), [(200.0, [0, 200]), (65535.0, [0, 255])])
def test_that_float_images_are_read(tmp_path, top, wanted):
    path = str(tmp_path / "float.tiff")
    Image.fromarray(np.array([[0, top]], dtype=np.float32)).save(path)
    assert decode(path, (1, 1, 2))[0, 0].tolist() == wanted


def test_that_palettes_and_transparency_are_read_without_warning(tmp_path, gradient):
    image = Image.fromarray(np.stack([gradient, gradient // 2, gradient * 0], axis=-1)).quantize(16)
    image.save(tmp_path / "p.png", transparency=bytes(range(16)))
    assert measure(str(tmp_path / "p.png")) == (12, 16, True)
    Image.new("RGBA", (4, 4), (9, 8, 7, 0)).save(tmp_path / "clear.png")
    assert decode(str(tmp_path / "clear.png"), (3, 4, 4))[:, 0, 0].tolist() == [9, 8, 7]


def test_that_an_undecodable_image_measures_none_and_raises_when_decoded(tmp_path):
    path = tmp_path / "x.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\nrubbish")
    assert measure(str(path)) is None
    with pytest.raises(DataError, match=r"x.png is damaged"):
        decode(str(path), (1, 4, 4))
