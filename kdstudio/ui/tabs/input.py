"""The Input tab: one input in large, and all of them to walk through."""

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from kdstudio.core.errors import Problem
from kdstudio.core.rows import Rows
from kdstudio.ui.panels.understand.input_panel import InputPanel
from kdstudio.ui.panels.understand.seen import Seen
from kdstudio.ui.tabs.tab import Tab
from kdstudio.ui.view import Selection

LARGE_MS = 30  # the large butterfly follows the lens as often as this


class InputTab(Tab):
    """The `panel` follows the current input."""

    key, title, tile = "input", "Input", "kl"

    def make(self) -> QWidget:
        """Return the panel."""
        self._large = QTimer(self, singleShot=True, interval=LARGE_MS)
        self._large.timeout.connect(self.refresh)
        self.panel = InputPanel(self.pictures)
        self.panel.set_lens(self.view.lens)
        self.panel.inputChosen.connect(self.view.show)
        self.panel.list.arranged.connect(self.arranged)
        self.panel.list.widened.connect(self.widened)
        self.panel.list.foot.sliced.connect(self.sliced)
        self.panel.list.foot.pinned.connect(self.pinned)
        self.panel.list.foot.exported.connect(self.exported)
        self.panel.picture.playFailed.connect(lambda words: self.workspace.notices.tell(Problem(message=words)))
        return self.panel

    def set_seen(self, seen: Seen) -> None:
        """List other inputs."""
        super().set_seen(seen)
        self.panel.set_seen(seen)

    def refresh(self) -> None:
        """Take the lens as it is by now."""
        self.panel.set_lens(self.view.lens)

    def set_selection(self, selection: Selection) -> None:
        """List the selected inputs."""
        self.panel.list.set_selection(selection)

    def set_current(self, row: int) -> None:
        """Show the input."""
        if self.exploration.seen is not None:
            self.panel.set_input(self.exploration.one(row), self.exploration.face(row))

    def set_lens(self, temperature: float, *, is_beside: bool) -> None:
        """Soften the bars: a little later where the inspector has them too, both would take longer than a frame."""
        if not is_beside:
            self.panel.set_lens(temperature)
        elif not self._large.isActive():
            self._large.start()

    def set_log(self, is_log: bool) -> None:
        """Use the scale of the inspector's bars."""
        self.panel.butterfly.set_log(is_log)

    def sort_by(self, order: str) -> None:
        """Sort the list."""
        self.panel.list.sort_by(order)

    def refresh_pictures(self) -> None:
        """Paint the list again."""
        self.panel.list.grid.refresh()

    def rows(self) -> Rows:
        """Return what is listed."""
        return self.panel.list.rows()
