"""Image files of every kind that Pillow opens."""

import numpy as np
import pytest
from PIL import Image

from kdstudio.core.errors import DataError
from kdstudio.data.image.pictures import Look, check, decode, measure


def verdict(path):
    content = path.read_bytes() if path.exists() else b""
    return check(path.name, content[:4096], content[-32:], lambda: content)


KINDS = ["PNG", "JPEG", "BMP", "GIF", "TIFF", "WebP", "PPM"]


@pytest.fixture
def gradient():
    return np.tile(np.arange(0, 160, 10, dtype=np.uint8), (12, 1))


@pytest.mark.parametrize("kind", KINDS)
def test_that_every_kind_is_recognised_and_decoded(tmp_path, gradient, kind):
    path = tmp_path / "no suffix"
    Image.fromarray(gradient).save(path, kind)
    assert verdict(path) == "image"
    assert measure(path.read_bytes()) == Look(12, 16, is_colour=False)
    np.testing.assert_allclose(decode(str(path), (1, 12, 16))[0], gradient, atol=8)
    assert decode(path.read_bytes(), (3, 6, 4)).shape == (3, 6, 4)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "GIF"])
def test_that_a_broken_header_makes_an_image_broken(tmp_path, gradient, kind):
    path = tmp_path / "x.png"
    Image.fromarray(gradient).save(path, kind)
    path.write_bytes(path.read_bytes()[:12])
    assert verdict(path) == "broken"


def test_that_large_files_are_checked_by_their_end(tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (100, 100, 3)).astype(np.uint8)
    for name in ("a.png", "a.jpg"):
        path = tmp_path / name
        Image.fromarray(noise).save(path)
        assert verdict(path) == "image"
        path.write_bytes(path.read_bytes()[:-3000])
        assert verdict(path) == "broken"


def test_that_files_which_are_no_images_are_told_by_their_name(tmp_path):
    (tmp_path / "a.txt").write_text("BM")
    (tmp_path / "a.png").write_text("text")
    assert verdict(tmp_path / "a.txt") == "other"
    assert verdict(tmp_path / "a.png") == "broken"
    assert verdict(tmp_path / "absent.png") == "broken"
    assert verdict(tmp_path / "absent") == "other"


def test_that_sixteen_bits_are_scaled_and_not_cut(tmp_path):
    path = str(tmp_path / "deep.png")
    Image.fromarray(np.array([[0, 257 * 100, 65535]], dtype=np.uint16)).save(path)
    assert decode(path, (1, 1, 3)).tolist() == [[[0, 100, 255]]]


@pytest.mark.parametrize(("top", "wanted"), [(200.0, [0, 200]), (65535.0, [0, 255]), (1.0, [0, 255])])
def test_that_float_images_are_read(tmp_path, top, wanted):
    path = str(tmp_path / "float.tiff")
    Image.fromarray(np.array([[0, top]], dtype=np.float32)).save(path)
    assert decode(path, (1, 1, 2))[0, 0].tolist() == wanted


def test_that_palettes_and_transparency_are_read_without_warning(tmp_path, gradient):
    image = Image.fromarray(np.stack([gradient, gradient // 2, gradient * 0], axis=-1)).quantize(16)
    image.save(tmp_path / "p.png", transparency=bytes(range(16)))
    assert measure((tmp_path / "p.png").read_bytes()) == Look(12, 16, is_colour=True)
    Image.new("RGBA", (4, 4), (9, 8, 7, 0)).save(tmp_path / "clear.png")
    assert decode(str(tmp_path / "clear.png"), (3, 4, 4))[:, 0, 0].tolist() == [9, 8, 7]


def test_that_an_undecodable_image_measures_none_and_raises_when_decoded(tmp_path):
    path = tmp_path / "x.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\nrubbish")
    assert measure(path.read_bytes()) is None
    with pytest.raises(DataError, match=r"x.png is damaged"):
        decode(str(path), (1, 4, 4))


def test_that_cmyk_is_shown_in_colour(tmp_path):
    Image.new("CMYK", (8, 8), (0, 255, 255, 0)).save(tmp_path / "print.jpg", "JPEG", quality=100)
    red, green, blue = decode(str(tmp_path / "print.jpg"), (3, 8, 8))[:, 4, 4].tolist()
    assert red > 240
    assert green < 15
    assert blue < 15


def test_that_the_first_picture_of_an_animation_is_taken_and_told(tmp_path):
    pictures = [Image.new("L", (6, 4), value) for value in (10, 200)]
    pictures[0].save(tmp_path / "a.gif", save_all=True, append_images=pictures[1:])
    content = (tmp_path / "a.gif").read_bytes()
    assert measure(content) == Look(4, 6, is_colour=False, is_animated=True)
    assert (decode(content, (1, 4, 6)) == 10).all()


def test_that_a_turned_camera_is_told_and_the_picture_left_as_it_is(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (8, 4), (200, 0, 0)).save(tmp_path / "turned.jpg", exif=exif)
    look = measure((tmp_path / "turned.jpg").read_bytes())
    assert look == Look(4, 8, is_colour=True, is_turned=True)
