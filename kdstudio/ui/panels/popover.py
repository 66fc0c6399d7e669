"""A small surface that opens above a button and goes with Escape or a click elsewhere."""

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.buttons import Button
from kdstudio.ui.widgets.labels import Paragraph


class Popover(QFrame):
    """Holds one column of widgets; `open_at` shows it above a widget, `open_below` below one."""

    def __init__(self, parent: QWidget, name: str, width: int = 400) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("kind", "card")
        self.setProperty("state", "active")
        self.setAccessibleName(name)
        self.inner_width = theme().px(width - 32)
        self.setFixedWidth(theme().px(width))
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(*(theme().px(m) for m in (16, 14, 16, 14)))
        self.column.setSpacing(theme().px(8))

    def open_at(self, widget: QWidget) -> None:
        """Show it above `widget`."""
        self.adjustSize()
        corner = widget.mapToGlobal(QPoint(widget.width(), 0))
        screen = widget.screen().availableGeometry()
        x = max(screen.left() + 8, min(corner.x() - self.width(), screen.right() - self.width() - 8))
        self.move(x, max(screen.top() + 8, corner.y() - self.height() - theme().px(6)))
        self.show()

    def open_below(self, widget: QWidget) -> None:
        """Show it below `widget`, with its upper right corner there."""
        self.adjustSize()
        corner = widget.mapToGlobal(QPoint(widget.width(), widget.height()))
        left = widget.screen().availableGeometry().left()
        self.move(max(left + 8, corner.x() - self.width()), corner.y() + theme().px(6))
        self.show()

    def add_save(self, save: Callable[[], None]) -> None:
        """Put Cancel and Save below what there is."""
        row, cancel, keep = QHBoxLayout(), Button("Cancel", "ghost"), Button("Save", "primary")
        cancel.clicked.connect(self.close)
        keep.clicked.connect(save)
        row.addStretch()
        row.addWidget(cancel)
        row.addWidget(keep)
        self.column.addLayout(row)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)


def fitted(paragraph: Paragraph, width: int) -> Paragraph:
    """Give a paragraph exactly the height that its text needs at `width`: a popover has no spare room to give."""
    paragraph.setFixedSize(width, paragraph.heightForWidth(width))
    return paragraph
