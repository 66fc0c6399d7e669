"""Changing temperature, weights and learning rate of a run that a real engine trains."""

from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from kdstudio.core.events import Changed
from kdstudio.methods.catalogue import entries
from kdstudio.project.run import Run
from kdstudio.recipe.problems import Catalogue
from kdstudio.recipe.recipe import parse
from kdstudio.ui.pages.train import TrainPage
from kdstudio.ui.panels.train.run_changes import RunChanges
from kdstudio.ui.workspace import Workspace
from tests.small_task import quick_recipe

METHODS = [{"method": "hard_labels", "weight": 0.1}, {"method": "soft_targets", "weight": 0.9}]
TEMPERATURE, WEIGHT, RATE = "methods[1].temperature", "methods[0].weight", "optimizer.learning_rate"


@pytest.fixture
def workspace(workspace: Workspace) -> Workspace:
    workspace.catalogue = Catalogue(methods=entries())
    return workspace


@pytest.fixture
def page(workspace: Workspace, qtbot: QtBot) -> TrainPage:
    made = TrainPage(workspace)
    made.resize(1360, 766)
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.fixture
def paused(page: TrainPage, workspace: Workspace, alone: Path, tmp_path: Path, qtbot: QtBot) -> TrainPage:
    """A long run, paused after its first steps."""
    teacher = {"path": str(alone / "checkpoints" / "best" / "student.safetensors")}
    recipe = parse(quick_recipe(alone.with_name("digits.npz"), teachers=[teacher], methods=METHODS, epochs=3000))
    workspace.trainer.begin(tmp_path / "live", recipe)
    qtbot.waitUntil(lambda: workspace.run.state == "running", timeout=60_000)
    workspace.trainer.pause()
    qtbot.waitUntil(lambda: workspace.run.state == "paused", timeout=20_000)
    qtbot.mouseClick(page.controls.adjust, Qt.MouseButton.LeftButton)
    page.refresh()
    return page


def made(workspace: Workspace) -> list[tuple[str, object, object]]:
    return [(e.key, e.old, e.new) for e in workspace.run.history if isinstance(e, Changed)]


def type_into(panel: RunChanges, key: str, text: str, qtbot: QtBot) -> None:
    editor = panel.fields[key].findChild(QLineEdit, f"typed-{key}")
    assert editor is not None
    editor.selectAll()
    qtbot.keyClicks(editor, text)
    qtbot.keyClick(editor, Qt.Key.Key_Return)


def end(workspace: Workspace, qtbot: QtBot) -> None:
    with qtbot.waitSignal(workspace.trainer.ended, timeout=20_000):
        workspace.trainer.stop("best")


@pytest.mark.slow
def test_that_a_paused_run_goes_on_with_what_was_chosen(paused: TrainPage, workspace: Workspace, qtbot: QtBot) -> None:
    panel = paused.changes
    assert panel.isVisible()
    assert list(panel.fields) == [RATE, WEIGHT, "methods[1].weight", TEMPERATURE]
    type_into(panel, TEMPERATURE, "8", qtbot)
    assert panel.fields[TEMPERATURE].note.text() == "when the run goes on"
    assert made(workspace) == []
    workspace.trainer.proceed()
    qtbot.waitUntil(lambda: made(workspace) == [(TEMPERATURE, None, 8.0)], timeout=20_000)
    qtbot.waitUntil(lambda: panel.fields[TEMPERATURE].note.text() == "was 4")
    assert panel.reason.words() == "Last change: Soft targets: temperature 4 → 8."
    end(workspace, qtbot)
    assert not panel.fields[TEMPERATURE].isEnabled()
    assert panel.reason.words() == "The run is stopped: resume it to change these."


@pytest.mark.slow
def test_that_a_drag_and_a_row_of_keys_are_one_change_each(
    paused: TrainPage, workspace: Workspace, qtbot: QtBot
) -> None:
    panel, asked = paused.changes, []
    workspace.trainer.proceed()
    for key, field in panel.fields.items():
        field.decided.connect(lambda value, key=key: asked.append((key, value)))
    track = panel.fields[WEIGHT].track
    qtbot.mousePress(track, Qt.MouseButton.LeftButton, pos=track.rect().center())
    for by in range(0, 20, 5):
        qtbot.mouseMove(track, track.rect().center() + QPointF(by, 0).toPoint())
    qtbot.mouseRelease(track, Qt.MouseButton.LeftButton, pos=track.rect().center())
    for _ in range(5):
        qtbot.keyClick(panel.fields[RATE].track, Qt.Key.Key_Left)
    qtbot.waitUntil(lambda: len(made(workspace)) == 2, timeout=20_000)
    assert sorted(key for key, _ in asked) == [WEIGHT, RATE]
    assert dict(asked)[RATE] == pytest.approx(0.086)  # 0.1, 0.09, then by the second figure
    end(workspace, qtbot)
    assert len(made(workspace)) == 2


def test_that_a_change_is_marked_on_the_curves_and_undone_by_another(
    paused: TrainPage, workspace: Workspace, qtbot: QtBot
) -> None:
    panel = paused.changes
    workspace.trainer.proceed()
    type_into(panel, TEMPERATURE, "8", qtbot)
    qtbot.waitUntil(lambda: len(made(workspace)) == 1, timeout=20_000)
    qtbot.waitUntil(panel.undo.isEnabled)
    qtbot.mouseClick(panel.undo, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: made(workspace)[1:] == [(TEMPERATURE, 8.0, 4.0)], timeout=20_000)
    end(workspace, qtbot)
    folder = workspace.run.folder
    assert folder is not None
    kept = Run(folder).recipe
    assert kept is not None
    assert [change.value for change in kept.history] == [8.0, 4.0]
    workspace.run.close()
    workspace.run.open(folder)  # from events.jsonl
    paused.refresh()
    for name, axis in (("loss", "step"), ("gap", "epoch")):
        plot = paused.curves.grid.panels[name].plot
        first, second = plot.marks.marks
        assert first.words == f"Soft targets: temperature 4 → 8 at step {first.step:,}"
        assert second.words == f"Soft targets: temperature 8 → 4 at step {second.step:,}"
        paused.curves._choose_axis(axis)
        assert first.words in plot.marks.words_at(first.x(axis))
        assert plot.marks.words_at(-1e9) == ""
    assert "temperature 4 → 8" in paused.curves.grid.as_text()


@pytest.mark.slow
def test_that_what_cannot_be_used_is_not_asked(paused: TrainPage, workspace: Workspace, qtbot: QtBot) -> None:
    panel = paused.changes
    type_into(panel, RATE, "-1", qtbot)
    assert panel.fields[RATE].note.text() == "Use a number above 0, up to 10"
    assert panel.fields[RATE].editor.text() == "0.1"
    workspace.trainer.proceed()
    end(workspace, qtbot)
    assert made(workspace) == []
