"""Setup with the bundled example: the cards are told what the engine's desk really answers about it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QVBoxLayout, QWidget

from kdstudio.core.paths import resource
from kdstudio.core.types import softmax
from kdstudio.engine.desk import Desk
from kdstudio.recipe.item import Item
from kdstudio.training.inspect import inspect
from kdstudio.training.opening import catalogue
from kdstudio.ui.draft_value import EMPTY
from kdstudio.ui.pages.setup import SetupPage
from kdstudio.ui.panels.popover import Popover
from kdstudio.ui.panels.setup.recipe_preview import sentence
from kdstudio.ui.widgets.labels import Label
from kdstudio.ui.widgets.toggles import CheckBox
from kdstudio.ui.workspace import Workspace

TEACHER, DATA = resource("samples", "fashion-teacher.safetensors"), resource("samples", "fashion.npz")
WIDE, NARROW = (1360, 826), (968, 600)
CHOSEN: dict[str, Any] = {
    **EMPTY,
    "teachers": [{"kind": "frozen", "path": str(TEACHER)}],
    "data": {"path": str(DATA)},
}

Tell = Callable[..., None]


@pytest.fixture(scope="session")
def desk() -> Desk:
    return Desk()


@pytest.fixture(scope="session")
def items() -> dict[str, Item]:
    return {"teacher": inspect(TEACHER), "data": inspect(DATA)}


@pytest.fixture
def page(qtbot, workspace: Workspace) -> Iterator[SetupPage]:
    workspace.catalogue = catalogue()
    workspace.draft._timer.setInterval(1_000_000)  # what the engine would be asked is answered by `tell`
    made = SetupPage(workspace)
    window = QWidget()  # as in the main window: the page is no window of its own
    QVBoxLayout(window).addWidget(made)
    window.layout().setContentsMargins(0, 0, 0, 0)
    qtbot.addWidget(window)
    window.resize(*WIDE)
    window.show()
    yield made
    made.hide()


@pytest.fixture
def tell(workspace: Workspace, desk: Desk, items: dict[str, Item]) -> Tell:
    """Put a draft in place with everything that the engine would answer about it."""

    def answer(value: dict[str, Any] = CHOSEN, found: dict[str, Item] = items) -> None:
        draft = workspace.draft
        draft.value = json.loads(json.dumps(value))
        for role, item in found.items():
            draft._cards[role].item = item
        draft.changed.emit()
        checked(workspace, desk)

    return answer


def checked(workspace: Workspace, desk: Desk) -> None:
    """What comes of a check of the draft as it is."""
    draft = workspace.draft
    draft.is_checking = True
    draft.checked.emit()
    answer = desk.answer({"ask": "check", "recipe": draft.value}, is_busy=False)
    draft._take_check(draft._check_number, json.loads(json.dumps(answer)))


def preview(workspace: Workspace, desk: Desk, row: int = 0) -> dict[str, Any]:
    answer: dict[str, Any] = desk.answer({"ask": "preview", "recipe": workspace.draft.value, "row": row}, is_busy=False)
    return answer


def facts(card: QWidget) -> dict[str, str]:
    """The rows of name and value that a card shows."""
    rows = (row.accessibleName().split(": ", 1) for row in card.findChildren(QWidget) if row.isVisible())
    return {row[0]: row[1] for row in rows if len(row) == 2}


def cut(page: SetupPage) -> list[str]:
    """The words that do not fit and cannot be read in a tooltip either."""
    seen = [label for label in page.findChildren(Label) if label.isVisible()]
    return [label.text() for label in seen if label.is_elided() and not label.toolTip()]


def type_into(qtbot, field: QLineEdit, words: str) -> None:
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, words)


def test_that_an_empty_draft_asks_for_teacher_and_data(qtbot, page: SetupPage):
    assert page.teacher.is_empty
    assert page.data.is_empty
    assert not page.footer.train.isEnabled()
    assert page.footer.train.toolTip() == "Choose a teacher and data first"
    assert page.footer.checks.text() == "Choose a teacher and data first"
    assert page.recipe.preview.empty.isVisible()
    for role, card in (("teacher", page.teacher), ("data", page.data)):
        with qtbot.waitSignal(page.chooseRequested) as asked:
            qtbot.mouseClick(card.empty.action, Qt.MouseButton.LeftButton)
        assert asked.args == [role]


def test_that_cards_show_what_the_engine_found(
    page: SetupPage, tell: Tell, items: dict[str, Item], workspace: Workspace
):
    tell()
    check = workspace.draft.check
    assert page.teacher.name.text() == "fashion-teacher.safetensors"
    told = facts(page.teacher)
    assert told["Parameters"].replace("\N{THIN SPACE}", "") == str(items["teacher"].parameters)
    assert told["Input → output"] == "1×28×28 → 10"
    assert told["Accuracy on your validation data"] == f"{check.teacher['accuracy'] * 100:.1f}%"
    assert told["Pre-processing"].startswith("mean .2")
    assert page.teacher.band.rows[0].words == "Class order matches your labels"
    smaller = items["teacher"].parameters / check.student["parameters"]
    assert facts(page.student)["Size compared with teacher"] == f"{smaller:.0f}× smaller"
    assert facts(page.data)["Train · validation · test"].replace("\N{THIN SPACE}", "") == "2500 · 2000 · 2000"
    assert page.data.band.rows[0].words == "10 of 10 labels match the teacher’s outputs"
    assert not page.data.labelled.isVisible()


def test_that_labels_that_are_kept_from_the_student_are_counted(page: SetupPage, tell: Tell):
    tell({**CHOSEN, "data": {"path": str(DATA), "labelled": 500}})
    assert facts(page.data)["Labels that the student sees"] == "500"


def test_that_the_gallery_shows_real_training_inputs(qtbot, page: SetupPage, tell: Tell):
    tell()
    qtbot.waitUntil(lambda: len(page.inputs.examples) == 14)
    with np.load(DATA) as stored:
        assert np.array_equal(page.inputs.examples[0].picture[0], stored["x_train"][0])
    assert all(thumbnail.face is not None for thumbnail in page.data.thumbnails)


def test_that_all_is_well_when_every_check_passed(qtbot, page: SetupPage, tell: Tell, workspace: Workspace):
    tell()
    assert page.footer.train.isEnabled()
    assert page.footer.checks.text() == "All 6 checks passed"
    assert page.footer.seconds.text().startswith(("about", "a second"))
    assert "GB of" in page.footer.memory.text()
    assert page.footer.disk.text().endswith("MB")
    qtbot.mouseClick(page.footer.why, Qt.MouseButton.LeftButton)
    told = page.footer.findChild(Popover).findChildren(QLabel)
    assert workspace.draft.check.estimate["why"] in [label.accessibleName() for label in told]


def test_that_a_problem_tints_its_card_and_holds_training_back(page: SetupPage, tell: Tell, tmp_path: Path, items):
    broken = tmp_path / "photos.npz"
    broken.write_bytes(b"no archive")
    tell({**CHOSEN, "data": {"path": str(broken)}}, {**items, "data": inspect(broken)})
    assert page.data.property("state") == "error"
    assert page.teacher.property("state") == ""
    assert page.data.band.rows[0].severity == "error"
    assert page.data.band.rows[0].hint
    assert not page.footer.train.isEnabled()
    assert page.footer.train.toolTip()
    assert page.footer.checks.text() == "1 problem"
    popover = page.footer.open_checks()
    assert page.data.band.rows[0].hint in [label.accessibleName() for label in popover.findChildren(QLabel)]


def test_that_a_file_in_the_wrong_place_is_said_at_once(page: SetupPage, workspace: Workspace, items: dict[str, Item]):
    workspace.draft.value = {**EMPTY, "teachers": [{"kind": "frozen", "path": str(DATA)}]}
    workspace.draft._cards["teacher"].item = items["data"]
    workspace.draft.changed.emit()
    assert page.teacher.band.rows[0].words == "This is a data set, not a model"


def test_that_every_edit_can_be_undone_and_fields_follow(qtbot, page: SetupPage, tell: Tell, workspace: Workspace):
    tell()
    draft, basic = workspace.draft, page.recipe.basic
    type_into(qtbot, basic.fields["epochs"].editor, "12")
    qtbot.keyClick(basic.fields["epochs"].editor, Qt.Key.Key_Return)
    qtbot.keyClick(basic.temperature.track, Qt.Key.Key_PageUp)
    qtbot.keyClick(basic.share.track, Qt.Key.Key_Home)
    basic.baseline.click()
    value = draft.value
    assert (value["epochs"], value["methods"][1]["temperature"], value["baseline"]) == (12, 5.0, False)
    assert [choice["weight"] for choice in value["methods"]] == [1.0, 0.0]
    assert draft.undo.undoText() == "Change baseline"
    for _ in range(4):
        draft.undo.undo()
    assert draft.value == CHOSEN
    assert basic.fields["epochs"].value() == "30"
    assert (basic.temperature.track.value(), basic.share.track.value()) == (4.0, pytest.approx(0.9))
    assert basic.baseline.isChecked()


def test_that_typing_into_one_field_is_one_step_of_undo_until_it_is_left(qtbot, page: SetupPage, tell: Tell, workspace):
    tell()
    draft, fields = workspace.draft, page.recipe.basic.fields
    page.window().activateWindow()
    qtbot.waitUntil(page.window().isActiveWindow)
    for words in ("12", "120"):
        type_into(qtbot, fields["epochs"].editor, words)
        fields["epochs"].settle()  # as after a pause
    type_into(qtbot, fields["batch_size"].editor, "64")
    type_into(qtbot, fields["epochs"].editor, "7")
    page.settle()
    steps = []
    while draft.undo.canUndo():
        steps.append((draft.value["epochs"], draft.value["batch_size"]))
        draft.undo.undo()
    assert steps == [(7, 64), (120, 64), (120, 128)]
    assert draft.value == CHOSEN


def test_that_the_batch_can_be_left_to_the_run(qtbot, page: SetupPage, tell: Tell, workspace: Workspace):
    tell()
    field = page.recipe.basic.fields["batch_size"]
    type_into(qtbot, field.editor, "automatic")
    page.settle()
    assert (workspace.draft.value["batch_size"], workspace.draft.recipe().batch, field.fault) == ("auto", 128, "")
    assert "the learning rate stays as it is" in field.editor.toolTip()


def test_that_training_adds_to_the_queue_while_a_run_is_going_on(page: SetupPage, tell: Tell, workspace: Workspace):
    tell()
    train = page.footer.train
    assert train.text() == "Train"
    workspace.run.begin(workspace.ensure_project().new_run("live"), workspace.draft.recipe())
    assert train.text() == "Show the run"
    workspace.draft.change("epochs", 77)
    assert (train.text(), train.isEnabled()) == ("Add to queue", True)
    assert "begins by itself" in train.toolTip()
    train.click()
    assert len(workspace.queue.waiting) == 1
    assert train.text() == "Show the queue"
    workspace.draft.change("epochs", 0)
    assert (train.text(), train.isEnabled()) == ("Add to queue", False)


def test_that_an_impossible_value_stays_and_holds_training_back(
    qtbot, page: SetupPage, tell: Tell, workspace: Workspace
):
    tell()
    field = page.recipe.basic.fields["optimizer.learning_rate"]
    type_into(qtbot, field.editor, "12,0")
    qtbot.mouseClick(page.footer.train, Qt.MouseButton.LeftButton)
    assert workspace.run.state == "none"
    assert field.value() == "12,0"
    assert page.footer.train.toolTip() == "Learning rate: use a number above 0, up to 10"
    page.recipe.set_mode("advanced")
    assert field.value() == "12,0"
    assert facts(page.teacher)["Accuracy on your validation data"] != "–"
    workspace.draft.undo.undo()
    assert (field.value(), field.fault, page.footer.train.isEnabled()) == ("0.05", "", True)


def test_that_hidden_changes_are_counted_and_shown(qtbot, page: SetupPage, tell: Tell, workspace: Workspace):
    tell()
    assert not page.recipe.chip.isVisible()
    workspace.draft.change("optimizer.momentum", 0.8)
    workspace.draft.change("augmentation.flip", True)
    workspace.draft.change("student.knobs.depth", 2)
    assert page.recipe.chip.text() == "3 advanced changes"
    qtbot.mouseClick(page.recipe.chip, Qt.MouseButton.LeftButton)
    assert page.recipe.mode.value() == "advanced"
    assert not page.recipe.chip.isVisible()
    advanced = page.recipe.advanced
    shown = {name: editor for form in advanced.forms for name, editor in form.editors.items()}
    assert shown["momentum"].value() == "0.8"
    assert shown["flip"].box.isChecked()
    assert shown["depth"].value() == "2"


def test_that_advanced_fields_change_the_draft(qtbot, page: SetupPage, tell: Tell, workspace: Workspace):
    tell()
    page.recipe.set_mode("advanced")
    forms = {form.objectName(): form for form in page.recipe.advanced.forms}
    type_into(qtbot, forms["form-data"].editors["labelled"].editor, "0.2")
    page.settle()
    schedule = forms["form-schedule"].editors["name"].editor
    schedule.setCurrentIndex(schedule.findData('"step"'))
    schedule.activated.emit(schedule.currentIndex())
    assert workspace.draft.value["data"]["labelled"] == 0.2
    assert workspace.draft.value["schedule"]["name"] == "step"
    names = {name for form in page.recipe.advanced.forms for name in form.editors}
    assert {"milestones", "factor"} <= names  # of use only in steps


def test_that_another_architecture_brings_its_own_knobs(qtbot, page: SetupPage, tell: Tell, workspace: Workspace):
    tell()
    assert page.student.knob.label.text() == "Width"
    combo = page.student.architecture.editor
    combo.setCurrentIndex(combo.findData("mlp"))
    combo.activated.emit(combo.currentIndex())
    assert workspace.draft.value["student"] == {"architecture": "mlp", "knobs": {"hidden": [800, 800]}}
    assert page.student.knob.label.text() == "Hidden units"
    type_into(qtbot, page.student.knob.editor, "32, 64")
    page.settle()
    assert workspace.draft.value["student"]["knobs"] == {"hidden": [32, 64]}


def test_that_the_preview_is_the_teachers_real_answer(
    qtbot, page: SetupPage, tell: Tell, workspace: Workspace, desk: Desk
):
    tell()
    qtbot.waitUntil(lambda: bool(page.inputs.examples))
    answer = preview(workspace, desk, 3)
    workspace.draft.previewed.emit(answer)
    shown = page.recipe.preview
    off = 1 - softmax(np.array(answer["logits"]), 4.0).max()
    assert shown.shown.off_the_top() == pytest.approx(off)
    assert page.recipe.note.sentence.words() == sentence(4.0, off, 10)
    with np.load(DATA) as stored:
        picture = stored["x_val"][answer["row"]]
    qtbot.waitUntil(lambda: shown.shown.picture.face is not None)
    assert np.array_equal(shown.shown.picture.face.picture, picture[None])
    page.recipe.basic.temperature.track.moved.emit(9.0)
    assert "At T 9" in page.recipe.note.sentence.words()
    assert workspace.draft.value["methods"][1]["temperature"] == 4.0  # only letting go is a change


@pytest.mark.parametrize(("off", "meant"), [(0.01, "higher temperature"), (0.4, "without drowning"), (0.8, "drowns")])
def test_that_the_sentence_follows_the_numbers(off: float, meant: str):
    assert meant in sentence(4.0, off, 10)
    assert f"{off:.0%}" in sentence(4.0, off, 10)


def test_that_unlabelled_data_can_be_accepted(
    qtbot, page: SetupPage, workspace: Workspace, tell: Tell, items, tmp_path: Path
):
    images = tmp_path / "unlabelled.npz"
    with np.load(DATA) as stored:
        kept = {name: stored[name][:300] for name in ("x_train", "x_test", "y_test")}
    np.savez(images, y_train=np.full(300, -1), **kept)
    item = inspect(images)
    tell({**CHOSEN, "data": {"path": str(images)}}, {**items, "data": item})
    assert page.data.accept.isVisible()
    qtbot.mouseClick(page.data.accept, Qt.MouseButton.LeftButton)
    assert [choice["method"] for choice in workspace.draft.value["methods"]] == ["soft_targets"]
    assert not page.data.accept.isVisible()


def test_that_roles_are_swapped_only_between_files(qtbot, page: SetupPage, tell: Tell, workspace: Workspace, items):
    tell()
    assert not page.swap.isEnabled()
    other = str(TEACHER.with_name("other.safetensors"))
    workspace.draft.value = {**CHOSEN, "student": {"path": other}}
    workspace.draft.changed.emit()
    assert page.swap.isEnabled()
    assert page.student.architecture.editor.currentText() == "other.safetensors"
    with qtbot.waitSignal(page.loadRecipeRequested):
        qtbot.mouseClick(page.load, Qt.MouseButton.LeftButton)


def test_that_a_hidden_page_rests(page: SetupPage, tell: Tell, workspace: Workspace):
    page.hide()
    tell()
    assert page.teacher.is_empty
    workspace.draft._check_number += 1  # its question on showing goes to nobody
    page.show()
    assert page.teacher.name.text() == "fashion-teacher.safetensors"


@pytest.mark.parametrize("size", [WIDE, NARROW])
@pytest.mark.parametrize("mode", ["basic", "advanced"])
@pytest.mark.parametrize("name", ["dark", "light"])
def test_that_words_fit_and_controls_have_names(
    qtbot, page: SetupPage, tell: Tell, dressed, size, mode: str, name: str
):
    dressed.set_name(name)
    tell()
    page.recipe.set_mode(mode)
    page.window().resize(*size)
    qtbot.waitUntil(lambda: (page.width(), page.height()) == size)
    qtbot.waitUntil(lambda: cut(page) == [])
    for part in page.findChildren(QWidget):
        if part.isVisible() and isinstance(part, QAbstractButton | QLineEdit):
            assert QAccessible.queryAccessibleInterface(part).text(QAccessible.Text.Name), part
    foot = page.footer.mapTo(page, QPoint(0, page.footer.height()))
    assert foot.y() <= page.height()


def test_that_the_real_engine_fills_the_page(qtbot, workspace: Workspace):
    page = SetupPage(workspace)
    qtbot.addWidget(page)
    page.resize(*WIDE)
    page.show()
    qtbot.mouseClick(page.teacher.empty.bundled, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(page.data.empty.bundled, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.footer.train.isEnabled() and workspace.draft.check is not None, timeout=60_000)
    qtbot.waitUntil(lambda: page.recipe.preview.row >= 0, timeout=60_000)
    assert page.footer.checks.text() == "All 6 checks passed"
    first = page.recipe.preview.row
    qtbot.mouseClick(page.recipe.preview.shown.another, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.recipe.preview.row != first, timeout=60_000)


def test_that_a_smaller_teacher_is_named_as_the_student(page: SetupPage, workspace: Workspace):
    workspace.draft.replace({**CHOSEN, "student": {"shrink": {"width": 0.5, "depth": 1.0}}})
    assert page.student.architecture.editor.currentText() == "Shrink the teacher"
    assert {name: track.value() for name, track in page.student.shrink.tracks.items()} == {"width": 0.5, "depth": 1.0}
    assert "family" in page.student.origin.text()


def test_that_a_student_file_is_pruned_by_channels_or_by_weights(
    page: SetupPage, workspace: Workspace, tell: Tell
) -> None:
    tell({**CHOSEN, "student": {"path": str(TEACHER)}})
    prune = page.student.prune
    assert prune.isVisible()
    assert not prune.unit.isVisible()
    prune.track.moved.emit(0.5)
    assert workspace.draft.recipe().student.prune == 0.5
    assert prune.unit.isVisible()
    prune.unit.chosen.emit("weights")
    assert workspace.draft.recipe().student.prune_unit == "weights"
    assert prune.unit.value() == "weights"
    assert prune.share.text() == "50%"


def test_that_a_student_file_is_quantized_by_a_tick(page: SetupPage, workspace: Workspace, tell: Tell, qtbot) -> None:
    tell({**CHOSEN, "student": {"path": str(TEACHER)}})
    box = page.findChild(CheckBox, "quantize")
    assert box.isVisible()
    assert not box.isChecked()
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton)
    assert workspace.draft.value["student"]["quantize"] == "int8"
    assert workspace.draft.recipe().student.quantize == "int8"
    workspace.draft.undo.undo()
    assert not box.isChecked()
    tell(CHOSEN)
    assert not box.isVisible()
