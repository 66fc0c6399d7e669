"""The line of tabs over an analysis: the tabs, the filter, what is selected, slices, the way to the inspector."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kdstudio.ui.panels.understand.filter_field import FilterField
from kdstudio.ui.theme import theme
from kdstudio.ui.view import Selection
from kdstudio.ui.widgets.buttons import Button, PillButton
from kdstudio.ui.widgets.cards import Divider
from kdstudio.ui.widgets.painting import count
from kdstudio.ui.widgets.segmented import TabRow

LONGEST, SHORT = 30, 16  # letters of a selection's name, and on a narrow page


class TabLine(QWidget):
    """`tabs` at the left; at the right the filter, and the selection as a pill that clears it."""

    cleared = Signal()
    inspectorAsked = Signal()
    slicesAsked = Signal()

    def __init__(self, tabs: list[tuple[str, str]], filter: FilterField) -> None:
        super().__init__()
        self.tabs, self._offered = TabRow(tabs, "Analysis"), tabs
        self.tabs.setObjectName("tabs")
        self.filter = filter
        filter.setMinimumWidth(theme().px(110))
        filter.setMaximumWidth(theme().px(380))
        self.pill = PillButton("", checkable=False, closes=True)
        self.pill.setObjectName("selection")
        self.slices = Button("Slices", "ghost", "bookmark", size="small")
        self.slices.setObjectName("slices")
        self.slices.setToolTip("Selections that were saved")
        self.inspector = Button("Inspector", "secondary", size="small", trailing="F4")
        self.inspector.setObjectName("openInspector")
        row = QHBoxLayout()
        row.setSpacing(theme().px(12))
        row.addWidget(self.tabs)
        row.addStretch(1)
        row.addWidget(filter, 20)
        for widget in (self.pill, self.slices, self.inspector):
            row.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(Divider())
        self.pill.clicked.connect(self.cleared)
        self.inspector.clicked.connect(self.inspectorAsked)
        self.slices.clicked.connect(self.slicesAsked)
        self.set_selection(Selection())
        self.set_compact(False)

    def offer(self, tabs: list[tuple[str, str]]) -> None:
        """Show these tabs alone; the first is open where the open one is gone."""
        if tabs != self._offered:
            self._offered = tabs
            self.tabs.set_choices(tabs)

    def open(self, tab: str) -> None:
        """Mark a tab as the open one; one that is not offered leaves the open one as it is."""
        if tab in dict(self._offered):
            self.tabs.set_value(tab)

    def set_selection(self, selection: Selection) -> None:
        """Show what is selected, or nothing."""
        self._selection = selection
        longest = SHORT if self.inspector.isVisibleTo(self) else LONGEST
        words = selection.words if len(selection.words) <= longest else selection.words[: longest - 1] + "…"
        size = len(selection.rows)
        self.pill.set_words(" · ".join(filter(None, (words, f"{count(size)} input{'' if size == 1 else 's'}"))))
        told = f"{selection.words}. " if words != selection.words else ""
        self.pill.setToolTip(f"{told}Show all inputs again (Esc)")
        self.pill.setVisible(bool(selection))

    def set_compact(self, compact: bool) -> None:
        """Offer the inspector as a button, where it lies over the page."""
        self.inspector.setVisible(compact)
        self.slices.setText("" if compact else "Slices")
        self.slices.setAccessibleName("Slices")
        self.set_selection(self._selection)
