"""Tiles of every kind: how large they are, what they leave out, and that they look as the theme does."""

import numpy as np
import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage

from kdstudio.data.face import Face
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.input_tile import InputTile
from kdstudio.ui.widgets.portraits import cell_columns, portrait, wrapped

LONG = Face("text", words="The quick brown fox jumps over the lazy dog. " * 40)
SHORT = Face("text", words="Two words")
ROW = Face("table", cells=tuple((f"column {at}", str(at * at)) for at in range(30)))
SOUND = Face("audio", np.linspace(0, 1, 48 * 96).reshape(1, 48, 96), sound=np.zeros(4000), rate=8000)
PICTURE = Face("image", np.full((3, 9, 9), 200, np.uint8))


def shown(qtbot, face: Face, width: int = 400, **options: int) -> InputTile:
    tile = InputTile(96, **options)
    qtbot.addWidget(tile)
    tile.set_face(face, "Input 1")
    tile.resize(width if tile.is_read else tile.width(), tile.height())
    tile.show()
    return tile


@pytest.mark.parametrize("face", [PICTURE, SOUND], ids=["image", "sound"])
def test_that_pictures_stay_square(qtbot, face: Face):
    tile = shown(qtbot, face)
    assert (tile.width(), tile.height()) == (96, 96)
    tile.set_side(60)
    assert (tile.width(), tile.height()) == (60, 60)


def test_that_words_take_the_width_and_as_many_lines_as_they_need(qtbot):
    long, short = shown(qtbot, LONG, lines=4), shown(qtbot, SHORT, lines=4)
    assert long.width() == short.width() == 400
    assert short.height() < 50 < long.height() < 110
    long.resize(800, long.height())
    assert long.grab().toImage().size() == QSize(800, long.height())
    assert long.toolTip() == LONG.words
    assert not short.toolTip()


def test_that_cells_stand_in_columns_and_what_is_left_out_is_in_the_tool_tip(qtbot):
    tile = shown(qtbot, ROW, rows=5)
    tile.grab()
    assert tile.height() == 2 * 10 + 5 * 18
    assert cell_columns(380) == 2
    assert tile.toolTip().splitlines()[-1] == "column 29: 841"


def test_that_a_tile_can_change_its_kind(qtbot):
    tile = shown(qtbot, PICTURE)
    tile.set_face(LONG, "Input 2")
    assert tile.is_read
    assert tile.maximumWidth() > 10_000
    assert tile.accessibleDescription() == LONG.words
    tile.set_face(SOUND, "Input 3")
    assert (tile.width(), tile.height()) == (96, 96)
    assert tile.player.isVisible()
    tile.set_face(None, "No input")
    assert not tile.player.isVisible()
    assert tile.accessibleName() == "No input"


def test_that_only_large_sounds_have_a_button(qtbot):
    tile = shown(qtbot, SOUND)
    assert tile.player.isVisible()
    tile.set_side(48)
    assert not tile.player.isVisible()


@pytest.mark.parametrize("name", ["dark", "light"])
def test_that_sound_is_drawn_in_the_ink_of_the_theme(dressed, name: str):
    dressed.set_name(name)
    made = portrait(SOUND, QSize(96, 48), 2.0)
    assert (made.width(), made.devicePixelRatio()) == (192, 2.0)
    image: QImage = made.toImage()
    silent, loud = image.pixelColor(96, 2), image.pixelColor(96, 93)
    assert abs(silent.red() - theme().colour("surface_2").red()) < 12
    assert abs(loud.red() - theme().colour("text_1").red()) < 12


def test_that_words_wrap_and_no_letter_is_lost(qapp):
    lines = wrapped(SHORT.words, 10_000, "body")
    assert [line for _, line in lines] == ["Two words"]
    words = "Donaudampfschifffahrtsgesellschaft " * 3
    broken = wrapped(words, 60, "body")
    assert len(broken) > 3
    assert "".join(line.replace(" ", "") for _, line in broken) == words.replace(" ", "")
