"""The whole road in the real window with a real engine: drop, distil, look inside, export; and what may go wrong."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from kdstudio.ui.exports import ExportOrder
from kdstudio.ui.main_window import MainWindow
from kdstudio.ui.settings import Settings
from kdstudio.ui.theme import theme
from kdstudio.ui.workspace import Workspace


@pytest.fixture
def window(qtbot, own_home: Path) -> Iterator[MainWindow]:
    theme().apply(QApplication.instance())
    shown = MainWindow(Workspace(Settings()))
    qtbot.addWidget(shown)
    shown.show()
    yield shown
    shown.closing.decide()
    assert shown.workspace.engine.pid == 0


def drop(window: MainWindow, *paths: Path) -> None:
    """Drop files beside the zones, so that roles are found from content; Qt ignores a drop that did not enter first."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    where = QPointF(300, window.height() - 60)
    keys = (Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(window, QDragEnterEvent(where.toPoint(), *keys))
    QApplication.sendEvent(window, QDropEvent(where, *keys))


def compose(qtbot, window: MainWindow, teacher: Path, digits: Path, epochs: int) -> None:
    """Drop a teacher and data on the empty window and choose a quick recipe."""
    draft = window.workspace.draft
    drop(window, teacher, digits)
    qtbot.waitUntil(lambda: draft.item("teacher") is not None and draft.item("data") is not None, timeout=60_000)
    value = {
        **draft.value,
        "student": {"architecture": "mlp", "knobs": {"hidden": [32]}},
        "epochs": epochs,
        "batch_size": 32,
        "threads": 1,
        "device": "cpu",
    }
    draft.replace(value, "Quick")
    qtbot.waitUntil(lambda: draft.check is not None and not draft.is_checking, timeout=60_000)
    assert not draft.check.errors


@pytest.mark.slow  # test_screen goes the same road with a real pointer
@pytest.mark.timeout(240)
def test_that_files_dropped_on_an_empty_window_end_as_an_exported_student(
    qtbot, window: MainWindow, teacher: Path, digits: Path, tmp_path: Path
) -> None:
    workspace = window.workspace
    compose(qtbot, window, teacher, digits, epochs=6)
    assert window.current_page() == "setup"
    assert workspace.draft.item("teacher").architecture == "mlp"
    assert workspace.draft.item("data").classes == 10
    with qtbot.waitSignal(workspace.trainer.ended, timeout=120_000) as ended:
        workspace.train()
        assert window.current_page() == "train"
    assert ended.args == ["finished"]
    summary = workspace.run.summary
    assert summary["student"]["accuracy"] > 0.6
    assert summary["transfer"]["agreement"] is not None
    for page in ("understand", "train", "setup", "home", "export"):
        window.show_page(page)
        assert window.current_page() == page
        assert not window.grab().isNull()
    workspace.exports.export(workspace.run.folder, ExportOrder(tmp_path / "out", ("onnx", "safetensors")))
    qtbot.waitUntil(lambda: not workspace.exports.is_busy, timeout=120_000)
    assert workspace.exports.problem is None
    assert all(report.passed for report in workspace.exports.reports)
    assert (tmp_path / "out" / "model.onnx").exists()
    assert workspace.exports.reports[0].accuracy == summary["student"]["accuracy"]


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_that_the_window_survives_a_killed_engine_and_resumes(
    qtbot, window: MainWindow, teacher: Path, digits: Path
) -> None:
    workspace = window.workspace
    compose(qtbot, window, teacher, digits, epochs=400)
    workspace.train()
    qtbot.waitUntil(lambda: len(workspace.run.history) > 40, timeout=60_000)
    workspace.trainer.pause()  # a checkpoint stands now
    qtbot.waitUntil(lambda: workspace.run.state == "paused", timeout=30_000)
    workspace.trainer.proceed()
    qtbot.waitUntil(lambda: workspace.run.state == "running", timeout=30_000)
    os.kill(workspace.engine.pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: workspace.run.state == "interrupted", timeout=30_000)
    assert "signal 9" in workspace.run.problem.message
    assert "safe up to epoch" in workspace.run.problem.hint
    assert window.isVisible()
    workspace.resume()
    qtbot.waitUntil(lambda: workspace.run.state == "running", timeout=60_000)
    with qtbot.waitSignal(workspace.trainer.ended, timeout=60_000) as ended:
        workspace.trainer.stop("best")
    assert ended.args == ["stopped"]
    assert workspace.run.summary["student"]["accuracy"] is not None


@pytest.mark.timeout(120)
def test_that_bad_files_are_refused_with_one_message_each_and_lose_nothing(
    qtbot, window: MainWindow, teacher: Path, tmp_path: Path
) -> None:
    draft = window.workspace.draft
    drop(window, teacher)
    qtbot.waitUntil(lambda: draft.item("teacher") is not None, timeout=60_000)
    (tmp_path / "leer.pt").write_bytes(b"")
    (tmp_path / "größe.txt").write_text("nur Text")
    (tmp_path / "ordner").mkdir()
    drop(window, tmp_path / "leer.pt", tmp_path / "größe.txt", tmp_path / "ordner")
    told = [problem for problem, _ in window.workspace.notices.problems]
    assert len(told) in (1, 3)
    words = " ".join(f"{problem} {problem.hint}" for problem in told)
    for name in ("leer.pt", "größe.txt", "ordner"):
        assert name in words
    assert draft.path("teacher") == str(teacher)


@pytest.mark.timeout(120)
def test_that_no_engine_is_left_when_the_window_is_killed(own_home: Path) -> None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "TMPDIR": str(own_home)}  # where the demo runs
    command = [sys.executable, "-m", "kdstudio", "--demo"]
    window = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not _is_training(own_home):
            with contextlib.suppress(subprocess.TimeoutExpired):  # leave the processor to the window
                window.wait(0.1)
        engines = [child for child in psutil.Process(window.pid).children() if "kdstudio.engine" in child.cmdline()]
        assert engines
    finally:
        window.kill()
        window.wait()
    _, alive = psutil.wait_procs(engines, timeout=5)
    assert not alive


def _is_training(home: Path) -> bool:
    """Whether a run below `home` has made a step: an engine that still imports torch hears nothing for seconds."""
    try:
        return any(json.loads(file.read_text())["step"] > 0 for file in home.rglob("status.json"))
    except (OSError, ValueError):
        return False  # it is being written


@pytest.mark.timeout(240)
def test_that_the_smoke_run_goes_through_every_page_and_imports_no_torch(own_home: Path) -> None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    picture = own_home / "smoke.png"
    command = [sys.executable, "-m", "kdstudio", "--smoke", "--screenshot", str(picture)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == 0, done.stderr
    assert picture.stat().st_size > 10_000


def test_that_the_demo_recipe_names_files_that_came_with_it() -> None:
    from kdstudio.core.paths import resource

    value = json.loads(resource("recipes", "demo.json").read_text())
    assert resource("recipes", value["data"]["path"]).resolve().is_file()
    assert resource("recipes", value["teachers"][0]["path"]).resolve().is_file()
