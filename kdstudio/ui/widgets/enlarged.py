"""A panel on the whole screen: taken out of its page, laid over the window, and put back where it was.

It stays a child of the window, so that every key, message and search works as before.
"""

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.buttons import Button


class Enlarged(QWidget):
    """Shows one panel until Escape, the button, or until its page has no more use for it."""

    def __init__(self, panel: QWidget) -> None:
        window = panel.window()
        super().__init__(window)
        self.setObjectName("enlarged")
        self.setAccessibleName("Full screen")
        self._window, self._panel, self._part = window, panel, part_of(panel)
        self._keyboard, whole = window.focusWidget(), window.screen().size()
        self._takes_screen = not window.isFullScreen() and window.size().boundedTo(whole) == window.size()
        self._place = QWidget()  # keeps the part's place
        self._place.setSizePolicy(self._part.sizePolicy())
        self._is_back = False
        self.close_button = Button("Back to the page", "secondary", size="small")
        self.close_button.setToolTip("Esc")
        self.close_button.clicked.connect(self.back)
        _swap(self._part, self._place)
        self._lay_out()
        self._fill()
        self.show()
        self.raise_()
        self._part.show()
        for one in {window, self._part, panel, self._place}:
            one.installEventFilter(self)
        if self._takes_screen:
            window.setWindowState(window.windowState() | Qt.WindowState.WindowFullScreen)
        (self._keyboard if self._keyboard is not None and panel.isAncestorOf(self._keyboard) else panel).setFocus()

    def back(self) -> None:
        """Put the panel back; what has been taken elsewhere in the meantime stays there."""
        if self._is_back:
            return
        self._is_back = True
        for one in {self._window, self._part, self._panel, self._place}:
            one.removeEventFilter(self)
        was_hidden = self._part.isHidden()
        if self._part.parentWidget() is self:
            _swap(self._place, self._part)
            self._part.setVisible(not was_hidden)
        self._place.deleteLater()
        if self._takes_screen:
            self._window.setWindowState(self._window.windowState() & ~Qt.WindowState.WindowFullScreen)
        if self._keyboard is not None and self._keyboard.isVisible():
            self._keyboard.setFocus()
        self.hide()
        self.setParent(None)
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Grow with the window; go back when page, tab or panel is left."""
        kind = event.type()
        if watched is self._window:
            if kind == QEvent.Type.Resize:
                self._fill()
        elif (kind == QEvent.Type.Hide and not event.spontaneous()) or (
            watched is self._part and kind == QEvent.Type.ParentChange
        ):
            self.back()
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape goes back; the window has the other keys."""
        if event.key() == Qt.Key.Key_Escape:
            self.back()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Cover the window."""
        QPainter(self).fillRect(self.rect(), theme().colour("window"))

    def _fill(self) -> None:
        self.setGeometry(QRect(0, 0, self._window.width(), self._window.height()))

    def _lay_out(self) -> None:
        px = theme().px
        head, column = QHBoxLayout(), QVBoxLayout(self)
        head.addStretch()
        head.addWidget(self.close_button)
        column.setContentsMargins(px(16), px(10), px(16), px(16))
        column.setSpacing(px(8))
        column.addLayout(head)
        column.addWidget(self._part, 1)


def enlarged(window: QWidget) -> Enlarged | None:
    """Return what is on the whole screen in a window, if anything is."""
    found = window.findChild(Enlarged, "enlarged", Qt.FindChildOption.FindDirectChildrenOnly)
    return found if isinstance(found, Enlarged) else None


def part_of(panel: QWidget) -> QWidget:
    """Return what is moved for a panel: a page in a stack stays there, and the stack moves."""
    part = panel
    while isinstance(parent := part.parentWidget(), QStackedWidget):
        part = parent
    return part


def _swap(old: QWidget, new: QWidget) -> None:
    """Put one widget into the other's place in a splitter or a layout."""
    parent = old.parentWidget()
    if isinstance(parent, QSplitter):
        sizes = parent.sizes()
        parent.replaceWidget(parent.indexOf(old), new)
        parent.setSizes(sizes)
        old.setParent(None)
        return
    layout = parent.layout() if parent is not None else None
    if layout is not None and layout.replaceWidget(old, new) is not None:
        new.setVisible(True)
        old.setParent(None)
