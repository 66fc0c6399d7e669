"""The line of marks and words above a chart."""

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.painting import Shape, begin, mark, text, width

Entry = tuple[Shape, str, str]  # shape, colour token, words


LINE = 18


class Legend(QWidget):
    """Marks with their words in up to `lines` lines; what finds no room is left out and told as a tooltip."""

    def __init__(self) -> None:
        super().__init__()
        self._entries: list[Entry] = []
        self.lines = 1
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Legend")

    def set_entries(self, entries: list[Entry]) -> None:
        """Show these entries."""
        if entries != self._entries:
            self._entries = entries
            words = ", ".join(words for _, _, words in entries)
            self.setAccessibleName(f"Legend: {words}")
            self.setToolTip(words)
            self._fit()
            self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take as many lines as are needed at this width."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self.setFixedHeight(theme().px(LINE) * min(_lines(self._entries, self.width()), self.lines))

    def sizeHint(self) -> QSize:
        """One line."""
        return QSize(theme().px(160), theme().px(LINE))

    def minimumSizeHint(self) -> QSize:
        """One line, however short."""
        return QSize(theme().px(40), theme().px(LINE))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the entries."""
        draw_legend(begin(self), QRectF(self.rect()), self._entries)


def draw_legend(painter: QPainter, rect: QRectF, entries: list[Entry]) -> None:
    """Draw entries from the left as long as there is room, in as many lines as the rectangle is high."""
    px, x, y = theme().px, rect.left(), rect.top()
    tall = min(float(px(LINE)), rect.height())
    for shape, token, words in entries:
        wide = width(words, "caption") + 2
        room = rect.right() - x - px(15)
        if room < wide and x > rect.left() and y + 2 * tall <= rect.bottom() + 1:
            x, y = rect.left(), y + tall
            room = rect.right() - x - px(15)
        if room < min(wide, px(36)):
            return
        size = px(11) if shape == "line" else px(7)
        mark(painter, shape, QPointF(x + px(5), y + tall / 2), size, token)
        text(painter, QRectF(x + px(15), y, min(wide, room), tall), words, "caption", "text_2")
        x += px(15) + wide + px(12)


def _lines(entries: list[Entry], room: float) -> int:
    """Return how many lines the entries need."""
    px, x, lines = theme().px, 0.0, 1
    for _, _, words in entries:
        wide = px(15) + width(words, "caption") + 2
        if x and x + wide > room:
            x, lines = 0.0, lines + 1
        x += wide + px(12)
    return lines
