"""Closing the window while a run is going on."""

from pathlib import Path

from PySide6.QtCore import QProcess

from kdstudio.core.paths import own_program
from kdstudio.ui.run_queue import count_words
from kdstudio.ui.shell.frame import Frame


class Closing:
    """Knows whether the window may close, and asks where a run would be cut short."""

    def __init__(self, window: Frame) -> None:
        self._window = window
        self._is_decided = False

    def may_close(self) -> bool:
        """Return whether nothing is lost by closing now; otherwise ask, and close after the answer."""
        run, project = self._window.workspace.run, self._window.workspace.project
        is_demo = project is not None and project.is_temporary
        if self._is_decided or not run.is_live or self._window.workspace.watcher.is_watching or is_demo:
            return True
        from kdstudio.ui.shell.dialogs import Confirmation

        at = f" at epoch {run.advanced.epoch:.0f} of {run.epochs}" if run.advanced is not None else ""
        waiting = len(self._window.workspace.queue.waiting)
        queue = f" {count_words(waiting)} in the queue and can be started later." if waiting else ""
        asking = Confirmation(
            f"{self._window.workspace.run_title()} is going on",
            f"It is{at}. A checkpoint is saved in either case.{queue}",
            [("cancel", "Cancel"), ("keep", "Keep running in the background"), ("stop", "Stop and close")],
            self._window,
        )
        asking.chosen.connect(self._decide)
        asking.open()
        return False

    def decide(self) -> None:
        """Close without asking: the session ends, or a signal came."""
        self._is_decided = True
        self._window.close()

    def _decide(self, key: str) -> None:
        if key == "cancel":
            return
        folder = self._window.workspace.run.folder
        self.decide()
        if key == "keep" and folder is not None:
            QProcess.startDetached(*detached(folder))


def detached(folder: Path) -> tuple[str, list[str]]:
    """Return program and arguments that go on with a run without a window."""
    return own_program("train", "--resume", "--run", str(folder))
