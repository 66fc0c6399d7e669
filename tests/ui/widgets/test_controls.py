import math

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QFocusEvent

from kdstudio.ui.widgets.buttons import Button, IconButton, PillButton
from kdstudio.ui.widgets.chips import ModelChip
from kdstudio.ui.widgets.drop_zone import DropZone
from kdstudio.ui.widgets.fields import Combo, Field
from kdstudio.ui.widgets.segmented import Segmented, TabRow
from kdstudio.ui.widgets.sliders import HIGHEST, LOWEST, LensSlider, ShareSlider, Slider
from kdstudio.ui.widgets.toggles import CheckBox, Switch


@pytest.mark.parametrize("make", [Segmented, TabRow])
def test_that_arrow_keys_home_and_end_move_the_choice(qtbot, make):
    choice = make([("lin", "linear"), ("log", "logarithmic"), ("rank", "rank")], "Scale")
    qtbot.addWidget(choice)
    with qtbot.waitSignal(choice.chosen) as chosen:
        qtbot.keyClick(choice, Qt.Key.Key_Right)
    assert chosen.args == ["log"]
    qtbot.keyClick(choice, Qt.Key.Key_End)
    assert choice.value() == "rank"
    qtbot.keyClick(choice, Qt.Key.Key_Right)
    assert choice.value() == "rank"
    qtbot.keyClick(choice, Qt.Key.Key_Home)
    assert choice.accessibleName() == "Scale: linear"


def test_that_setting_a_choice_is_silent(qtbot):
    choice = Segmented(["lin", "log"], "Scale")
    qtbot.addWidget(choice)
    with qtbot.assertNotEmitted(choice.chosen):
        choice.set_value("log")
    with pytest.raises(ValueError, match="rank"):
        choice.set_value("rank")


def test_that_a_tab_without_a_page_cannot_be_opened(qtbot):
    tabs = TabRow(["Input", "Classes"])
    qtbot.addWidget(tabs)
    tabs.set_available("Classes", False)
    qtbot.keyClick(tabs, Qt.Key.Key_Right)
    assert tabs.value() == "Input"


def test_that_the_lens_is_log_spaced_from_a_half_to_twenty(qtbot):
    lens = LensSlider(4.0)
    qtbot.addWidget(lens)
    track = lens.track
    assert (track.from_share(0.0), track.from_share(1.0)) == (LOWEST, HIGHEST) == (0.5, 20.0)
    assert track.from_share(0.5) == pytest.approx(math.sqrt(0.5 * 20), abs=0.05)
    assert track.to_share(1.0) - track.to_share(0.5) == pytest.approx(track.to_share(20) - track.to_share(10))
    for value in (0.5, 0.7, 1.0, 4.0, 12.3, 20.0):
        assert track.from_share(track.to_share(value)) == pytest.approx(value)


def test_that_lens_keys_move_by_a_tenth(qtbot):
    lens = LensSlider(4.0)
    qtbot.addWidget(lens)
    with qtbot.waitSignal(lens.moved) as moved:
        qtbot.keyClick(lens.track, Qt.Key.Key_Right)
    assert moved.args == [pytest.approx(4.1)]
    assert lens.field.text() == "T 4.1"


@pytest.mark.parametrize(
    ("typed", "value"),
    [("T 2.5", 2.5), ("8", 8.0), ("1,5", 1.5), ("400", 20.0), ("-3", 0.5), ("warm", 4.0), ("nan", 4.0), ("", 4.0)],
)
def test_that_a_typed_temperature_is_read_limited_or_refused(qtbot, typed: str, value: float):
    lens = LensSlider(4.0)
    qtbot.addWidget(lens)
    lens.field.setText(typed)
    lens.field.editingFinished.emit()
    assert lens.value() == pytest.approx(value)
    assert lens.field.text() == f"T {value:.1f}"


def test_that_dragging_settles_once(qtbot):
    slider = Slider(0, 1, 0.0, "Smoothing")
    qtbot.addWidget(slider)
    slider.resize(200, 22)
    slider.show()
    settled = []
    slider.settled.connect(settled.append)
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=slider.rect().center())
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=slider.rect().center())
    assert settled == [pytest.approx(0.5, abs=0.011)]


def test_that_a_share_names_both_sides(qtbot):
    share = ShareSlider(0.9)
    qtbot.addWidget(share)
    assert share.accessibleName() == "Learn from the teacher: teacher 90%, labels 10%"


