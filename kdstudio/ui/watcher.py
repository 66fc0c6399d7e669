"""Following a run that another process writes: its folder is looked at twice a second."""

from pathlib import Path

from PySide6.QtCore import QObject, QTimer

from kdstudio.core.errors import KdStudioError
from kdstudio.core.events import Advanced
from kdstudio.project.follower import Follower
from kdstudio.ui.shown_run import ShownRun

EVERY_MS = 500


class Watcher(QObject):
    """Feeds a run's new events into the shown run for as long as something works on it, and again when it goes on.

    Whatever stopped without being finished may be gone on with elsewhere: its status is looked at until another run is
    shown, or this one is gone on with here.
    """

    def __init__(self, run: ShownRun, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._run = run
        self._follower: Follower | None = None
        self._timer = QTimer(self, interval=EVERY_MS)
        self._timer.timeout.connect(self._look)

    @property
    def is_watching(self) -> bool:
        """Whether something else works on the shown run."""
        return self._follower is not None

    def watch(self, folder: Path) -> None:
        """Show the run in `folder` and follow it; raises RunError where there is none."""
        self.end()
        self._run.open(folder)
        self._follower = Follower(folder)
        self._follower.read(1 << 30)  # `open` has read these already
        self._timer.start()
        self._look()

    def end(self) -> None:
        """Stop looking."""
        self._timer.stop()
        self._follower = None

    def _look(self) -> None:
        run = self._run.run()
        if run is None:
            return
        status = run.status
        if self._follower is None:
            if status.is_live:
                self.watch(run.folder.path)
            return
        arrived = self._follower.read()
        self._run.history = list(self._follower.history)
        now = Advanced(step=status.step, total=status.step_total, epoch=status.epoch, time=status.updated)
        self._run.follow([*arrived, now])
        if not status.is_live:
            self._follower = None
            if status.state == "finished":
                self.end()
            try:
                self._run.open(run.folder.path)
            except KdStudioError:
                self.end()
                self._run.close()
