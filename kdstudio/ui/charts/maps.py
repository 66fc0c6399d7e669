"""Maps side by side: the same inputs as two models see them, with linked hover and a lasso."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy

from kdstudio.ui.charts.drawn import Drawn
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.kept import Kept
from kdstudio.ui.widgets.painting import LEFT, SHAPES, box, mark, text

NAMES = {"teacher": "Teacher", "student": "Student"}
REACH = 12  # pixels around a point that count as on it
POINT = 4.5


class Maps(Drawn):
    """Points are numbered; `chosen` gives the one that was clicked, `lassoed` those within a line drawn with Shift.

    `pointed` gives the point under the pointer, −1 for none. Arrow keys go to the nearest point in a direction.
    """

    chosen = Signal(int)
    lassoed = Signal(str, object)
    pointed = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._places: dict[str, np.ndarray] = {}
        self._near: dict[str, np.ndarray] = {}
        self._colours: list[QColor] = []
        self._numbers = np.zeros(0, dtype=np.int64)
        self._bright: np.ndarray | None = None  # (n,) bool, what is selected
        self._under, self._current = -1, -1
        self._lasso: tuple[str, list[QPointF]] | None = None
        self._kept = Kept()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Map of the inputs")

    def set_places(self, places: dict[str, np.ndarray], near: dict[str, np.ndarray]) -> None:
        """Show these places (n, 2) of each model; `near` (n, k) are each point's neighbours."""
        self._places, self._near = places, near
        self._under = -1
        self._again()

    def set_colours(self, numbers: np.ndarray, colours: list[QColor]) -> None:
        """Colour each point by its number (n,); −1 is grey."""
        self._numbers, self._colours = numbers, colours
        self._again()

    def set_selected(self, bright: np.ndarray | None) -> None:
        """Let all but these points (n,) bool fade; None fades nothing."""
        self._bright = bright
        self._again()

    def set_current(self, at: int) -> None:
        """Ring a point in both maps; −1 for none."""
        self._current = at
        self.update()

    def title(self) -> str:
        """What is shown."""
        return "Map of the inputs"

    def as_text(self) -> str:
        """How many points there are."""
        count = len(next(iter(self._places.values()), ()))
        return f"{count} inputs as {' and '.join(self._places)} see them"

    def as_csv(self) -> str:
        """A line for each point."""
        names = [f"{who} {axis}" for who in self._places for axis in ("x", "y")]
        columns = np.hstack(list(self._places.values())) if self._places else np.zeros((0, 0))
        lines = (",".join(f"{value:.6g}" for value in row) for row in columns)
        return "\n".join([",".join(names), *lines]) + "\n"

    def sizeHint(self) -> QSize:
        """Two squares."""
        return QSize(theme().px(860), theme().px(460))

    def minimumSizeHint(self) -> QSize:
        """Two small squares."""
        return QSize(theme().px(440), theme().px(260))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go to the nearest point in a direction of the student's map."""
        ways = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1)}
        places = self._places.get("student")
        if event.key() not in ways or places is None or self._current < 0:
            super().keyPressEvent(event)
            return
        way = np.array(ways[Qt.Key(event.key())], dtype=np.float64)
        step = places - places[self._current]
        ahead = step @ way
        distance = np.where(
            ahead > 1e-9, np.hypot(*step.T) * (2 - ahead / np.maximum(np.hypot(*step.T), 1e-12)), np.inf
        )
        if np.isfinite(distance).any():
            self.chosen.emit(int(np.argmin(distance)))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a lasso with Shift."""
        who = self._side(event.position())
        if (
            event.button() == Qt.MouseButton.LeftButton
            and event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            and who
        ):
            self._lasso = (who, [event.position()])

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Draw the lasso, or find what is under the pointer."""
        if self._lasso is not None:
            self._lasso[1].append(event.position())
            self.update()
            return
        under = self.nearest(event.position())
        if under != self._under:
            self._under = under
            self.pointed.emit(under)
            self.setCursor(Qt.CursorShape.PointingHandCursor if under >= 0 else Qt.CursorShape.ArrowCursor)
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose the point, or end the lasso."""
        if self._lasso is not None:
            who, line = self._lasso
            self._lasso = None
            self.update()
            self.lassoed.emit(who, self.inside(who, QPolygonF(line)))
        elif event.button() == Qt.MouseButton.LeftButton and (under := self.nearest(event.position())) >= 0:
            self.chosen.emit(under)

    def leaveEvent(self, _event: object) -> None:
        """The pointer is gone."""
        self._under = -1
        self.update()

    def nearest(self, point: QPointF) -> int:
        """Return the number of the point nearest to a place of the widget, −1 where none is within reach."""
        who = self._side(point)
        if not who:
            return -1
        distance = np.hypot(*(self._drawn(who) - [point.x(), point.y()]).T)
        at = int(np.argmin(distance))
        return at if distance[at] <= theme().px(REACH) else -1

    def inside(self, who: str, line: QPolygonF) -> np.ndarray:
        """Return the points within a closed line, (m,) int64."""
        rule, drawn = Qt.FillRule.OddEvenFill, self._drawn(who)
        return np.array(
            [k for k, (x, y) in enumerate(drawn) if line.containsPoint(QPointF(x, y), rule)], dtype=np.int64
        )

    def squares(self) -> dict[str, QRectF]:
        """Return where each map stands."""
        px, count = theme().px, max(1, len(self._places))
        wide = (self.width() - px(12) * (count - 1)) / count
        return {
            who: QRectF(at * (wide + px(12)), px(26), wide, self.height() - px(26))
            for at, who in enumerate(self._places)
        }

    def _side(self, point: QPointF) -> str:
        return next((who for who, rect in self.squares().items() if rect.contains(point)), "")

    def _drawn(self, who: str) -> np.ndarray:
        """Return where the points stand in the widget, (n, 2); both maps have one scale."""
        rect, px = self.squares()[who], theme().px
        everything = np.concatenate(list(self._places.values()))
        low, high = everything.min(axis=0), everything.max(axis=0)
        room = np.array([rect.width() - px(24), rect.height() - px(24)])
        unit = float((room / np.maximum(high - low, 1e-12)).min())
        shift = (self._places[who] - (low + high) / 2) * unit
        return np.column_stack([rect.center().x() + shift[:, 0], rect.center().y() - shift[:, 1]])

    def _again(self) -> None:
        self._kept.forget()
        self.setAccessibleDescription(self.as_text())
        self.update()

    # painting

    def draw(self, painter: QPainter) -> None:
        """Paint frames, points, what is pointed at, the lasso."""
        if not self._places:
            return
        for who, rect in self.squares().items():
            mark(painter, SHAPES[who], QPointF(rect.left() + 5, 10), theme().px(9), who)
            text(painter, QRectF(rect.left() + theme().px(18), 0, rect.width(), 20), NAMES[who], "h3", "text_1", LEFT)
            box(painter, rect, theme().px(8), theme().colour("well"), theme().colour("line"))
        self._draw_points(painter)
        for who in self._places:
            self._draw_rings(painter, who)
        if self._lasso is not None:
            painter.setPen(QPen(theme().colour("text_1"), 1.4))
            painter.setBrush(theme().colour("text_1", 0.08))
            painter.drawPolygon(QPolygonF(self._lasso[1]))

    def _draw_points(self, painter: QPainter) -> None:
        """Paint all points; on the screen from a picture that lasts until something changes."""
        if painter.device() is self:
            painter.drawPixmap(0, 0, self._kept.of(self, self._paint_points))
        else:
            self._paint_points(painter)

    def _paint_points(self, painter: QPainter) -> None:
        bright = np.ones(len(self._numbers), dtype=bool) if self._bright is None else self._bright
        for who in self._places:
            drawn = self._drawn(who)
            for strength, part in ((0.12, ~bright), (0.85, bright)):
                for number in range(-1, len(self._colours)):
                    rows = np.flatnonzero(part & (self._numbers == number))
                    if not len(rows):
                        continue
                    colour = QColor(self._colours[number]) if number >= 0 else theme().colour("text_3")
                    colour.setAlphaF(strength)
                    pen = QPen(colour, theme().px(POINT))
                    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
                    painter.setPen(pen)
                    painter.drawPoints(QPolygonF([QPointF(x, y) for x, y in drawn[rows]]))

    def _draw_rings(self, painter: QPainter, who: str) -> None:
        drawn = self._drawn(who)
        if 0 <= self._under < len(drawn):
            centre = QPointF(*drawn[self._under])
            painter.setPen(QPen(theme().colour("text_1", 0.5), 1))
            for k in self._near.get(who, np.zeros((len(drawn), 0), dtype=np.int64))[self._under]:
                painter.drawLine(centre, QPointF(*drawn[k]))
        for at, size in ((self._current, 6.5), (self._under, 5.5)):
            if 0 <= at < len(drawn):
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(theme().colour("text_1"), 2))
                painter.drawEllipse(QPointF(*drawn[at]), size, size)
