import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QLineEdit

from kdstudio.models.catalogue import students
from kdstudio.recipe.optimizing import OptimizerChoice
from kdstudio.ui.panels.methods.knob_editors import ChoiceKnob, SwitchKnob, TextKnob
from kdstudio.ui.panels.methods.knob_form import KnobForm

SMALL = next(entry.knobs for entry in students() if entry.name == "small_cnn")


def form(qtbot, schema=SMALL, **options) -> KnobForm:
    made = KnobForm(schema, **options)
    qtbot.addWidget(made)
    made.show_values({})
    made.resize(620, 200)
    made.show()
    return made


def type_width(qtbot, made: KnobForm, words: str) -> QLineEdit:
    """Type into the field for the width, without leaving it."""
    field = made.editors["width"].editor
    field.setFocus()
    field.clear()
    qtbot.keyClicks(field, words)
    return field


@pytest.mark.parametrize("entry", students(), ids=lambda entry: entry.name)
def test_that_every_architecture_gets_a_form_with_names_and_help(qtbot, entry):
    made = form(qtbot, entry.knobs)
    assert list(made.editors) == list(entry.knobs["properties"])
    for name, editor in made.editors.items():
        told = QAccessible.queryAccessibleInterface(editor).text(QAccessible.Text.Name)
        assert told == entry.knobs["properties"][name]["title"]
        focus = editor.focusProxy()
        assert focus.toolTip() == entry.knobs["properties"][name]["description"]
    assert made.faults() == []


def test_that_kinds_of_knobs_get_the_editors_that_fit(qtbot):
    kinds = [type(editor) for editor in form(qtbot, OptimizerChoice.model_json_schema()).editors.values()]
    assert kinds == [ChoiceKnob, TextKnob, TextKnob, TextKnob, TextKnob]
    assert isinstance(form(qtbot).editors["batch_norm"], SwitchKnob)


def test_that_enter_hands_a_typed_value_on_once(qtbot):
    made = form(qtbot)
    field = type_width(qtbot, made, "32")
    with qtbot.waitSignal(made.edited) as edited:
        qtbot.keyClick(field, Qt.Key.Key_Return)
    assert edited.args == ["width", 32]
    with qtbot.assertNotEmitted(made.edited):
        made.settle()


def test_that_a_pause_in_typing_hands_the_value_on(qtbot):
    made = form(qtbot)
    with qtbot.waitSignal(made.edited, timeout=3000) as edited:
        type_width(qtbot, made, "24")
    assert edited.args == ["width", 24]


def test_that_a_wrong_value_stays_with_a_line_below_it(qtbot):
    made = form(qtbot)
    knob = made.editors["width"]
    type_width(qtbot, made, "many")
    made.settle()
    assert knob.value() == "many"
    assert made.faults() == ["Width: use a whole number from 2 to 512"]
    assert knob.editor.property("state") == "error"
    assert knob.editor.accessibleDescription() == "Use a whole number from 2 to 512"
    made.show_values({"width": 16})
    assert (knob.value(), made.faults()) == ("16", [])


def test_that_text_being_typed_is_not_overwritten_by_a_change_elsewhere(qtbot):
    made = form(qtbot)
    field = type_width(qtbot, made, "4")
    made.show_values({"depth": 2})
    assert field.text() == "4"
    made.show_values({"width": 64})
    assert field.text() == "64"


def test_that_f5_first_hands_on_what_is_being_typed(qtbot):
    made = form(qtbot)
    field = type_width(qtbot, made, "48")
    with qtbot.waitSignal(made.edited) as edited:
        qtbot.keyClick(field, Qt.Key.Key_F5)
    assert edited.args == ["width", 48]


def test_that_a_value_that_is_no_choice_is_shown_all_the_same(qtbot):
    made = form(qtbot, OptimizerChoice.model_json_schema(), names=["name"])
    made.show_values({"name": "lion"})
    assert made.editors["name"].editor.currentText() == "Lion"


def test_that_columns_follow_the_width(qtbot):
    made = form(qtbot)
    for width, lines in ((620, 1), (300, 2), (140, 4)):
        made.resize(width, 400)
        qtbot.waitUntil(lambda n=lines: len({editor.y() for editor in made.editors.values()}) == n)
