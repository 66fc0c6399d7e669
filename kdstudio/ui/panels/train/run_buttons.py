"""The buttons of a run: pause, resume, stop, and what fits after its end."""

from collections.abc import Callable

from PySide6.QtCore import QPoint, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QWidget

from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.buttons import Button, IconButton

FORCE_AFTER_MS = 5000
_MAIN = {  # state → words, icon
    "waiting": ("Start now", "play"),
    "queued": ("Pause", "pause"),
    "running": ("Pause", "pause"),
    "paused": ("Resume", "play"),
    "stopping": ("Pause", "pause"),
    "stopped": ("Resume", "play"),
    "finished": ("See what it learned", "understand"),
}


class RunButtons(QWidget):
    """Only asks: each signal is one wish of the person. `set_state` shows what the run really does."""

    pauseAsked = Signal()
    proceedAsked = Signal()  # a paused run goes on
    resumeAsked = Signal()  # a stopped run goes on, one that waits begins
    stopAsked = Signal()  # and keep the best student
    discardAsked = Signal()  # opens the confirmation
    forceAsked = Signal()
    restartAsked = Signal()  # of an engine that does not answer
    lookAsked = Signal()
    againAsked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._state = ""
        self.main = self._button("runMain", Button("Pause", "primary", "pause"), self._act)
        self.stop = self._button("stopAndKeep", Button("Stop and keep best", "secondary", "stop"), self.stopAsked.emit)
        self.more = IconButton("chevron-down", "More ways to stop", size=32)
        self.more.setObjectName("stopMenu")
        self.more.clicked.connect(self._open_menu)
        self.force = self._button("forceQuit", Button("Force quit engine", "destructive"), self.forceAsked.emit)
        self.restart = self._button("restartEngine", Button("Restart engine", "destructive"), self.restartAsked.emit)
        self.restart.setToolTip("The run goes on from its last checkpoint")
        self.restart.hide()
        self.look = self._button("seeWhatItLearned", Button("See what it learned"), self.lookAsked.emit)
        self.again = self._button("trainAgain", Button("Train again", "secondary", "reset"), self.againAsked.emit)
        self.patience = QTimer(self, singleShot=True, interval=FORCE_AFTER_MS)
        self.patience.timeout.connect(self.force.show)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme().px(8))
        for widget in (self.main, self.stop, self.more, self.force, self.restart, self.look, self.again):
            row.addWidget(widget)

    def set_state(self, state: str, *, has_summary: bool = False, is_ours: bool = True) -> None:
        """Show the buttons of a state; a run that another program trains has none while it goes on."""
        if state != self._state:
            self._state = state
            words, icon = _MAIN.get(state, _MAIN["queued"])
            self.main.set_busy("Stopping…" if state == "stopping" else "")
            self.main.setText(words)
            self.main.set_icon(icon)
            self.main.setEnabled(state not in ("queued", "stopping"))
            self.force.hide()
            self.patience.start() if state == "stopping" else self.patience.stop()
        is_going = state in ("queued", "running", "paused")
        self.setVisible(is_ours or not (is_going or state == "stopping"))
        self.stop.setVisible(is_going)
        self.stop.setText("Stop" if state == "queued" else "Stop and keep best")
        self.more.setVisible(is_going)
        self.look.setVisible(state == "stopped" and has_summary)
        self.again.setVisible(state in ("stopped", "finished"))

    def menu(self) -> QMenu:
        """Return a fresh menu of the ways to stop."""
        menu = QMenu(self)
        menu.addAction("Stop and keep best", self.stopAsked.emit)
        menu.addAction("Stop and discard…", self.discardAsked.emit)
        menu.aboutToHide.connect(menu.deleteLater)
        return menu

    def _button(self, name: str, button: Button, clicked: Callable[[], None]) -> Button:
        button.setObjectName(name)
        button.clicked.connect(lambda _=False: clicked())
        return button

    def _act(self) -> None:
        if self._state == "running":
            self.main.set_busy("Pausing…")
            self.pauseAsked.emit()
        elif self._state == "paused":
            self.main.set_busy("Resuming…")
            self.proceedAsked.emit()
        elif self._state in ("waiting", "stopped"):
            self.resumeAsked.emit()
        elif self._state == "finished":
            self.lookAsked.emit()

    def _open_menu(self) -> None:
        self.menu().popup(self.more.mapToGlobal(QPoint(0, self.more.height() + 4)))
