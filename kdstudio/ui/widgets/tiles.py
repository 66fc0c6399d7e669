"""Tiles of the transfer strip: one number, what it is without a teacher, and how it came about."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.controls import Hovered
from kdstudio.ui.widgets.painting import begin, box, focus_ring, text, width


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a sparkline: its values over time, and whose it is."""

    values: np.ndarray  # (n,) float, NaN where nothing is known
    identity: str = "student"


def draw_sparkline(painter: QPainter, rect: QRectF, lines: list[Line]) -> None:
    """Draw lines with one common scale; the last value of the student's carries a dot."""
    known = [line for line in lines if np.isfinite(line.values).sum() > 1]
    if not known:
        return
    every = np.concatenate([line.values[np.isfinite(line.values)] for line in known])
    lowest, span = float(every.min()), float(np.ptp(every)) or 1.0
    longest = max(len(line.values) for line in known)
    for line in sorted(known, key=lambda line: line.identity == "student"):
        x = rect.left() + np.arange(len(line.values)) / max(1, longest - 1) * rect.width()
        y = rect.bottom() - (line.values - lowest) / span * rect.height()
        points = [QPointF(a, b) for a, b in zip(x, y, strict=True) if np.isfinite(b)]
        mine = line.identity == "student"
        pen = QPen(theme().colour(line.identity, 1.0 if mine else 0.6), 1.6 if mine else 1.0)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(points))
        if mine:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme().colour("student"))
            painter.drawEllipse(points[-1], 2.2, 2.2)


class Tile(Hovered, QAbstractButton):
    """A number with its name above and its comparison below; a click jumps to where it is explained.

    Where there is no number, `set_value("–", reason)` says why. Compact tiles keep name, value and comparison.
    """

    def __init__(self, name: str, *, compact: bool = False) -> None:
        super().__init__()
        self._name, self._value, self._below = name, "–", ""
        self._lines: list[Line] = []
        self._active, self._compact = False, compact
        self.take_clicks(QSizePolicy.Policy.Expanding)
        self._tell()

    def set_value(self, value: str, below: str = "", lines: list[Line] | None = None) -> None:
        """Show the value, the comparison ("Teacher 91.0 · without 84.5") and the lines behind it."""
        self._value, self._below, self._lines = value, below, lines or []
        self._tell()
        self.update()

    def set_active(self, active: bool) -> None:
        """Show that the page below explains this tile."""
        self._active = active
        self.update()

    def set_compact(self, compact: bool) -> None:
        """Use one line for value and comparison."""
        self._compact = compact
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """82 pixels high, 50 when compact."""
        return QSize(theme().px(150), theme().px(50 if self._compact else 82))

    def minimumSizeHint(self) -> QSize:
        """A tile may shrink to its value."""
        return QSize(theme().px(96), self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the tile."""
        painter, now, rect = begin(self), theme(), QRectF(self.rect())
        edge = "line_strong" if self._active or self.is_hovered else "line"
        box(painter, rect, now.px(10), now.colour("surface_2" if self._active else "surface_1"), now.colour(edge))
        if self.has_ring:
            focus_ring(painter, rect, now.px(10))
        (self._paint_compact if self._compact else self._paint_full)(painter, rect)

    def _paint_full(self, painter: QPainter, rect: QRectF) -> None:
        px, left = theme().px, float(theme().px(14))
        room = rect.width() - 2 * left
        text(painter, QRectF(left, px(9), room, px(18)), self._name, "small", "text_2")
        text(painter, QRectF(left, px(27), room, px(30)), self._value, "num", self._tone)
        text(painter, QRectF(left, px(57), room + px(8), px(17)), self._below, "caption", "text_2")
        used = width(self._value, "num") + px(14)
        wide = min(px(52), room - used)
        if wide >= px(24):
            draw_sparkline(painter, QRectF(rect.right() - left - wide, px(32), wide - 3, px(18)), self._lines)

    def _paint_compact(self, painter: QPainter, rect: QRectF) -> None:
        px, left = theme().px, float(theme().px(11))
        room = rect.width() - 2 * left
        text(painter, QRectF(left, px(6), room, px(17)), self._name, "small", "text_2")
        wide = min(width(self._value, "h2") + 1, room)
        text(painter, QRectF(left, px(23), wide, px(20)), self._value, "h2", self._tone)
        after = QRectF(left + wide + px(7), px(24), max(0.0, room - wide - px(7)), px(20))
        text(painter, after, self._below, "caption", "text_2")

    @property
    def _tone(self) -> str:
        return "text_3" if self._value == "–" else "text_1"

    def _tell(self) -> None:
        self.setAccessibleName(f"{self._name}: {self._value}" + (f", {self._below}" if self._below else ""))
        self.setToolTip(self._below if self._value == "–" else "")
