"""Differences with their intervals, one below the other: what lies beside the line in the middle is more than chance.

To the right the first model is better: for a distance that is a negative difference.
"""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from kdstudio.analysis.bootstrap import Range
from kdstudio.ui.panels.compare.versus import signed
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.painting import LEFT, RIGHT, begin, mark, text, width

ROW = 24
_VALUES = 84


class Forest(QWidget):
    """Rows of one unit have one scale; all share the line at 0."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[tuple[str, Range, str], ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Differences with their intervals")
        self.setToolTip("Right of the line the first is better. An interval that crosses the line may be chance.")

    def set_rows(self, rows: Sequence[tuple[str, Range, str]]) -> None:
        """Show (what, difference, unit) rows."""
        self._rows = tuple(rows)
        self.setAccessibleDescription("; ".join(_told(*row) for row in rows))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """A line each."""
        return QSize(theme().px(420), theme().px(ROW) * max(1, len(self._rows)))

    def minimumSizeHint(self) -> QSize:
        """Names, values and a short scale."""
        return QSize(theme().px(300), self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the line at 0 and the rows."""
        painter, px = begin(self), theme().px
        left = max((width(what, "small") for what, _, _ in self._rows), default=0.0) + px(18)
        area = QRectF(left, 0, self.width() - left - px(_VALUES), px(ROW) * len(self._rows))
        painter.setPen(QPen(theme().colour("text_3"), 1))
        painter.drawLine(QPointF(area.center().x(), area.top()), QPointF(area.center().x(), area.bottom()))
        for at, row in enumerate(self._rows):
            self._paint(painter, QRectF(area.left(), at * px(ROW), area.width(), px(ROW)), *row)

    def _paint(self, painter: QPainter, band: QRectF, what: str, found: Range, unit: str) -> None:
        px, middle = theme().px, band.center().y()
        farthest = self._farthest(unit) * (1 if unit == "points" else -1)
        x = [band.center().x() + value / farthest * band.width() / 2 for value in (found.low, found.value, found.high)]
        text(painter, QRectF(0, band.top(), band.left() - px(8), band.height()), what, "small", "text_2", LEFT)
        pen = QPen(theme().colour("student", 0.45 if found.is_clear else 0.25), px(6))
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawLine(QPointF(x[0], middle), QPointF(x[2], middle))
        mark(painter, "diamond", QPointF(x[1], middle), px(10), "student", theme().colour("surface_1"))
        values = QRectF(band.right(), band.top(), px(_VALUES), band.height())
        text(painter, values, signed(found, unit), "h3", "text_1" if found.is_clear else "text_2", RIGHT)

    def _farthest(self, unit: str) -> float:
        least = 0.01 if unit == "points" else 0.005
        return 1.1 * max(least, *(abs(end) for _, one, own in self._rows if own == unit for end in (one.low, one.high)))


def _told(what: str, found: Range, unit: str) -> str:
    low, high = (signed(Range(value, value, value), unit) for value in (found.low, found.high))
    return f"{what} {signed(found, unit)}, 95% from {low} to {high}"
