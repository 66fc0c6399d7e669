"""Check boxes and switches, painted, with the words beside them clickable too."""

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QCheckBox, QSizePolicy

from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.controls import Hovered
from kdstudio.ui.widgets.painting import begin, box, focus_ring, line_height, text, width


class CheckBox(Hovered, QCheckBox):
    """A box with a tick, its words, and a fainter line below them that says what it costs or brings."""

    _side = (16, 16)

    def __init__(self, words: str, below: str = "", *, checked: bool = False) -> None:
        super().__init__(words)
        self._below = below
        self.setChecked(checked)
        self.take_clicks(QSizePolicy.Policy.Preferred)
        self.setAccessibleName(words)
        self.setAccessibleDescription(below)

    def set_below(self, below: str) -> None:
        """Change the fainter line."""
        self._below = below
        self.setAccessibleDescription(below)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Box, gap, the longer line."""
        px = theme().px
        words = max(width(self.text(), self._role), width(self._below, "small") if self._below else 0)
        tall = line_height(self._role) + (line_height("small") if self._below else 0)
        gap = px(10) + words if self.text() else 0
        return QSize(round(px(self._side[0]) + gap) + 4, max(px(22), round(tall) + 4))

    def minimumSizeHint(self) -> QSize:
        """The words may be elided."""
        return QSize(theme().px(self._side[0]) + 4, self.sizeHint().height())

    def hitButton(self, position: QPoint) -> bool:
        """Take clicks on the words as well."""
        return self.rect().contains(position)

    @property
    def _role(self) -> str:
        return "h3" if self._below else "body"

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw mark and words."""
        painter, px = begin(self), theme().px
        wide, tall = (px(v) for v in self._side)
        mark = QRectF(1, (self.height() - tall) / 2, wide, tall)
        self._paint_mark(painter, mark)
        if self.has_ring:
            focus_ring(painter, mark.adjusted(-1, -1, 1, 1), px(5) if wide == tall else tall / 2 + 1)
        x, tone = wide + px(10) + 1, "text_1" if self.isEnabled() else "disabled"
        room = max(0.0, self.width() - x)
        if self._below:
            first = line_height(self._role)
            top = (self.height() - first - line_height("small")) / 2
            text(painter, QRectF(x, top, room, first), self.text(), self._role, tone)
            faint = "text_3" if self.isEnabled() else "disabled"
            text(painter, QRectF(x, top + first, room, line_height("small")), self._below, "small", faint)
        elif self.text():
            text(painter, QRectF(x, 0, room, self.height()), self.text(), self._role, tone)

    def _paint_mark(self, painter: QPainter, rect: QRectF) -> None:
        now = theme()
        if not self.isChecked():
            edge = "line" if not self.isEnabled() else "field_hover" if self.is_hovered else "line_strong"
            box(painter, rect, now.px(4), now.colour("surface_2"), now.colour(edge))
            return
        box(painter, rect, now.px(4), now.colour("primary" if self.isEnabled() else "surface_3"))
        pen = QPen(now.colour("primary_text" if self.isEnabled() else "disabled"), 2 * now.scale)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        x, y, side = rect.x(), rect.y(), rect.width()
        points = [(0.24, 0.54), (0.43, 0.72), (0.78, 0.31)]
        painter.drawPolyline(QPolygonF([QPointF(x + a * side, y + b * side) for a, b in points]))


class Switch(CheckBox):
    """On or off at once, without a later confirmation."""

    _side = (32, 18)

    def _paint_mark(self, painter: QPainter, rect: QRectF) -> None:
        now, radius = theme(), rect.height() / 2
        on = self.isChecked()
        fill = "surface_3" if not self.isEnabled() else "truth" if on else "track"
        box(painter, rect, radius, now.colour(fill))
        knob = radius - 3 * now.scale
        x = rect.right() - radius if on else rect.left() + radius
        painter.setPen(Qt.PenStyle.NoPen)
        off = now.colour("text_2") if now.is_dark else QColor("#FFFFFF")
        painter.setBrush(now.colour("disabled") if not self.isEnabled() else QColor("#FFFFFF") if on else off)
        painter.drawEllipse(QPointF(x, rect.center().y()), knob, knob)
