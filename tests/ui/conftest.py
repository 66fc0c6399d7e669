"""Fixtures of the window's tests: the dark theme at 100 %, a workspace, and nothing left over when a test ends."""

import contextlib
import gc
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtWidgets import QApplication

from kdstudio.ui.settings import Settings
from kdstudio.ui.theme import Theme, theme
from kdstudio.ui.workspace import Workspace


@contextlib.contextmanager
def workspace_in(home: Path) -> Iterator[Workspace]:
    """Give a workspace with its settings in `home`, whose engine starts when it is first asked; nothing of it stays."""
    made = Workspace(Settings(home / "settings.json"))
    yield made
    for timer in made.findChildren(QTimer):  # a check that is due would start the engine again
        timer.stop()
    made.engine.kill()
    made.close()


@pytest.fixture
def workspace(dressed: Theme, own_home: Path) -> Iterator[Workspace]:
    with workspace_in(own_home) as made:
        yield made


@pytest.fixture(scope="module", autouse=True)
def nothing_survives() -> Iterator[None]:
    """Fail a file of tests that leaves a thread or a process behind; within it tests may share an engine."""
    threads, children = set(threading.enumerate()), set(psutil.Process().children())
    yield
    new = {thread.name for thread in set(threading.enumerate()) - threads if not thread.daemon}
    left = sorted(name for name in new if not name.startswith("pytest_timeout"))
    assert not left, f"threads still run: {left}"
    running = [child for child in set(psutil.Process().children()) - children if child.is_running()]
    running = [child for child in running if not _is_pythons_own(child)]
    assert not running, f"processes still run: {running}"


def _is_pythons_own(process: psutil.Process) -> bool:
    """Whether it is the one helper of multiprocessing, which ends with the process that it helps."""
    try:
        return any("resource_tracker" in word for word in process.cmdline())
    except psutil.NoSuchProcess:
        return True


@pytest.fixture(autouse=True)
def dressed(qapp: QApplication, nothing_survives: None) -> Iterator[Theme]:
    """Apply the dark theme; afterwards close every window and stop every timer that is still running.

    A window that a test has let go of belongs to nobody. Were the garbage collector to find it, it would take apart
    the plots in it in any order, and pyqtgraph's items call each other until the end. So collection waits until Qt
    has deleted the windows in the right order.
    """
    now = theme()
    now.set_scale(1.0)
    now.set_name("dark")
    gc.disable()
    yield now
    for widget in qapp.topLevelWidgets():
        for timer in widget.findChildren(QTimer):
            timer.stop()
        widget.close()
        widget.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.enable()
    now.set_scale(1.0)
    now.set_name("dark")
