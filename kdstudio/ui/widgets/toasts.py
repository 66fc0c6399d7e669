"""Toasts: short messages at the lower right that go by themselves, unless they are errors.

They lie above the line at the foot of a page, where its main button is.
"""

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.buttons import Button, IconButton
from kdstudio.ui.widgets.cards import Glyph
from kdstudio.ui.widgets.labels import Paragraph

SECONDS = 6.0
_ICONS = {
    "note": ("info", "text_2"),
    "ok": ("check", "truth"),
    "warning": ("alert", "warning"),
    "error": ("alert", "error"),
}


class Toast(QFrame):
    """One message with its actions; the first ends it."""

    acted = Signal()
    closed = Signal()

    def __init__(self, words: str, severity: str = "note", action: str = "") -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.setProperty("state", "error" if severity == "error" else "active")
        self.setAccessibleName(words)
        self.setFixedWidth(theme().px(360))
        icon, token = _ICONS.get(severity, _ICONS["note"])
        row = QHBoxLayout(self)
        row.setContentsMargins(*(theme().px(m) for m in (14, 10, 8, 10)))
        row.setSpacing(theme().px(10))
        top = Qt.AlignmentFlag.AlignTop
        row.addWidget(Glyph(icon, token, 18), 0, top)
        self.sentence = Paragraph(words, "body", "1")
        column = QVBoxLayout()
        column.setSpacing(theme().px(8))
        column.addWidget(self.sentence)
        row.addLayout(column, 1)
        self._column = column
        self._actions: QHBoxLayout | None = None
        if action:
            self.add_action(action).clicked.connect(self._act)
        close = IconButton("close", "Dismiss", size=22, glyph=12)
        close.clicked.connect(self.closed)
        row.addWidget(close, 0, top)

    def add_action(self, words: str) -> Button:
        """Add a button, after those that are there; the message stays when it is pressed."""
        if self._actions is None:
            self._actions = QHBoxLayout()
            self._actions.setSpacing(theme().px(6))
            self._actions.addStretch()
            self._column.addLayout(self._actions)
        button = Button(words, "secondary", size="small")
        self._actions.insertWidget(self._actions.count() - 1, button)
        return button

    def _act(self) -> None:
        self.acted.emit()
        self.closed.emit()


class ToastStack(QWidget):
    """The pile of toasts over a window; it follows the window's size and lets clicks beside the toasts through."""

    def __init__(self, over: QWidget, *, bottom: int = 100) -> None:
        super().__init__(over)
        self._bottom = bottom
        self.setObjectName("toasts")
        self.setAccessibleName("Messages")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme().px(8))
        over.installEventFilter(self)
        self.hide()

    def show_message(self, words: str, severity: str = "note", action: str = "", seconds: float = SECONDS) -> Toast:
        """Add a toast; errors stay until they are closed, the others go after `seconds`."""
        toast = Toast(words, severity, action)
        toast.closed.connect(lambda: self._remove(toast))
        self._column.addWidget(toast)
        if severity != "error":
            timer = QTimer(toast, singleShot=True, interval=round(seconds * 1000))
            timer.timeout.connect(lambda: self._remove(toast))
            timer.start()
        toast.show()  # a layout leaves out what is not shown yet
        self.show()
        self.raise_()
        self._place()
        return toast

    def toasts(self) -> list[Toast]:
        """What is shown, oldest first."""
        items = (self._column.itemAt(at) for at in range(self._column.count()))
        widgets = (item.widget() for item in items if item is not None)
        return [widget for widget in widgets if isinstance(widget, Toast)]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the corner."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def _remove(self, toast: Toast) -> None:
        self._column.removeWidget(toast)
        toast.hide()
        toast.setParent(None)
        toast.deleteLater()
        self.setVisible(bool(self.toasts()))
        self._place()

    def _place(self) -> None:
        over = self.parentWidget()
        if over is None or not self.isVisible():
            return
        self._column.activate()
        wide = max((toast.width() for toast in self.toasts()), default=0)
        tall = self._column.totalHeightForWidth(wide)
        x = over.width() - wide - theme().px(16)
        y = over.height() - tall - theme().px(self._bottom)
        self.setGeometry(x, y, wide, tall)
