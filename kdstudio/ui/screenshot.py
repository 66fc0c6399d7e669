"""`--screenshot`: a picture of the window once it has nothing left to do."""

from pathlib import Path

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from kdstudio.ui.main_window import MainWindow

EVERY_MS = 100
QUIET = 4  # looks in a row at which nothing was going on


class Screenshot(QObject):
    """Waits for the engine, the analyses and the run; then saves, and closes the window."""

    def __init__(self, window: MainWindow, path: Path, page: str | None = None) -> None:
        super().__init__(window)
        self._window, self._path, self._page = window, path, page
        self._quiet = 0
        self._timer = QTimer(self, interval=EVERY_MS)
        self._timer.timeout.connect(self._look)

    def start(self) -> None:
        """Begin to wait."""
        self._timer.start()

    def _look(self) -> None:
        self._quiet = self._quiet + 1 if is_idle(self._window) else 0
        if self._quiet < QUIET:
            return
        if self._page is not None and self._window.current_page() != self._page:
            self._window.show_page(self._page)
            self._quiet = 0
            return
        self._timer.stop()
        saved = self._window.grab().save(str(self._path), "PNG")
        self._window.closing.decide()
        if not saved:
            QApplication.exit(1)


def is_idle(window: MainWindow) -> bool:
    """Whether the engine is up and nothing is asked, computed or trained."""
    workspace = window.workspace
    return workspace.engine.is_idle and not workspace.analyses.is_busy and not workspace.run.is_live
