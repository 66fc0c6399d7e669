"""The line of marks and words above a chart."""

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.painting import Shape, begin, mark, text, width

Entry = tuple[Shape, str, str]  # shape, colour token, words


class Legend(QWidget):
    """Marks with their words in one line; what finds no room is left out from the right and told as a tooltip."""

    def __init__(self) -> None:
        super().__init__()
        self._entries: list[Entry] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Legend")

    def set_entries(self, entries: list[Entry]) -> None:
        """Show these entries."""
        if entries != self._entries:
            self._entries = entries
            words = ", ".join(words for _, _, words in entries)
            self.setAccessibleName(f"Legend: {words}")
            self.setToolTip(words)
            self.update()

    def sizeHint(self) -> QSize:
        """One line."""
        return QSize(theme().px(160), theme().px(18))

    def minimumSizeHint(self) -> QSize:
        """One line, however short."""
        return QSize(theme().px(40), theme().px(18))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the entries."""
        draw_legend(begin(self), QRectF(self.rect()), self._entries)


def draw_legend(painter: QPainter, rect: QRectF, entries: list[Entry]) -> None:
    """Draw entries from the left as long as there is room."""
    px, x = theme().px, rect.left()
    for shape, token, words in entries:
        wide = width(words, "caption") + 2
        room = rect.right() - x - px(15)
        if room < min(wide, px(36)):
            return
        size = px(11) if shape == "line" else px(7)
        mark(painter, shape, QPointF(x + px(5), rect.center().y()), size, token)
        text(painter, QRectF(x + px(15), rect.top(), min(wide, room), rect.height()), words, "caption", "text_2")
        x += px(15) + wide + px(12)
