"""All inputs of a split as points: what is true across, what the student answers upwards; one of them is current."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from kdstudio.core.measures import figures
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.controls import Hovered
from kdstudio.ui.widgets.kept import Kept
from kdstudio.ui.widgets.painting import CENTRE, LEFT, RIGHT, begin, focus_ring, mark, text

NEAR = 14  # pixels from a point that still hit it
_FOOT, _LEFT, _TOP = 34, 14, 20


class NumberScatter(Hovered, QWidget):
    """Points on a square with a diagonal where both are equal. `chosen` gives the position of a point clicked."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._across, self._up = np.zeros(0), np.zeros(0)
        self._words = ("truth", "student")
        self._current = -1
        self._kept = Kept()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Answers against the truth")

    def set_points(self, across: np.ndarray, up: np.ndarray, words: tuple[str, str]) -> None:
        """Show (N,) points; one with a NaN is not drawn. `words` name what lies across and what upwards."""
        self._across, self._up = np.asarray(across, dtype=np.float64), np.asarray(up, dtype=np.float64)
        self._words = words
        self._kept.forget()
        known = np.isfinite(self._across)
        self.setAccessibleDescription(f"{int(known.sum())} inputs: {words[1]} upwards, {words[0]} across")
        self.update()

    def set_current(self, position: int) -> None:
        """Mark one point, −1 for none."""
        self._current = position
        self.update()

    def sizeHint(self) -> QSize:
        """A square."""
        return QSize(theme().px(320), theme().px(280))

    def minimumSizeHint(self) -> QSize:
        """A small square."""
        return QSize(theme().px(180), theme().px(150))

    def point(self, position: int) -> QPointF:
        """Return where a point lies."""
        area, (low, high) = self._area(), self._range()
        x, y = (self._across[position] - low) / (high - low), (self._up[position] - low) / (high - low)
        return QPointF(area.left() + x * area.width(), area.bottom() - y * area.height())

    def nearest(self, place: QPointF) -> int:
        """Return the position of the point at a place, −1 where none is near."""
        if not np.isfinite(self._across).any():
            return -1
        area, (low, high) = self._area(), self._range()
        x = area.left() + (self._across - low) / (high - low) * area.width()
        y = area.bottom() - (self._up - low) / (high - low) * area.height()
        far = np.hypot(x - place.x(), y - place.y())
        at = int(np.nanargmin(far))
        return at if far[at] <= theme().px(NEAR) else -1

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the points, kept as a picture, and the current one above them."""
        painter = begin(self)
        painter.drawPixmap(0, 0, self._kept.of(self, self._draw))
        if 0 <= self._current < len(self._across) and np.isfinite(self._across[self._current]):
            place, px = self.point(self._current), theme().px
            painter.setPen(QPen(theme().colour("text_1"), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            mark(painter, "diamond", place, px(10), "student", theme().colour("surface_1"))
            painter.setPen(QPen(theme().colour("text_1"), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(place, px(10), px(10))
        if self.has_ring:
            focus_ring(painter, QRectF(self.rect()), theme().px(6))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show that a point can be clicked."""
        hit = self.nearest(event.position()) >= 0
        self.setCursor(Qt.CursorShape.PointingHandCursor if hit else Qt.CursorShape.ArrowCursor)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a point."""
        at = self.nearest(event.position())
        if at >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(at)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and Down go through the points by what the student answers."""
        step = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()))
        known = np.flatnonzero(np.isfinite(self._across))
        if step is None or not len(known):
            super().keyPressEvent(event)
            return
        order = known[np.argsort(self._up[known], kind="stable")]
        now = np.flatnonzero(order == self._current)
        at = int(now[0]) + step if len(now) else 0
        self.chosen.emit(int(order[min(max(at, 0), len(order) - 1)]))

    def _draw(self, painter: QPainter) -> None:
        px, area, (low, high) = theme().px, self._area(), self._range()
        painter.setPen(QPen(theme().colour("line"), 1))
        painter.drawRect(area)
        painter.setPen(QPen(theme().colour("truth", 0.7), 1, Qt.PenStyle.DashLine))
        painter.drawLine(area.bottomLeft(), area.topRight())
        known = np.flatnonzero(np.isfinite(self._across) & np.isfinite(self._up))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().colour("student", 0.75 if len(known) < 300 else 0.45))
        for at in known:
            painter.drawEllipse(self.point(int(at)), px(2.4), px(2.4))
        text(painter, QRectF(area.left(), 0, area.width(), px(18)), f"{self._words[1]} ↑", "caption", "text_2", LEFT)
        below = QRectF(area.left(), area.bottom() + px(3), area.width(), px(16))
        for words, align in ((figures(low, 3), LEFT), (f"{self._words[0]} →", CENTRE), (figures(high, 3), RIGHT)):
            text(painter, below, words, "caption", "text_2" if align == CENTRE else "text_3", align)

    def _area(self) -> QRectF:
        px = theme().px
        return QRectF(px(_LEFT), px(_TOP), self.width() - 2 * px(_LEFT), self.height() - px(_TOP + _FOOT - 8))

    def _range(self) -> tuple[float, float]:
        known = np.isfinite(self._across) & np.isfinite(self._up)
        if not known.any():
            return 0.0, 1.0
        both = np.concatenate([self._across[known], self._up[known]])
        low, high = float(both.min()), float(both.max())
        air = (high - low) * 0.03 or 0.5
        return low - air, high + air
