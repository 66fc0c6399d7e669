"""A laptop that sleeps, and a clock that is set: what hangs for a while comes back, and ends with the same bits."""

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest
import torch
from pytestqt.qtbot import QtBot
from safetensors.torch import load_file

from kdstudio.core.events import Advanced
from kdstudio.core.layout import RunFolder
from kdstudio.project.run import Run
from kdstudio.recipe.recipe import parse
from kdstudio.training.run import train
from kdstudio.ui import engine_client
from kdstudio.ui.panels.train.run_controls import RunControls
from kdstudio.ui.workspace import Workspace
from tests.small_task import finish, quick_recipe, write_digits

pytestmark = [
    pytest.mark.timeout(240),
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="needs a signal that stops a process"),
]
LONG = 120_000  # ms


@pytest.fixture
def asked(tmp_path: Path) -> dict[str, object]:
    small = {"architecture": "mlp", "knobs": {"hidden": [16]}}
    data = write_digits(tmp_path / "digits.npz")
    return quick_recipe(data, student=small, epochs=40, batch_size=16, baseline=False)


def begin(workspace: Workspace, asked: dict[str, object], qtbot: QtBot) -> None:
    """Start a run and wait until it has made some steps."""
    workspace.draft.replace(workspace.draft.value | asked)
    workspace.train()
    qtbot.waitUntil(
        lambda: isinstance(workspace.run.advanced, Advanced) and workspace.run.advanced.step > 50, timeout=LONG
    )


def assert_untouched(workspace: Workspace, tmp_path: Path) -> None:
    """The run has ended with the bits of one to which nothing happened."""
    folder = workspace.run.folder
    assert folder is not None
    assert Run(folder).status.state == "finished"
    finish(train(parse(workspace.draft.value), tmp_path / "untouched"))
    one, other = (
        load_file(RunFolder(one).checkpoint("last") / "student.safetensors") for one in (folder, tmp_path / "untouched")
    )
    assert all(torch.equal(one[key], other[key]) for key in one)


def test_that_an_engine_that_was_stopped_for_a_while_is_taken_back(
    workspace: Workspace, asked: dict[str, object], qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    controls = RunControls(workspace)
    qtbot.addWidget(controls)
    begin(workspace, asked, qtbot)
    monkeypatch.setattr(engine_client, "SILENT_MS", 1000)
    workspace.engine._pulse.setInterval(100)
    pid = workspace.engine.pid
    with qtbot.waitSignal(workspace.engine.silent, timeout=LONG, check_params_cb=lambda silent: silent):
        os.kill(pid, signal.SIGSTOP)
    try:
        assert controls.note.text().startswith("The engine does not answer.")
        assert workspace.run.state == "running"
        assert Run(workspace.run.folder).status.state == "running"  # also for whoever looks at the folder
    finally:
        with qtbot.waitSignal(workspace.engine.silent, timeout=LONG, check_params_cb=lambda silent: not silent):
            os.kill(pid, signal.SIGCONT)
    controls.refresh()
    assert "does not answer" not in controls.note.text()
    qtbot.waitUntil(lambda: workspace.run.state == "finished", timeout=LONG)
    assert workspace.engine.pid == pid
    assert_untouched(workspace, tmp_path)


def test_that_an_idle_engine_that_slept_is_taken_back_too(
    workspace: Workspace, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing but the answer to a ping can tell."""
    with qtbot.waitSignal(workspace.engine.ready, timeout=LONG):
        workspace.engine.start()
    monkeypatch.setattr(engine_client, "SILENT_MS", 1000)
    workspace.engine._pulse.setInterval(100)
    with qtbot.waitSignal(workspace.engine.silent, timeout=LONG, check_params_cb=lambda silent: silent):
        os.kill(workspace.engine.pid, signal.SIGSTOP)
    with qtbot.waitSignal(workspace.engine.silent, timeout=LONG, check_params_cb=lambda silent: not silent):
        os.kill(workspace.engine.pid, signal.SIGCONT)


def test_that_a_window_that_slept_does_not_blame_the_engine(
    workspace: Workspace, asked: dict[str, object], qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are stopped, as by a lid: this process does nothing for longer than silence is borne."""
    begin(workspace, asked, qtbot)
    monkeypatch.setattr(engine_client, "SILENT_MS", 500)
    workspace.engine._pulse.setInterval(100)
    told: list[bool] = []
    workspace.engine.silent.connect(told.append)
    os.kill(workspace.engine.pid, signal.SIGSTOP)
    threading.Event().wait(1.5)
    os.kill(workspace.engine.pid, signal.SIGCONT)
    qtbot.waitUntil(lambda: workspace.run.state == "finished", timeout=LONG)
    assert told == []
    assert_untouched(workspace, tmp_path)


SHIFTED = """
import os, time
real, began = time.time, time.monotonic()

def shifted():
    \"\"\"Three days back for a second, ten years forward for one, and so on.\"\"\"
    return real() + (3e8 if int(time.monotonic() - began) % 2 else -3e5)

time.time = shifted
"""


def test_that_a_clock_that_is_set_changes_nothing_in_a_real_engine(
    workspace: Workspace, asked: dict[str, object], qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "clock"
    place.mkdir()
    (place / "sitecustomize.py").write_text(SHIFTED)
    monkeypatch.setenv("PYTHONPATH", f"{place}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    begin(workspace, asked, qtbot)
    qtbot.waitUntil(lambda: workspace.run.state == "finished", timeout=LONG)
    run = Run(workspace.run.folder)
    times = [event.time for event in run.events]
    assert times == sorted(times)
    assert times[-1] - times[0] < 200
    assert abs(run.started - time.time()) > 2e5  # the engine's clock was really another
    assert 0 < run.summary["timing"]["seconds"] < 200
    assert 0 <= run.summary["timing"]["teacher_seconds"] < 200
    left = workspace.run.seconds_left()
    assert left is None or 0 <= left < 200
    assert_untouched(workspace, tmp_path)
