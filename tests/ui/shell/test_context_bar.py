"""The context bar: who is compared, which epoch, which split."""

from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from kdstudio.core.events import Evaluated, to_json
from kdstudio.core.files import write_array, write_json
from kdstudio.core.layout import RunFolder
from kdstudio.ui.main_window import MainWindow

EPOCHS = 4
RECIPE = {
    "schema": 1, "data": {"path": "/nowhere"}, "teachers": [{"kind": "frozen", "path": "/models/big.pt"}],
    "student": {"architecture": "small_cnn", "knobs": {"width": 16}},
    "methods": [{"method": "soft_targets", "temperature": 6.0}], "epochs": EPOCHS,
}  # fmt: skip


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run folder as training leaves it, with a student that gets one of four inputs more right each epoch."""
    folder = RunFolder(tmp_path / "run")
    write_json(folder.recipe, RECIPE)
    write_json(folder.summary, {"student": {"accuracy": 0.75}, "teacher": {"accuracy": 0.5}})
    targets = np.array([0, 1, 2, 3])
    for learner in ("teacher", "student"):
        write_array(folder.split(learner, "validation") / "index.npy", np.arange(4))
        write_array(folder.split(learner, "validation") / "targets.npy", targets)
    write_array(folder.logits("teacher", "validation", "last"), np.eye(4, dtype=np.float32))
    lines = []
    for epoch in range(1, EPOCHS + 1):
        answers = np.roll(np.eye(4, dtype=np.float16), 1, axis=1)
        answers[:epoch] = np.eye(4)[:epoch]
        write_array(folder.logits("student", "validation", epoch), answers)
        metrics = {"accuracy": epoch / 4}
        lines.append(
            to_json(Evaluated(step=epoch, epoch=epoch, learner="student", split="validation", metrics=metrics))
        )
    folder.events.write_text("\n".join(lines) + "\n")
    return folder.path


def test_that_the_chips_follow_run_epoch_and_split(window: MainWindow, run: Path) -> None:
    workspace, bar = window.workspace, window.context
    workspace.open_run(run)
    assert bar.teacher.accessibleName() == "Teacher: big, 100.0%"
    assert bar.student.accessibleName() == "Student: small-cnn-16, 100.0%"
    workspace.view.set_epoch(2)
    assert bar.student.accessibleName() == "Student: small-cnn-16, 50.0%"
    workspace.view.set_split("test")
    assert bar.student.accessibleName() == "Student: small-cnn-16, 75.0%"
    assert bar.epochs.words.text() == "best"


def test_that_the_lens_opens_at_the_training_temperature(window: MainWindow, run: Path) -> None:
    window.workspace.open_run(run)
    assert window.workspace.view.lens == 6.0
    assert window.context.lens.slider.field.text() == "T 6.0"
    window.context.lens.slider.moved.emit(2.0)
    assert not window.context.lens.tie.isChecked()
    window.context.lens.tie.click()
    assert window.workspace.view.lens == 6.0


def test_that_scrubbing_shows_stored_epochs_and_its_end_follows_the_run(window: MainWindow, run: Path) -> None:
    window.workspace.open_run(run)
    bar, view = window.context.epochs, window.workspace.view
    bar.slider.moved.emit(1.0)
    assert view.epoch == 1
    assert bar.words.text() == "1 / 4"
    bar.slider.moved.emit(4.0)
    assert view.epoch == "last"


def test_that_playing_goes_through_the_epochs_and_ends(window: MainWindow, run: Path, qtbot: QtBot) -> None:
    window.workspace.open_run(run)
    window.show_page("train")
    view, seen = window.workspace.view, []
    view.epochChanged.connect(lambda: seen.append(view.epoch))
    window.context.epochs.play.click()
    qtbot.waitUntil(lambda: view.epoch == "last", timeout=10_000)
    assert seen == [1, 2, 3, "last"]


def test_that_epoch_keys_step_and_jump(window: MainWindow, run: Path) -> None:
    window.workspace.open_run(run)
    window.show_page("train")
    actions, view = window.top.actions_by_id, window.workspace.view
    actions["epoch.first"].trigger()
    assert view.epoch == 1
    actions["epoch.on"].trigger()
    assert view.epoch == 2
    actions["epoch.back"].trigger()
    actions["epoch.back"].trigger()
    assert view.epoch == 1
    actions["epoch.last"].trigger()
    assert view.epoch == "last"


def test_that_the_test_split_is_offered_only_with_a_final_report(window: MainWindow, run: Path) -> None:
    window.workspace.open_run(run)
    menu = window.context.menu("data")
    assert [action.isEnabled() for action in menu.actions()[:2]] == [True, True]
    window.workspace.run.summary = None
    menu = window.context.menu("data")
    assert [action.isEnabled() for action in menu.actions()[:2]] == [True, False]
