"""The drawer of Setup: everything about a model or the data, over the right side of the page."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from kdstudio.recipe.item import Item
from kdstudio.ui.draft import Draft
from kdstudio.ui.panels.details import sections
from kdstudio.ui.panels.scrolled import scrolled
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.buttons import IconButton
from kdstudio.ui.widgets.labels import Label, MarkLabel
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
        self._page = page
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

    def open_for(self, role: str, item: Item, draft: Draft) -> None:
        """Show all that is known about an item in its role."""
        focused = self._page.window().focusWidget()
        self._before = focused if focused is not self else self._before
        self._set_mark(role)
        self.path.setText(item.path or "new, not saved yet")
        self.path.setToolTip(item.path)
        self.setAccessibleName(f"Details of the {role}")
        if self._body is not None:
            self._body.setParent(None)
            self._body.deleteLater()
        self._body = scrolled(*sections(role, item, draft), spacing=16)
        self._column.addWidget(self._body, 1)
        self.place()
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.PopupFocusReason)

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

    def _set_mark(self, role: str) -> None:
        old = self._mark
        self._mark = MarkLabel(role if role in SHAPES else "database", _TITLES[role], "h2")
        self._head.replaceWidget(old, self._mark)
        old.setParent(None)
        old.deleteLater()
