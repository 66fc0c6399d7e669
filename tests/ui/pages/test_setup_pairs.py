"""Layer pairs drawn between both networks on the real Setup page, and a method's formula, split and plug-in form."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

import kdstudio.methods
from kdstudio.core.paths import resource
from kdstudio.engine.desk import Desk
from kdstudio.training.inspect import inspect
from kdstudio.training.opening import catalogue
from kdstudio.ui.draft_value import EMPTY
from kdstudio.ui.pages.setup import SetupPage
from kdstudio.ui.panels.methods.layer_pairs import LayerPairs
from kdstudio.ui.panels.methods.method_help import HelpPage, formula
from kdstudio.ui.widgets.labels import Label
from kdstudio.ui.workspace import Workspace

TEACHER, DATA = resource("samples", "fashion-teacher.safetensors"), resource("samples", "fashion.npz")
METHODS = [{"method": "hard_labels", "weight": 1.0}, {"method": "attention_transfer", "weight": 1000.0}]
CHOSEN: dict[str, Any] = {
    **EMPTY,
    "teachers": [{"kind": "frozen", "path": str(TEACHER)}],
    "student": {"architecture": "resnet", "knobs": {"depth": 20}},
    "data": {"path": str(DATA)},
    "methods": METHODS,
}


@pytest.fixture(scope="module")
def desk() -> Desk:
    return Desk()


@pytest.fixture
def page(qtbot, workspace: Workspace, desk: Desk) -> Iterator[SetupPage]:
    draft = workspace.draft
    workspace.catalogue = draft.catalogue = catalogue()
    draft._timer.setInterval(1_000_000)  # what the engine would be asked is answered by `check`
    draft.value = json.loads(json.dumps(CHOSEN))
    draft._cards["teacher"].item, draft._cards["data"].item = inspect(TEACHER), inspect(DATA)
    made = SetupPage(workspace)
    window = shown_in(qtbot, made)
    made.recipe.set_mode("advanced")
    check(workspace, desk)
    yield made
    window.hide()


def shown_in(qtbot, page: SetupPage) -> QWidget:
    window = QWidget()
    QVBoxLayout(window).addWidget(page)
    window.layout().setContentsMargins(0, 0, 0, 0)
    qtbot.addWidget(window)
    window.resize(1360, 826)
    window.show()
    return window


def check(workspace: Workspace, desk: Desk) -> None:
    """Let the draft have the engine's answer about it."""
    draft = workspace.draft
    answer = desk.answer({"ask": "check", "recipe": draft.value}, is_busy=True)
    draft._take_check(draft._check_number, json.loads(json.dumps(answer)))


def drawn(page: SetupPage) -> LayerPairs:
    shown = page.recipe.beside.currentWidget()
    assert isinstance(shown, LayerPairs)
    return shown


def pairs(workspace: Workspace, at: int = 1) -> Any:
    return workspace.draft.value["methods"][at].get("pairs", "auto")


def drag(found: LayerPairs, start: QPointF, stop: QPointF) -> None:
    """Press, move and release as a mouse does."""
    for kind, where, button in (
        (QEvent.Type.MouseButtonPress, start, Qt.MouseButton.LeftButton),
        (QEvent.Type.MouseMove, stop, Qt.MouseButton.NoButton),
        (QEvent.Type.MouseButtonRelease, stop, Qt.MouseButton.LeftButton),
    ):
        sent = QMouseEvent(
            kind, where, found.map.mapToGlobal(where), button, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        )
        getattr(found.map, {2: "mousePressEvent", 5: "mouseMoveEvent", 3: "mouseReleaseEvent"}[kind.value])(sent)


def middle(found: LayerPairs, side: Any, name: str) -> QPointF:
    names = [one.name for one in found.map.shown.layers[side]]
    return found.map.plan().block(side, names.index(name)).center()


def test_that_automatic_pairs_are_drawn_with_what_stands_between_them(page: SetupPage) -> None:
    found = drawn(page)
    assert found.map.shown.pairs == (("layer1", "stage1"), ("layer3", "stage3"))
    assert found.map.shown.between["layer1", "stage1"] == "student’s 28×28 averaged to 14×14"
    assert found.map.shown.between["layer3", "stage3"] == ""
    assert found.count.text() == "2 pairs, automatic"
    assert not found.auto.isEnabled()
    assert "layer1 of the student with stage1 of the teacher, through" in found.map.accessibleDescription()
    assert found.told.words() == "layer1 with stage1: student’s 28×28 averaged to 14×14."


def test_that_an_end_dragged_to_another_layer_changes_its_pair_in_one_step(
    page: SetupPage, workspace: Workspace, desk: Desk
) -> None:
    found = drawn(page)
    handle = found.map.plan().handle("teacher", "stage1")
    assert handle is not None
    drag(found, handle, middle(found, "teacher", "stage2"))
    assert pairs(workspace) == [["layer1", "stage2"], ["layer3", "stage3"]]
    assert found.map.shown.pairs[0] == ("layer1", "stage2")  # at once, before the engine has looked
    assert found.auto.isEnabled()
    check(workspace, desk)
    assert found.map.shown.between["layer1", "stage2"] == "student’s 28×28 averaged to 7×7"
    workspace.draft.undo.undo()
    assert pairs(workspace) == "auto"
    workspace.draft.undo.redo()
    found.auto.click()
    assert pairs(workspace) == "auto"


