"""The drawer of Setup: everything about a model, the data or a method, over the right side of the page."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from kdstudio.recipe.item import Item
from kdstudio.recipe.problems import Entry
from kdstudio.ui.draft import Draft
from kdstudio.ui.panels.methods.families import FAMILIES
from kdstudio.ui.panels.methods.method_help import HelpPage, help_file, help_text
from kdstudio.ui.panels.scrolled import scrolled
from kdstudio.ui.panels.setup.details import LATENCY, sections
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.buttons import IconButton
from kdstudio.ui.widgets.labels import Label, MarkLabel, Paragraph
from kdstudio.ui.widgets.painting import SHAPES

WIDTH = 460
_TITLES = {"teacher": "Teacher", "student": "Student", "data": "Data"}


class DetailsDrawer(QFrame):
    """Escape and the cross close it, and the keyboard goes back to where it was."""

    def __init__(self, page: QWidget) -> None:
        super().__init__(page)
        self.setObjectName("details")
        self.setProperty("kind", "card")
        self.setProperty("state", "active")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._page, self._role = page, ""
        self._before: QWidget | None = None
        self._body: QWidget | None = None
        self._mark = MarkLabel("database", "", "h2")
        self.path = Label("", "small", "3")
        self.close_button = IconButton("close", "Close (Esc)")
        self.close_button.setObjectName("closeDetails")
        self.close_button.clicked.connect(self.close_drawer)
        px = theme().px
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(px(20), px(14), px(12), px(12))
        self._column.setSpacing(px(10))
        self._head = QHBoxLayout()
        self._head.addWidget(self._mark, 1)
        self._head.addWidget(self.close_button)
        self._column.addLayout(self._head)
        self._column.addWidget(self.path)
        self.hide()

    def open_for(self, role: str, item: Item, draft: Draft, latency: str = "") -> None:
        """Show all that is known about an item in its role; of a model its `latency` in words."""
        self.path.setText(item.path or "new, not saved yet")
        self.path.setToolTip(item.path)
        self._role = role
        self._set_mark(role if role in SHAPES else "database", _TITLES[role])
        self._open(f"Details of the {role}", scrolled(*sections(role, item, draft, latency), spacing=16))

    def open_help(self, entry: Entry | None) -> None:
        """Show what there is to read about a method, or about those that are left out."""
        title = entry.title if entry is not None else "What is left out"
        self.path.setText(FAMILIES.get(entry.family, entry.family) if entry is not None else "Methods")
        self.path.setToolTip("")
        self._role = ""
        self._set_mark("help", title)
        words = help_text(entry) if entry is not None else help_file("left_out")
        self._open(f"About {title}" if entry is not None else title, HelpPage(words, title))

    def _open(self, name: str, body: QWidget) -> None:
        focused = self._page.window().focusWidget()
        self._before = focused if focused is not self else self._before
        self.setAccessibleName(name)
        if self._body is not None:
            self._body.hide()
            self._body.setParent(None)
            self._body.deleteLater()
        self._body = body
        self._column.addWidget(self._body, 1)
        self.place()
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.PopupFocusReason)

    def set_latency(self, role: str, words: str) -> None:
        """Tell what was still being measured when the drawer was opened."""
        told = self.findChild(Paragraph, LATENCY) if role == self._role else None
        if told is not None:
            told.set_words(words)

    def close_drawer(self) -> None:
        """Hide, and give the keyboard back."""
        self.hide()
        if self._before is not None and self._before.isVisible():
            self._before.setFocus(Qt.FocusReason.OtherFocusReason)

    def place(self) -> None:
        """Lie over the right side of the page."""
        gap = theme().px(12)
        wide = min(theme().px(WIDTH), self._page.width() - 2 * gap)
        self.setGeometry(self._page.width() - wide - gap, gap, wide, self._page.height() - 2 * gap)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_drawer()
        else:
            super().keyPressEvent(event)

    def _set_mark(self, mark: str, title: str) -> None:
        old = self._mark
        self._mark = MarkLabel(mark, title, "h2")
        self._head.replaceWidget(old, self._mark)
        old.setParent(None)
        old.deleteLater()
