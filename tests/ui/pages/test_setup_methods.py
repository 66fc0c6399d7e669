"""Methods, presets and teachers on the real Setup page; what the engine would find is put in place by hand."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QVBoxLayout, QWidget

from kdstudio.core.paths import resource
from kdstudio.recipe.item import Item
from kdstudio.recipe.presets import PRESETS, preset
from kdstudio.training.inspect import inspect
from kdstudio.training.opening import catalogue
from kdstudio.ui.checked import Checked
from kdstudio.ui.draft_value import EMPTY, with_member
from kdstudio.ui.pages.setup import SetupPage
from kdstudio.ui.panels.methods.method_chooser import MethodChooser
from kdstudio.ui.panels.methods.method_help import HelpPage
from kdstudio.ui.panels.methods.method_row import MethodRow
from kdstudio.ui.panels.setup.recipe_preview import BORN
from kdstudio.ui.workspace import Workspace

TEACHER, DATA = resource("samples", "fashion-teacher.safetensors"), resource("samples", "fashion.npz")
LEFT = Qt.MouseButton.LeftButton
CHOSEN: dict[str, Any] = {
    **EMPTY,
    "teachers": [{"kind": "frozen", "path": str(TEACHER)}],
    "data": {"path": str(DATA)},
}


@pytest.fixture(scope="session")
def items() -> dict[str, Item]:
    return {"teacher": inspect(TEACHER), "data": inspect(DATA)}


@pytest.fixture
def page(qtbot, workspace: Workspace, items: dict[str, Item]) -> Iterator[SetupPage]:
    draft = workspace.draft
    workspace.catalogue = draft.catalogue = catalogue()
    draft._timer.setInterval(1_000_000)  # the engine is not asked
    draft.value = json.loads(json.dumps(CHOSEN))
    for role, item in items.items():
        draft._cards[role].item = item
    made = SetupPage(workspace)
    window = QWidget()
    QVBoxLayout(window).addWidget(made)
    window.layout().setContentsMargins(0, 0, 0, 0)
    qtbot.addWidget(window)
    window.resize(1360, 826)
    window.show()
    made.recipe.set_mode("advanced")
    yield made
    made.hide()


def names(workspace: Workspace) -> list[str]:
    return [choice["method"] for choice in workspace.draft.value["methods"]]


def rows(page: SetupPage) -> list[MethodRow]:
    return page.recipe.advanced.methods.rows


def chooser(page: SetupPage) -> MethodChooser:
    page.recipe.advanced.methods.open_chooser()
    found = page.recipe.advanced.methods.chooser
    assert found is not None
    return found


def choose(box: QComboBox, value: Any) -> None:
    box.setCurrentIndex(box.findData(value))
    box.activated.emit(box.currentIndex())


def built(page: SetupPage, items: dict[str, Item]) -> None:
    """Let a check have built a student like the teacher."""
    page._draft.check = Checked(student=items["teacher"].model_dump(mode="json"))
    page._draft.checked.emit()


def test_that_a_method_is_found_by_typing_and_added_with_its_usual_weight(qtbot, page: SetupPage, workspace: Workspace):
    found = chooser(page)
    qtbot.keyClicks(found.field, "zagoruyko")
    assert [row.entry.name for row in found.shown()] == ["attention_transfer"]
    qtbot.keyClick(found.field, Qt.Key.Key_Return)
    assert workspace.draft.value["methods"][-1] == {"method": "attention_transfer", "weight": 1000.0}
    assert rows(page)[-1].weight.value() == "1000"
    workspace.draft.undo.undo()
    assert workspace.draft.value == CHOSEN
    assert len(rows(page)) == 2


def test_that_the_chooser_has_every_method_under_its_family_once(page: SetupPage, workspace: Workspace):
    found = chooser(page)
    assert sorted(row.entry.name for row in found.shown()) == [entry.name for entry in workspace.catalogue.methods]
    assert set(found.headings) == {entry.family for entry in workspace.catalogue.methods}
    found.field.setText("no such thing")
    assert found.shown() == []
    assert not found.nothing.isHidden()


def test_that_arrows_pass_over_what_cannot_be_used(qtbot, page: SetupPage, workspace: Workspace):
    workspace.draft.value = {**CHOSEN, "teachers": []}
    found = chooser(page)
    greyed = {row.entry.name: row.reason for row in found.rows if not row.isEnabled()}
    assert greyed["soft_targets"] == "Needs a teacher: choose one first."
    assert "hard_labels" not in greyed
    able = [row.entry.name for row in found.shown() if row.isEnabled()]
    qtbot.keyClick(found.field, Qt.Key.Key_Down)
    qtbot.keyClick(found.field, Qt.Key.Key_Return)
    assert names(workspace)[-1] == able[1]


@pytest.mark.parametrize(
    ("change", "name", "reason"),
    [
        ({"teachers": [{"kind": "stored", "path": "a.npz"}]}, "hints", "Compares layers: stored answers have none."),
        ({"data": {"path": str(DATA), "labelled": 0}}, "hard_labels", "Needs labels, and there are none."),
    ],
)
def test_that_what_is_missing_is_said(page: SetupPage, workspace: Workspace, change, name: str, reason: str):
    workspace.draft.value = {**CHOSEN, **change}
    found = next(row for row in chooser(page).rows if row.entry.name == name)
    assert (found.reason, found.isEnabled()) == (reason, False)


def test_that_weights_and_knobs_of_a_row_change_the_draft(qtbot, page: SetupPage, workspace: Workspace):
    draft = workspace.draft
    methods = [*CHOSEN["methods"], {"method": "multi_level", "weight": 2.0}]
    draft.replace({**CHOSEN, "methods": methods})
    row = rows(page)[2]
    for field, words in ((row.weight, "4.5"), (row.form.editors["temperatures"], "1, 2.5, 8")):
        field.editor.setFocus()
        field.editor.selectAll()
        qtbot.keyClicks(field.editor, words)
    choose(row.form.editors["logits"].editor, '"standardized"')
    page.settle()
    assert draft.value["methods"][2] == {
        "method": "multi_level", "weight": 4.5, "temperatures": [1, 2.5, 8], "logits": "standardized"
    }  # fmt: skip
    qtbot.keyClicks(row.weight.editor, "x")
    row.settle()
    assert page.recipe.faults() == ["Weight of Multi-level (MLKD): use a number of at least 0"]


def test_that_layers_are_paired_once_they_are_known(page: SetupPage, workspace: Workspace, items: dict[str, Item]):
    draft = workspace.draft
    draft.replace({**CHOSEN, "methods": [{"method": "hints", "weight": 100.0}]})
    pairs = rows(page)[0].form.editors["pairs"]
    at = pairs.mode.editor.findData("chosen")
    assert not pairs.mode.editor.model().item(at).isEnabled()
    built(page, items)
    assert pairs.mode.editor.model().item(at).isEnabled()
    choose(pairs.mode.editor, "chosen")
    assert len(draft.value["methods"][0]["pairs"]) == 1
    choose(pairs.rows[0].own, "embedding")
    pairs.add.click()
    choose(pairs.rows[1].other, items["teacher"].layers[0])
    assert draft.value["methods"][0]["pairs"][0][0] == "embedding"
    assert draft.value["methods"][0]["pairs"][1][1] == items["teacher"].layers[0]
    assert draft.problems() == []
    assert page.recipe.faults() == []
    pairs.rows[0].cross.click()
    assert len(pairs.rows) == 1
    choose(pairs.mode.editor, "auto")
    assert draft.value["methods"][0]["pairs"] == "auto"
    assert pairs.rows == []


def test_that_help_opens_for_every_method_with_or_without_a_file(page: SetupPage, workspace: Workspace):
    for entry in workspace.catalogue.methods:
        page.drawer.open_help(entry)
        shown = page.drawer.findChild(HelpPage)
        assert page.drawer.isVisible()
        assert shown is not None
        assert len(shown.toPlainText()) > 40
        assert not shown.toPlainText().startswith(entry.title)  # that is the title of the drawer
    rows(page)[0].help.click()
    assert page.drawer.accessibleName() == "About Hard labels"


def test_that_every_preset_is_one_step_and_recognised(page: SetupPage, workspace: Workspace):
    combo = page.recipe.presets.combo
    for one in PRESETS:
        assert combo.currentText() == preset("kd").title
        choose(combo, one.name)
        assert workspace.draft.value == one.applied(CHOSEN), one.name
        assert workspace.draft.problems() == [], one.name
        assert combo.currentText() == one.title
        page.recipe.set_mode("basic")
        assert not page.recipe.chip.isVisible(), one.name
        if workspace.draft.undo.canUndo():
            workspace.draft.undo.undo()
        assert workspace.draft.value == CHOSEN, one.name


def test_that_what_is_no_preset_is_custom(page: SetupPage, workspace: Workspace):
    workspace.draft.change("methods[1].logits", "plain")  # its default, written out
    assert page.recipe.presets.combo.currentIndex() >= 0
    workspace.draft.change("methods[1].weight", 0.8)
    assert page.recipe.presets.combo.currentIndex() == -1
    assert page.recipe.presets.combo.placeholderText() == "Custom"


def test_that_presets_that_need_layers_are_greyed_for_stored_answers(page: SetupPage, workspace: Workspace):
    workspace.draft.replace({**CHOSEN, "teachers": [{"kind": "stored", "path": str(TEACHER)}]})
    combo = page.recipe.presets.combo
    assert not combo.model().item(combo.findData("fitnet")).isEnabled()
    assert combo.model().item(combo.findData("kd")).isEnabled()


@pytest.mark.parametrize(
    ("name", "words"),
    [("dml", "A peer that learns beside the student"), ("mean_teacher", "The average of the student itself")],
)
def test_that_teachers_without_a_file_say_what_they_are(
    page: SetupPage, workspace: Workspace, items: dict[str, Item], name: str, words: str
):
    page.recipe.set_mode("basic")
    workspace.draft.replace(preset(name).applied(CHOSEN))
    assert not page.teacher.is_empty
    assert page.teacher.name.text() == words
    assert page.footer.checks.text() != "Choose a teacher first"
    assert page.recipe.preview.empty.accessibleName().startswith(BORN)
    assert not workspace.draft.can_swap()
    built(page, items)
    assert page.teacher.parameters.isVisible()


def test_that_a_committee_is_listed_blended_and_shrinks_again(page: SetupPage, workspace: Workspace, tmp_path: Path):
    draft, second = workspace.draft, tmp_path / "second.safetensors"
    second.write_bytes(TEACHER.read_bytes())
    draft.replace(with_member(draft.value, second), "Add teacher")
    assert page.teacher.name.text() == "Committee of 2"
    assert not page.teacher.details.isVisible()
    choose(page.teacher.committee.rule.editor, "confidence")
    assert draft.value["blend"] == {"rule": "confidence"}
    assert draft.problems() == []
    page.teacher.committee.crosses[1].click()
    assert draft.value == CHOSEN
    assert page.teacher.name.text() == TEACHER.name
    assert not page.teacher.committee.isVisible()
    for _ in range(3):
        draft.undo.undo()
    assert draft.value == CHOSEN


def test_that_the_card_asks_for_another_teacher(qtbot, page: SetupPage):
    with qtbot.waitSignal(page.chooseRequested) as asked:
        qtbot.mouseClick(page.teacher.another, LEFT)
    assert asked.args == ["committee"]


@pytest.mark.parametrize("size", [(1360, 826), (968, 600)])
def test_that_rows_fit_and_all_has_a_name(qtbot, page: SetupPage, workspace: Workspace, items, size):
    page.window().resize(*size)
    pairs = [["embedding", "embedding"]]
    methods = [*preset("fitnet").applied(CHOSEN)["methods"][:2], {"method": "review", "weight": 1.0, "pairs": pairs}]
    workspace.draft.replace({**CHOSEN, "methods": methods})
    built(page, items)
    qtbot.waitUntil(lambda: (page.width(), page.height()) == size)
    qtbot.waitUntil(lambda: rows(page)[0].width() < size[0] / 2)
    for row in rows(page):
        assert row.width() <= page.recipe.area.viewport().width()
        for part in row.findChildren(QWidget):
            if part.isVisible() and isinstance(part, QAbstractButton | QLineEdit | QComboBox):
                assert QAccessible.queryAccessibleInterface(part).text(QAccessible.Text.Name), part
                assert part.mapTo(row, part.rect().topRight()).x() <= row.width()


def test_that_consistent_teaching_fills_the_augmentation_and_another_preset_empties_it(
    page: SetupPage, workspace: Workspace
) -> None:
    combo = page.recipe.presets.combo
    choose(combo, "consistent")
    assert workspace.draft.value["augmentation"] == {"crop": 4, "mixup": 1.0}
    assert workspace.draft.value["epochs"] == 300
    assert combo.currentData() == "consistent"
    workspace.draft.change("augmentation.mixup", 0.5, "Change mixed images")
    assert combo.currentData() is None
    choose(combo, "consistent")
    choose(combo, "dkd")
    assert workspace.draft.value["augmentation"] == {}
    assert workspace.draft.value["epochs"] == 30