def test_that_a_layer_dragged_across_makes_a_pair_and_one_that_does_not_fit_none(
    page: SetupPage, workspace: Workspace
) -> None:
    found = drawn(page)
    drag(found, middle(found, "student", "layer2"), middle(found, "teacher", "embedding"))
    assert pairs(workspace) == "auto"
    assert found.map.shown.closed["teacher"]["embedding"] == "It gives vectors. Attention transfer compares maps."
    drag(found, middle(found, "student", "layer2"), middle(found, "teacher", "stage2"))
    assert pairs(workspace) == [["layer1", "stage1"], ["layer2", "stage2"], ["layer3", "stage3"]]
    assert workspace.draft.problems() == []


def test_that_pairs_are_changed_by_keys_alone(qtbot, page: SetupPage, workspace: Workspace) -> None:
    keys, chart = Qt.Key, drawn(page).map
    chart.setFocus()
    for key in (keys.Key_Right, keys.Key_Down):
        qtbot.keyClick(chart, key)
    assert pairs(workspace)[0] == ["layer1", "stage2"]
    qtbot.keyClick(chart, keys.Key_Insert)
    assert len(pairs(workspace)) == 3
    qtbot.keyClick(chart, keys.Key_Delete)
    assert pairs(workspace) == [["layer1", "stage2"], ["layer3", "stage3"]]
    qtbot.keyClick(chart, keys.Key_PageDown)
    qtbot.keyClick(chart, keys.Key_Delete)
    qtbot.keyClick(chart, keys.Key_Delete)  # the last one stays
    assert pairs(workspace) == [["layer1", "stage2"]]


def test_that_layers_inside_of_others_are_shown_when_asked_for(page: SetupPage) -> None:
    found = drawn(page)
    few = found.map.shown.count
    found.every.click()
    assert found.map.shown.count > few
    assert "layer1.0" in [one.name for one in found.map.shown.layers["student"]]


def test_that_the_picture_follows_the_method_at_hand(page: SetupPage, workspace: Workspace, desk: Desk) -> None:
    methods = [*METHODS, {"method": "decoupled", "weight": 1.0, "beta": 2.0}]
    workspace.draft.replace({**CHOSEN, "methods": methods})
    check(workspace, desk)
    answer = desk.answer({"ask": "preview", "recipe": workspace.draft.value, "row": 3}, is_busy=False)
    page.recipe.preview.set_answer(answer)
    assert page.recipe.beside.currentWidget() is page.recipe.preview
    assert page.recipe.preview.split.isVisible()
    assert "with β 2 as in soft targets" in page.recipe.note.sentence.words()
    page.recipe.advanced.methods.rows[1].pressed.emit()
    assert drawn(page).at == 1
    page.recipe.advanced.methods.rows[0].pressed.emit()  # has no picture of its own: that of the main one
    assert page.recipe.beside.currentWidget() is page.recipe.preview
    workspace.draft.change("methods[2].beta", 0.0)
    assert "β is 0" in page.recipe.preview.sentence()


def test_that_each_row_has_its_formula_on_a_quiet_line(page: SetupPage, workspace: Workspace) -> None:
    shown = page.recipe.advanced.methods.rows[1].findChild(Label, "formula")
    assert shown is not None
    assert shown.toolTip().startswith("q = mean over channels of |F|^p")
    for entry in workspace.catalogue.methods:
        assert formula(entry.name), entry.name


def test_that_the_chooser_leads_to_what_is_left_out(page: SetupPage) -> None:
    page.recipe.advanced.methods.open_chooser()
    chooser = page.recipe.advanced.methods.chooser
    assert chooser is not None
    chooser.left_out.click()
    shown = page.drawer.findChild(HelpPage)
    assert page.drawer.isVisible()
    assert shown is not None
    assert len(shown.toPlainText()) > 400


def test_that_somebody_elses_method_has_its_form_in_the_window(
    qtbot, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readme = Path(kdstudio.methods.__file__).with_name("README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    (tmp_path / "methods").mkdir()
    (tmp_path / "methods" / "total_variation.py").write_text(code, encoding="utf-8")
    monkeypatch.setenv("KDSTUDIO_PLUGINS", str(tmp_path))
    made = SetupPage(workspace)
    window = shown_in(qtbot, made)
    made.recipe.set_mode("advanced")
    workspace.start_engine()
    qtbot.waitUntil(lambda: workspace.catalogue.method("total_variation") is not None, timeout=60_000)
    workspace.draft.replace({**EMPTY, "methods": [{"method": "total_variation"}]})
    (row,) = made.recipe.advanced.methods.rows
    assert row.title == "Total variation"
    assert set(row.form.editors) == {"temperature", "logits"}
    row.form.editors["temperature"].editor.setFocus()
    row.form.editors["temperature"].editor.selectAll()
    qtbot.keyClicks(row.form.editors["temperature"].editor, "3")
    made.settle()
    assert workspace.draft.value["methods"][0]["temperature"] == 3
    window.hide()
