import numpy as np
import pytest

from kdstudio.ui.widgets.pictures import Thumbnail, corner_radius, enlarge, thumbnail, to_rgb


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 32), (4, 16, 16), (3, 20, 40), (1, 1, 1)])
@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_that_a_thumbnail_has_device_pixels_and_round_corners(shape: tuple[int, ...], ratio: float):
    array = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    made = thumbnail(array, 48, ratio)
    assert made.width() == round(48 * ratio)
    assert made.devicePixelRatio() == ratio
    image = made.toImage()
    assert image.pixelColor(0, 0).alpha() == 0
    assert image.pixelColor(image.width() // 2, image.height() // 2).alpha() == 255


def test_that_grey_stays_grey_and_colour_keeps_its_channels():
    assert np.ptp(to_rgb(np.full((1, 2, 2), 90, np.uint8))) == 0
    red = np.zeros((3, 8, 8), np.uint8)
    red[0] = 255
    assert enlarge(red, 16).pixelColor(8, 8).getRgb() == (255, 0, 0, 255)


def test_that_floats_are_shares_of_white_and_nan_is_black():
    array = np.array([[[0.0, 1.0], [0.5, np.nan]]], np.float32)
    np.testing.assert_array_equal(to_rgb(array)[..., 0], [[0, 255], [128, 0]])


def test_that_nearest_shows_square_pixels_and_lanczos_does_not():
    array = np.array([[[0, 255]]], np.uint8)
    greys = [{enlarge(array, 32, nearest=n).pixelColor(x, 0).red() for x in range(32)} for n in (True, False)]
    assert greys[0] == {0, 255}
    assert len(greys[1]) > 4


def test_that_a_flat_array_is_refused_with_its_shape():
    with pytest.raises(ValueError, match=r"\(784,\)"):
        to_rgb(np.zeros(784))


def test_that_big_pictures_have_rounder_corners():
    assert (corner_radius(48), corner_radius(87), corner_radius(88)) == (6, 6, 8)


def test_that_the_widget_keeps_its_pixmap_until_the_picture_changes(qtbot):
    widget = Thumbnail(np.zeros((1, 28, 28), np.uint8), 48)
    qtbot.addWidget(widget)
    widget.resize(widget.sizeHint())
    assert widget.pixmap() is widget.pixmap()
    before = widget.pixmap()
    widget.set_picture(np.zeros((3, 32, 32), np.uint8))
    assert widget.pixmap() is not before
