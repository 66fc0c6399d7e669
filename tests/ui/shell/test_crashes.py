"""A fault in kdstudio itself is written down, said once, and offered to whoever would pass it on."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kdstudio.app import begin, parse
from kdstudio.core.crash import reports
from kdstudio.core.paths import crash_folder, engine_log
from kdstudio.ui.main_window import MainWindow
from kdstudio.ui.widgets.buttons import Button

LONG = 60_000


@pytest.fixture
def caught(window: MainWindow) -> Iterator[MainWindow]:
    """A window that keeps reports, as the program's own does."""
    before = sys.excepthook, threading.excepthook
    window.workspace.notices.catch_everything(engine_log())
    yield window
    sys.excepthook, threading.excepthook = before


def words(window: MainWindow) -> list[str]:
    return [toast.accessibleName() for toast in window.messages.toasts.toasts()]


@pytest.mark.qt_no_exception_capture
def test_that_an_error_in_a_slot_is_kept_as_a_report_and_said_once(caught: MainWindow, qtbot: QtBot) -> None:
    def fail() -> None:
        raise ZeroDivisionError("of all things")

    for _ in range(3):  # what is painted fails again and again
        QTimer.singleShot(0, caught, fail)
    qtbot.waitUntil(lambda: bool(words(caught)))
    QApplication.processEvents()
    assert len(words(caught)) == len(reports()) == len(caught.workspace.notices.problems) == 1
    assert "ZeroDivisionError: of all things" in words(caught)[0]
    assert "sent to nobody" in words(caught)[0]
    report = reports()[0].read_text(encoding="utf-8")
    assert "in fail" in report
    toast = caught.messages.toasts.toasts()[0]
    buttons = {button.text(): button for button in toast.findChildren(Button)}
    assert {"Open folder", "Copy report"} <= set(buttons)
    buttons["Copy report"].click()
    assert QGuiApplication.clipboard().text() == report
    assert toast in caught.messages.toasts.toasts()


def test_that_a_fault_of_a_thread_is_reported_too(caught: MainWindow, qtbot: QtBot) -> None:
    def fail() -> None:
        raise ZeroDivisionError("in a thread")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: len(reports()) == 1)
    assert "in a thread" in words(caught)[0]


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_that_an_engine_that_crashes_leaves_its_stack_and_one_that_is_killed_nothing(
    caught: MainWindow, qtbot: QtBot
) -> None:
    workspace = caught.workspace
    told = workspace.notices.report
    workspace.engine.crashed.connect(lambda how: told(f"The training engine {how}", source="engine"))
    for number, count in ((signal.SIGKILL, 0), (signal.SIGSEGV, 1)):
        workspace.engine.start()
        with qtbot.waitSignal(workspace.engine.ready, timeout=LONG):
            pass
        with qtbot.waitSignal(workspace.engine.died, timeout=LONG):
            os.kill(workspace.engine.pid, number)
        assert len(reports()) == count
    report = reports()[0].read_text(encoding="utf-8")
    assert "stopped unexpectedly (signal 11)" in report
    assert "Segmentation fault" in report
    assert "kdstudio/engine/__main__.py" in report


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_that_a_window_that_crashed_is_told_of_at_the_next_start(window: MainWindow) -> None:
    code = (
        "import os, signal; from kdstudio.core import crash; crash.keep_stacks(); os.kill(os.getpid(), signal.SIGABRT)"
    )
    subprocess.run([sys.executable, "-c", code], check=False, capture_output=True)
    begin(window, parse([]))
    assert words(window)[0].startswith("kdstudio closed unexpectedly the last time.")
    assert len(reports()) == 1


def test_that_the_folder_of_reports_is_offered_once_there_is_one(window: MainWindow) -> None:
    from kdstudio.ui.command_table import COMMANDS

    command = next(command for command in COMMANDS if command.id == "help.crashes")
    assert not command.enabled(window)
    crash_folder().mkdir(parents=True)
    (crash_folder() / "kdstudio-20261123-101112.txt").write_text("x")
    assert command.enabled(window)


@pytest.mark.skipif(sys.platform != "linux", reason="no plugin of that name")
def test_that_an_error_before_the_window_stands_is_printed_and_kept(own_home: Path) -> None:
    code = "import kdstudio.app as app; app.Workspace = None; app.main([])"
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert "TypeError" in done.stderr
    assert "A report was kept" in done.stderr
    assert "TypeError" in reports()[0].read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="asks for a plugin of Linux")
def test_that_a_screen_that_is_not_there_is_no_crash(own_home: Path) -> None:
    given = {**os.environ, "QT_QPA_PLATFORM": "xcb", "DISPLAY": ":987"}
    done = subprocess.run([sys.executable, "-m", "kdstudio"], env=given, check=False, capture_output=True, timeout=60)
    assert done.returncode != 0
    assert not crash_folder().exists() or not list(crash_folder().iterdir())
