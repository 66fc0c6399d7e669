"""What a tab of Understand is: contents that follow the view, or the reason why they do not apply."""

from typing import ClassVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from kdstudio.core.rows import Rows
from kdstudio.ui.panels.understand.exploration import Exploration
from kdstudio.ui.panels.understand.sample_pictures import SamplePictures
from kdstudio.ui.panels.understand.seen import Seen
from kdstudio.ui.view import Selection
from kdstudio.ui.widgets.messages import EmptyState
from kdstudio.ui.workspace import Workspace


class Tab(QStackedWidget):
    """One tab. The page tells all tabs of new answers, and only the open one of selection, lens and current
    input.

    `arranged` says that `rows` has changed by something in the tab, `asked` names a number of the transfer strip whose
    explanation is wanted. Where a tab lists inputs, `sliced` asks to save the selection, `pinned` to make probes of it,
    `exported` to write what is listed, `widened` to take away what was added last to filter or selection.
    """

    arranged = Signal()
    asked = Signal(str)
    sliced = Signal()
    pinned = Signal()
    exported = Signal()
    widened = Signal()

    key: ClassVar[str]
    title: ClassVar[str]
    tile: ClassVar[str]  # the number of the transfer strip that it explains first

    def __init__(self, workspace: Workspace, exploration: Exploration, pictures: SamplePictures) -> None:
        super().__init__()
        self.workspace, self.view, self.exploration, self.pictures = workspace, workspace.view, exploration, pictures
        self.empty = EmptyState("–", "–", icon="columns")
        self.empty.setObjectName(f"no-{self.key}")
        self.empty.acted.connect(lambda: self.asked.emit("r2"))  # what is offered instead is always the largest errors
        self.addWidget(self.make())
        self.addWidget(self.empty)

    def make(self) -> QWidget:
        """Return the contents."""
        raise NotImplementedError

    def is_offered(self) -> bool:
        """Whether the tab is for models of this kind at all."""
        return True

    def against(self, seen: Seen) -> str:
        """Return why these answers cannot be shown here, "" where they can."""
        return ""

    def set_seen(self, seen: Seen) -> None:
        """Show other answers, or why they cannot be shown."""
        words = self.against(seen)
        self.setCurrentIndex(1 if words else 0)
        if words:
            self.empty.set_words(words, "Show the largest errors" if "error" in seen.orders else "")

    def refresh(self) -> None:
        """Catch up: the tab was opened, or has new answers while it is open."""

    def set_selection(self, selection: Selection) -> None:
        """Follow the selection, once the tab is open."""

    def set_current(self, row: int) -> None:
        """Follow the current input."""

    def set_lens(self, temperature: float, *, is_beside: bool) -> None:
        """Follow the lens; `is_beside` says whether the inspector, which follows it too, stands beside the tab."""

    def set_log(self, is_log: bool) -> None:
        """Use the scale of the inspector's bars."""

    def sort_by(self, order: str) -> None:
        """Sort the inputs by "telling", "kl", "confidence" or "error"."""

    def set_compact(self, compact: bool) -> None:
        """Make do with a narrow page."""

    def refresh_pictures(self) -> None:
        """Take the inputs' pictures again: they are those of other data."""

    def rows(self) -> Rows:
        """Return the inputs to walk through: those that are selected, else all, the most telling first."""
        seen, selection = self.exploration.seen, self.view.selection
        if selection:
            return selection.rows
        return Rows() if seen is None else seen.listed["telling"]
