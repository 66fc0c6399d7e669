"""The Disagreements tab: who is right, what was passed on, and the inputs behind it."""

from PySide6.QtWidgets import QWidget

from kdstudio.core.rows import Rows
from kdstudio.ui.panels.understand.outcomes_panel import OutcomesPanel
from kdstudio.ui.panels.understand.samples import samples_of
from kdstudio.ui.panels.understand.seen import Seen
from kdstudio.ui.tabs.tab import Tab
from kdstudio.ui.view import Selection

_NUMBERS = (
    "Numbers are closer or further off, and not simply right or wrong: there are no disagreements to count. "
    "The largest errors show where the student fails."
)


class DisagreementsTab(Tab):
    """The `panel` counts outcomes; choosing one selects its inputs."""

    key, title, tile = "disagreements", "Disagreements", "inherited"

    def make(self) -> QWidget:
        """Return the panel."""
        self.panel = OutcomesPanel(self.pictures)
        self.panel.inputChosen.connect(self.view.show)
        self.panel.outcomeChosen.connect(self._choose)
        self.panel.widened.connect(self.widened)
        self.panel.foot.sliced.connect(self.sliced)
        self.panel.foot.pinned.connect(self.pinned)
        self.panel.foot.exported.connect(self.exported)
        self.panel.groupChosen.connect(lambda group: self.view.select(group.rows, group.words))
        return self.panel

    def against(self, seen: Seen) -> str:
        """Of numbers nothing is right or wrong."""
        return _NUMBERS if seen.task == "regression" else ""

    def set_seen(self, seen: Seen) -> None:
        """Count other answers."""
        super().set_seen(seen)
        self.panel.set_seen(seen)

    def set_selection(self, selection: Selection) -> None:
        """Show the selected inputs, or those that say most."""
        seen = self.exploration.seen
        if seen is not None:
            outcome, rows = self.exploration.shown()
            lines = 1 + ("baseline" in seen.labels) + (outcome not in ("both_right", "inherited"))
            self.panel.set_inputs(rows, samples_of(seen), lines, outcome, selection)

    def set_current(self, row: int) -> None:
        """Mark the input."""
        self.panel.grid.set_current(row)

    def set_compact(self, compact: bool) -> None:
        """Make room for a scroll bar."""
        self.panel.set_compact(compact)

    def refresh_pictures(self) -> None:
        """Paint the pictures again."""
        self.panel.grid.refresh()
        self.panel.blind.update()

    def rows(self) -> Rows:
        """Return what the grid shows."""
        return self.panel.grid.rows()

    def _choose(self, name: str) -> None:
        self.exploration.choose_outcome(name)
        self.set_selection(self.view.selection)
