"""The line of tabs over an analysis: the tabs, what is selected, and the way to the inspector."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kdstudio.ui.theme import theme
from kdstudio.ui.view import Selection
from kdstudio.ui.widgets.buttons import Button, PillButton
from kdstudio.ui.widgets.cards import Divider
from kdstudio.ui.widgets.labels import Label
from kdstudio.ui.widgets.painting import count
from kdstudio.ui.widgets.segmented import TabRow

LONGEST = 34  # letters of a selection's name


class TabLine(QWidget):
    """`tabs` at the left, the selection as a pill that clears it at the right."""

    cleared = Signal()
    inspectorAsked = Signal()

    def __init__(self, tabs: list[tuple[str, str]]) -> None:
        super().__init__()
        self.tabs = TabRow(tabs, "Analysis")
        self.tabs.setObjectName("tabs")
        self.caption = Label("Selection", "small", "2", elide=False)
        self.pill = PillButton("", checkable=False, closes=True)
        self.pill.setObjectName("selection")
        self.inspector = Button("Inspector", "secondary", size="small", trailing="F4")
        self.inspector.setObjectName("openInspector")
        row = QHBoxLayout()
        row.setSpacing(theme().px(12))
        row.addWidget(self.tabs)
        row.addStretch()
        for widget in (self.caption, self.pill, self.inspector):
            row.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(Divider())
        self.pill.clicked.connect(self.cleared)
        self.inspector.clicked.connect(self.inspectorAsked)
        self.set_selection(Selection())
        self.set_compact(False)

    def set_selection(self, selection: Selection) -> None:
        """Show what is selected, or nothing."""
        words = selection.words if len(selection.words) <= LONGEST else selection.words[: LONGEST - 1] + "…"
        size = len(selection.rows)
        self.pill.set_words(f"{words} · {count(size)} input{'' if size == 1 else 's'}")
        self.pill.setToolTip("Show all inputs again (Esc)")
        self.pill.setVisible(bool(words))
        self.caption.setVisible(bool(words) and not self.inspector.isVisibleTo(self))

    def set_compact(self, compact: bool) -> None:
        """Offer the inspector as a button, where it lies over the page."""
        self.inspector.setVisible(compact)
        self.caption.setVisible(self.pill.isVisibleTo(self) and not compact)
