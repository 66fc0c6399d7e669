"""The chip beside the pointer that says what is being dragged."""

from PySide6.QtCore import QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QWidget

from kdstudio.ui import icons
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.painting import begin, box, text, width

WIDEST = 340


class DragChip(QWidget):
    """Icon, name and kind of what is dragged. It follows the pointer and never takes it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._over = parent
        self.setObjectName("dragChip")
        self._icon, self._name, self._kind = "file", "", ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName("Dragged file")

    def set_file(self, icon: str, name: str, kind: str) -> None:
        """Show another file."""
        self._icon, self._name, self._kind = icon, name, kind
        self.setAccessibleName(f"{name}: {kind}")
        self.resize(self.sizeHint())
        self.update()

    def follow(self, point: QPoint) -> None:
        """Stand below the pointer at its right, within the parent."""
        x = min(point.x() + theme().px(14), self._over.width() - self.width() - theme().px(8))
        y = min(point.y() + theme().px(18), self._over.height() - self.height() - theme().px(8))
        self.move(max(x, 0), max(y, 0))

    def sizeHint(self) -> QSize:
        """The longer line, up to a limit."""
        px = theme().px
        words = max(width(self._name, "bodym"), width(self._kind, "small"))
        return QSize(round(min(words + px(56), px(WIDEST))) + 1, px(50))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the chip."""
        painter, now, rect = begin(self), theme(), QRectF(self.rect())
        box(painter, rect, now.px(8), now.colour("surface_3"), now.colour("text_3"))
        side = now.px(16)
        icons.draw(painter, self._icon, QRectF(now.px(14), rect.center().y() - side / 2, side, side), "text_2")
        left = float(now.px(41))
        room = rect.width() - left - now.px(12)
        text(painter, QRectF(left, now.px(7), room, now.px(18)), self._name, "bodym", "text_1")
        text(painter, QRectF(left, now.px(25), room, now.px(17)), self._kind, "small", "text_2")