@pytest.mark.parametrize("make", [CheckBox, Switch])
def test_that_space_and_a_click_on_the_words_toggle(qtbot, make):
    box = make("Also train a baseline")
    qtbot.addWidget(box)
    box.show()
    qtbot.keyClick(box, Qt.Key.Key_Space)
    assert box.isChecked()
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=box.rect().center())
    assert not box.isChecked()


def test_that_a_busy_button_says_so_and_takes_no_click(qtbot):
    button = Button("Stop and keep best")
    qtbot.addWidget(button)
    button.set_busy("Stopping…")
    with qtbot.assertNotEmitted(button.clicked):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    button.set_busy("")
    with qtbot.waitSignal(button.clicked):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_that_an_icon_button_is_named_by_its_tooltip(qtbot):
    button = IconButton("pin", "Pin as probe")
    qtbot.addWidget(button)
    assert button.accessibleName() == button.toolTip() == "Pin as probe"


def test_that_a_closing_pill_says_what_it_clears(qtbot):
    pill = PillButton("Lost · 141 inputs", closes=True)
    qtbot.addWidget(pill)
    assert pill.accessibleName() == "Clear selection: Lost · 141 inputs"


def test_that_a_field_shows_and_clears_its_problem(qtbot):
    field = Field("Learning rate", "0")
    qtbot.addWidget(field)
    field.set_problem("Use a number above 0")
    assert field.problem.isVisibleTo(field)
    assert field.editor.property("state") == "error"
    field.set_problem("")
    assert not field.problem.isVisibleTo(field)


def test_that_a_combo_keeps_its_value_apart_from_its_words(qtbot):
    combo = Combo("Method", [("soft_targets", "Soft targets (Hinton)"), ("hints", "Hints (FitNets)")], "hints")
    qtbot.addWidget(combo)
    assert combo.value() == "hints"
    with qtbot.assertNotEmitted(combo.chosen):
        combo.set_value("soft_targets")
    assert combo.editor.currentText() == "Soft targets (Hinton)"


def test_that_a_chip_tells_its_state(qtbot):
    chip = ModelChip("student")
    qtbot.addWidget(chip)
    chip.set_model("student-16", "86.2%")
    assert chip.accessibleName() == "Student: student-16, 86.2%"
    chip.set_error("file is missing")
    assert chip.accessibleName() == "Student: file is missing"
    chip.set_absent("no student yet")
    assert chip.toolTip() == "Student: no student yet"


def test_that_a_drop_zone_can_be_pressed_by_keyboard_unless_nothing_fits(qtbot):
    zone = DropZone("teacher", "Teacher", "Let it teach")
    qtbot.addWidget(zone)
    with qtbot.waitSignal(zone.pressed):
        qtbot.keyClick(zone, Qt.Key.Key_Return)
    zone.set_state("disabled", "Not possible", "this file is a dataset")
    with qtbot.assertNotEmitted(zone.pressed):
        qtbot.keyClick(zone, Qt.Key.Key_Return)
    assert zone.accessibleDescription() == "this file is a dataset"


def test_that_the_ring_shows_only_for_the_keyboard(qtbot):
    button = Button("Train", "primary")
    qtbot.addWidget(button)
    for reason, ringed in (
        (Qt.FocusReason.MouseFocusReason, False),
        (Qt.FocusReason.TabFocusReason, True),
        (Qt.FocusReason.ActiveWindowFocusReason, False),
    ):
        QCoreApplication.sendEvent(button, QFocusEvent(QEvent.Type.FocusIn, reason))
        assert button.has_ring is ringed
        QCoreApplication.sendEvent(button, QFocusEvent(QEvent.Type.FocusOut, reason))


def test_that_the_ring_comes_back_with_the_window(qtbot):
    button = Button("Train", "primary")
    qtbot.addWidget(button)
    away = Qt.FocusReason.ActiveWindowFocusReason
    QCoreApplication.sendEvent(button, QFocusEvent(QEvent.Type.FocusIn, Qt.FocusReason.TabFocusReason))
    QCoreApplication.sendEvent(button, QFocusEvent(QEvent.Type.FocusOut, away))
    assert not button.has_ring
    QCoreApplication.sendEvent(button, QFocusEvent(QEvent.Type.FocusIn, away))
    assert button.has_ring


def test_that_other_choices_keep_what_was_chosen_if_it_is_among_them(qtbot):
    choice = Segmented(["lin", "log", "root"], "Scale")
    qtbot.addWidget(choice)
    choice.set_value("root")
    choice.set_choices(["log", "root"])
    assert choice.value() == "root"
    choice.set_choices(["lin", "log"])
    assert choice.value() == "lin"
