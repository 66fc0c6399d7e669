"""One row a class: without teacher ○, student ◆ and teacher ● on one scale, and by how much the student changed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy

from kdstudio.ui.charts.drawn import Drawn
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.painting import CENTRE, MINUS, RIGHT, SHAPES, box, count, focus_ring, mark, text

ROW = 18
DRAWN = ("baseline", "teacher", "student")  # the last one lies on top


@dataclass(frozen=True, slots=True)
class Dumbbell:
    """A class by its number: values by learner (NaN or absent where unknown), n inputs, and whether n is too small."""

    number: int
    name: str
    values: dict[str, float]
    change: float
    count: int
    is_small: bool = False


class Dumbbells(Drawn):
    """Rows of a measure; `chosen` gives the number of the class. Up and Down move, Enter chooses."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[Dumbbell, ...] = ()
        self._is_percent, self._at, self._marked = True, 0, -1
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName("Change of each class")

    def set_rows(self, rows: Sequence[Dumbbell], *, is_percent: bool) -> None:
        """Show these classes, in this order."""
        self._rows, self._is_percent = tuple(rows), is_percent
        self._at = min(self._at, max(0, len(rows) - 1))
        self._tell()
        self.updateGeometry()
        self.update()

    def set_marked(self, number: int) -> None:
        """Mark the class that is selected; −1 for none."""
        self._marked = number
        self.update()

    def sizeHint(self) -> QSize:
        """A line for each class, and one for the scale."""
        return QSize(theme().px(310), theme().px(ROW) * max(1, len(self._rows)) + theme().px(18))

    def minimumSizeHint(self) -> QSize:
        """Names, a short scale, changes."""
        return QSize(theme().px(240), self.sizeHint().height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move, choose."""
        moves = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        if event.key() in moves and self._rows:
            self._at = min(max(self._at + moves[Qt.Key(event.key())], 0), len(self._rows) - 1)
            self._tell()
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._rows:
            self.chosen.emit(self._rows[self._at].number)
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose a class."""
        at = int(event.position().y() // theme().px(ROW))
        if event.button() == Qt.MouseButton.LeftButton and 0 <= at < len(self._rows):
            self._at = at
            self.chosen.emit(self._rows[at].number)

    def scale(self) -> tuple[float, float]:
        """Return the lowest and highest value of the scale."""
        values = [value for row in self._rows for value in row.values.values() if np.isfinite(value)]
        if not values:
            return 0.0, 1.0
        step = 0.1 if self._is_percent else 10 ** np.floor(np.log10(max(*values, 1e-6)))
        low = np.floor(min(values) / step) * step if self._is_percent else 0.0
        return float(low), float(max(np.ceil(max(values) / step - 1e-9) * step, low + step))

    def draw(self, painter: QPainter) -> None:
        """Paint scale and rows."""
        if not self._rows:
            return
        px, (low, high) = theme().px, self.scale()
        left, right = min(px(92), self.width() * 0.3), float(px(86))
        area = QRectF(left + px(8), 0, self.width() - left - right - px(14), px(ROW) * len(self._rows))
        for value in (low, (low + high) / 2, high):
            x = area.left() + (value - low) / (high - low) * area.width()
            painter.setPen(QPen(theme().colour("line"), 1))
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
            words = f"{value:.0%}" if self._is_percent else f"{value:.3g}"
            text(painter, QRectF(x - px(24), area.bottom() + px(2), px(48), px(16)), words, "micro", "text_2", CENTRE)
        foot = QRectF(self.width() - px(40), area.bottom() + px(2), px(36), px(16))
        text(painter, foot, "n", "micro", "text_3", RIGHT)
        seen = self.visibleRegion().boundingRect() if painter.device() is self else self.rect()
        for at, row in enumerate(self._rows):
            if (at + 1) * px(ROW) < seen.top() or at * px(ROW) > seen.bottom():
                continue  # of a thousand classes only some are scrolled into view
            band = QRectF(0, at * px(ROW), self.width(), px(ROW))
            if row.number == self._marked:
                box(painter, band, px(4), theme().colour("surface_3"))
            self._draw_row(painter, band, area, row, (low, high))
            if self.has_ring and at == self._at:
                focus_ring(painter, band, px(4))

    def _draw_row(
        self, painter: QPainter, band: QRectF, area: QRectF, row: Dumbbell, scale: tuple[float, float]
    ) -> None:
        px, (low, high), middle = theme().px, scale, band.center().y()
        name = QRectF(0, band.top(), area.left() - px(10), band.height())
        tone = "text_3" if row.is_small else "text_1"
        text(painter, name, row.name, "smallm" if row.number == self._marked else "small", tone, RIGHT)
        x = {
            who: area.left() + (value - low) / (high - low) * area.width()
            for who, value in row.values.items()
            if np.isfinite(value)
        }
        if x:
            painter.setPen(QPen(theme().colour("line_strong"), 2))
            painter.drawLine(QPointF(min(x.values()), middle), QPointF(max(x.values()), middle))
        painter.setOpacity(0.45 if row.is_small else 1.0)
        for who in DRAWN:
            if who in x:
                mark(painter, SHAPES[who], QPointF(x[who], middle), px(8), who)
        painter.setOpacity(1.0)
        many = QRectF(band.right() - px(40), band.top(), px(36), band.height())
        text(painter, many, count(row.count), "micro", "text_3", RIGHT)
        change = QRectF(area.right(), band.top(), many.left() - area.right(), band.height())
        text(painter, change, self.change_words(row), "smallm", tone if abs(row.change) > 0 else "text_2", RIGHT)

    def change_words(self, row: Dumbbell) -> str:
        """Return by how much the student differs, with its sign; a dash where it is not known."""
        if not np.isfinite(row.change):
            return "–"
        return (f"{row.change * 100:+.1f}" if self._is_percent else f"{row.change:+.3f}").replace("-", MINUS)

    def _tell(self) -> None:
        told = ""
        if self._rows:
            row = self._rows[self._at]
            small = ", too few inputs to tell" if row.is_small else ""
            told = f"{row.name}: {self.change_words(row)}, {row.count} inputs{small}"
        self.setAccessibleDescription(told)
