import re

import pytest
from PySide6.QtGui import QFont, QFontInfo
from PySide6.QtWidgets import QApplication

from kdstudio.core.paths import resource
from kdstudio.ui import fonts, icons
from kdstudio.ui.theme import Theme, style_sheet, theme
from kdstudio.ui.tokens import DARK, LIGHT
from kdstudio.ui.widgets.labels import Label


def test_that_the_bundled_fonts_are_used_and_nothing_else():
    assert {"Inter", "Inter Display"} <= set(fonts.load_fonts())
    assert QFontInfo(theme().font("body")).family() == "Inter"
    assert QFontInfo(theme().font("display")).family() == "Inter Display"


@pytest.mark.parametrize("role", sorted(fonts.ROLES))
def test_that_every_role_has_its_size_in_pixels_and_no_hinting(role: str):
    font = theme().font(role)
    assert font.pixelSize() == fonts.ROLES[role].pixels
    assert font.hintingPreference() == QFont.HintingPreference.PreferNoHinting


def test_that_figures_are_tabular():
    font = theme().font("body")
    assert font.isFeatureSet(QFont.Tag("tnum"))


def test_that_the_font_files_stay_below_three_megabytes_and_bring_their_licence():
    files = list(resource("fonts").glob("*.otf"))
    assert sum(file.stat().st_size for file in files) < 3_000_000
    assert "SIL OPEN FONT LICENSE" in resource("fonts", "Inter-OFL.txt").read_text()


@pytest.mark.parametrize("tokens", [DARK, LIGHT], ids=lambda tokens: tokens.name)
def test_that_the_style_sheet_has_no_token_left(tokens):
    sheet = style_sheet(tokens)
    assert "@" not in sheet
    assert tokens.surface_1 in sheet


def test_that_the_scale_multiplies_sizes_but_no_hairlines():
    sheet = style_sheet(DARK, 2.0)
    assert "border-radius: 20px" in sheet  # a card's 10
    assert re.search(r"border: 1px solid", sheet)


def test_that_a_new_scale_reaches_labels_that_exist(qtbot):
    label = Label("A card's title", "h2")
    qtbot.addWidget(label)
    theme().set_scale(2.0)
    assert label.font().pixelSize() == 30


def test_that_changing_the_theme_tells_and_keeps_one_theme(qtbot, qapp: QApplication):
    with qtbot.waitSignal(theme().changed):
        theme().set_name("light")
    assert theme().tokens is LIGHT
    assert qapp.property("kdstudioTheme") is theme()


def test_that_a_second_theme_takes_the_place_of_the_first(qapp: QApplication):
    first = theme()
    second = Theme("light")
    second.apply(qapp)
    assert theme() is second
    first.apply(qapp)


def test_that_an_unknown_theme_is_refused():
    with pytest.raises(ValueError, match="system, dark, light"):
        theme().set_name("solarized")


def test_that_pictures_are_printed_in_light_tokens_without_changing_the_theme():
    with theme().printed():
        assert theme().tokens is LIGHT
    assert theme().tokens is DARK


NEEDED = [
    "home",
    "setup",
    "train",
    "understand",
    "compare",
    "export",
    "settings",
    "search",
    "play",
    "pause",
    "stop",
    "chevron-down",
    "chevron-left",
    "chevron-right",
    "check",
    "alert",
    "info",
    "clock",
    "cpu",
    "disk",
    "folder",
    "copy",
    "file",
    "pin",
    "reset",
    "more",
    "plus",
    "close",
    "download",
    "image",
    "text",
    "table",
    "sound",
    "bulb",
    "swap",
    "link",
    "database",
    "layers",
    "arrow-right",
    "app",
]


@pytest.mark.parametrize("name", NEEDED)
def test_that_every_icon_draws_something(name: str):
    image = icons.pixmap(name, "text_1", 24, 2.0).toImage()
    assert image.width() == 48
    assert any(image.pixelColor(x, y).alpha() for x in range(0, 48, 2) for y in range(0, 48, 2))


def test_that_an_icon_takes_the_colour_of_its_token():
    image = icons.pixmap("stop", "error", 24, 2.0).toImage()
    solid = [image.pixelColor(x, y) for x in range(48) for y in range(48) if image.pixelColor(x, y).alpha() == 255]
    assert solid
    assert {colour.name().upper() for colour in solid} == {DARK.error}
