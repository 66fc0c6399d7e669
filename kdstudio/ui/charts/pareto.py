"""Smaller against better: models by cost and score, the frontier of those that no other beats, ladders of students."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy

from kdstudio.ui.charts.drawn import Drawn
from kdstudio.ui.charts.scatter import Scatter
from kdstudio.ui.charts.ticks import linear_ticks, log_ticks
from kdstudio.ui.theme import theme
from kdstudio.ui.tokens import DOMINATED_OPACITY
from kdstudio.ui.widgets.kept import Kept
from kdstudio.ui.widgets.painting import CENTRE, LEFT, RIGHT, begin, box, focus_ring, mark, text, width

NEAR = 12  # pixels from a point that still hit it
MANY = 400  # models from which those that are beaten are plain points
_LEFT, _FOOT, _TOP, _RIGHT = 44, 40, 8, 14


class ParetoChart(Drawn):
    """A scatter with a log axis of cost. `chosen` gives the key that was clicked and whether Ctrl was held."""

    chosen = Signal(str, bool)
    hovered = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._shown = Scatter()
        self._selected: tuple[str, ...] = ()
        self._pointed = ""
        self._kept = Kept()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Chart: Smaller against better")

    def set_models(self, shown: Scatter) -> None:
        """Show these models."""
        self._shown = shown
        self._kept.forget()
        self.setAccessibleDescription(shown.as_text())
        self.update()

    def set_focus(self, selected: Sequence[str], pointed: str) -> None:
        """Mark what is selected, and what is pointed at anywhere."""
        self._selected, self._pointed = tuple(selected), pointed
        self.update()

    def title(self) -> str:
        """What is drawn against what."""
        return self._shown.title

    def as_text(self) -> str:
        """The frontier in words."""
        return self._shown.as_text()

    def as_csv(self) -> str:
        """One model a line."""
        return self._shown.as_csv()

    def draw(self, painter: QPainter) -> None:
        """Paint the models, and what is chosen or pointed at."""
        self._draw(painter)
        self._draw_focus(painter)

    def sizeHint(self) -> QSize:
        """The upper right of the page."""
        return QSize(theme().px(400), theme().px(340))

    def minimumSizeHint(self) -> QSize:
        """A few points and the axes."""
        return QSize(theme().px(220), theme().px(150))

    def point(self, key: str) -> QPointF | None:
        """Return where a model is drawn, None where it is not."""
        at = self._shown.find(key)
        return self._place(at) if at >= 0 else None

    def nearest(self, place: QPointF) -> str:
        """Return the key of the model at a place, "" where none is near."""
        x, y = self._pixels()
        far = np.hypot(x - place.x(), y - place.y())
        near = np.flatnonzero(far <= theme().px(NEAR))  # what is not known is never near
        near = near[np.argsort(far[near], kind="stable")]
        return next((one.key for at in near if (one := self._shown.models[at]).can_be_chosen), "")

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the models, kept as a picture, and what is chosen or pointed at above them."""
        painter = begin(self)
        painter.drawPixmap(0, 0, self._kept.of(self, self._draw))
        self._draw_focus(painter)
        if self.has_ring:
            focus_ring(painter, QRectF(self.rect()), theme().px(6))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell what is pointed at."""
        key = self.nearest(event.position())
        self.setCursor(Qt.CursorShape.PointingHandCursor if key else Qt.CursorShape.ArrowCursor)
        self.hovered.emit(key)

    def leaveEvent(self, _event: object) -> None:
        """Point at nothing."""
        self.hovered.emit("")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a model."""
        key = self.nearest(event.position())
        if key and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(key, bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and Right go through the models by cost."""
        step = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}.get(Qt.Key(event.key()))
        known = [at for at in np.argsort(self._shown.costs, kind="stable") if at in self._shown.known]
        keys = [self._shown.models[i].key for i in known if self._shown.models[i].can_be_chosen]
        if step is None or not keys:
            super().keyPressEvent(event)
            return
        now = self._selected[-1] if self._selected else ""
        at = keys.index(now) + step if now in keys else 0
        self.chosen.emit(keys[min(max(at, 0), len(keys) - 1)], False)

    def _draw(self, painter: QPainter) -> None:
        if not len(self._shown.known):
            text(painter, QRectF(self.rect()), self._shown.as_text(), "small", "text_2", CENTRE)
            return
        self._draw_axes(painter)
        self._draw_ladders(painter)
        self._draw_frontier(painter)
        front, size = self._shown.front.tolist(), theme().px(10)
        beaten = np.setdiff1d(self._shown.known, self._shown.front)
        if len(beaten) > MANY:
            self._draw_points(painter, beaten)
        else:
            for at in beaten.tolist():
                one = self._shown.models[at]
                painter.setOpacity(1.0 if one.shape in ("ring", "circle") else DOMINATED_OPACITY)
                mark(painter, one.shape, self._place(at), size - 1, one.token)
            painter.setOpacity(1.0)
        for at in front:
            one = self._shown.models[at]
            mark(painter, one.shape, self._place(at), size + (4 if one.shape == "circle" else 0), one.token)

    def _draw_points(self, painter: QPainter, beaten: np.ndarray) -> None:
        """Draw thousands of points as one picture: the more of them meet in a pixel, the stronger it is."""
        x, y = (places[beaten].astype(np.int64) for places in self._pixels())
        wide, tall, side = self.width(), self.height(), max(1, theme().px(1))
        counts = np.zeros((tall, wide), dtype=np.float32)
        for dx, dy in ((dx, dy) for dx in range(-side, side + 1) for dy in range(-side, side + 1)):
            np.add.at(counts, (np.clip(y + dy, 0, tall - 1), np.clip(x + dx, 0, wide - 1)), 1)
        opacity = 1 - 0.72**counts
        colour = theme().colour("student")
        pixels = np.stack(
            [np.full_like(opacity, one) for one in (colour.blue(), colour.green(), colour.red())], axis=-1
        )
        shown = np.concatenate([pixels, opacity[..., None] * 255], axis=-1).astype(np.uint8)
        painter.drawImage(0, 0, QImage(shown.tobytes(), wide, tall, 4 * wide, QImage.Format.Format_ARGB32))

    def _draw_axes(self, painter: QPainter) -> None:
        px, area = theme().px, self._area()
        (left, right), (low, high) = self._shown.ranges
        factor = 100 if self._shown.unit == "percent" else 1
        for value, words in linear_ticks(low * factor, high * factor, 6):
            y = area.bottom() - (value / factor - low) / (high - low) * area.height()
            painter.setPen(QPen(theme().colour("line"), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            label = f"{words}%" if self._shown.unit == "percent" else words
            text(painter, QRectF(0, y - px(8), area.left() - px(8), px(16)), label, "micro", "text_2", RIGHT)
        for value, words in log_ticks(left, right):
            x = area.left() + (value - left) / (right - left) * area.width()
            text(painter, QRectF(x - px(30), area.bottom() + px(4), px(60), px(14)), words, "micro", "text_2", CENTRE)
        painter.setPen(QPen(theme().colour("line_strong"), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        foot = QRectF(area.left(), area.bottom() + px(20), area.width(), px(18))
        text(painter, foot, f"{self._shown.cost} (log)", "caption", "text_2", CENTRE)

    def _draw_frontier(self, painter: QPainter) -> None:
        """Draw steps: what a size could reach lies on or below them."""
        if len(self._shown.front) < 2:
            return
        steps = QPolygonF()
        for at in self._shown.front:
            place = self._place(int(at))
            if steps.size():
                steps.append(QPointF(place.x(), steps.last().y()))
            steps.append(place)
        painter.setPen(QPen(theme().colour("text_3"), 1.3, Qt.PenStyle.DashLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(steps)

    def _draw_ladders(self, painter: QPainter) -> None:
        painter.setPen(QPen(theme().colour("student", 0.45), 1.6))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for places in self._shown.ladders:
            painter.drawPolyline(QPolygonF([self._place(at) for at in places]))

    def _draw_focus(self, painter: QPainter) -> None:
        """Ring and name what is chosen or pointed at, and name the frontier where there is room left."""
        px = theme().px
        keys = [key for key in dict.fromkeys((self._pointed, *self._selected)) if key and self.point(key)]
        ringed = {key: place for key in keys if (place := self.point(key)) is not None}
        taken = [QRectF(place.x() - px(12), place.y() - px(12), px(24), px(24)) for place in ringed.values()]
        for key, place in ringed.items():
            one = self._shown.models[self._shown.places[key]]
            mark(painter, one.shape, place, px(11), one.token, theme().colour("surface_1"))
            painter.setPen(QPen(theme().colour("text_1"), 1.6))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(place, px(11), px(11))
            words = f"{one.words}  {self._shown.value(one.score)}"
            label = self._room(place, width(words, "captionm") + px(12), px(20), taken, must=True)
            box(painter, label, px(4), theme().colour("surface_2"), theme().colour("line_strong"))
            text(painter, label, words, "captionm", "text_1", CENTRE)
        for at in self._shown.front[::-1]:
            one, place = self._shown.models[int(at)], self._place(int(at))
            if one.key in ringed:
                continue
            label = self._room(place, width(one.words, "caption") + 2, px(16), taken)
            text(painter, label, one.words, "caption", "teacher_text" if one.token == "teacher" else "text_2", LEFT)

    def _room(self, place: QPointF, wide: float, tall: float, taken: list[QRectF], *, must: bool = False) -> QRectF:
        """Return where a label finds room beside a point, and take it; no room at all where it is not a `must`."""
        px = theme().px
        left, above = (-wide - px(5), -tall - px(5)), (-px(6), -tall - px(13))
        below = [(px(8), px(8)), (-wide - px(8), px(8))]
        beside = [(px(15), -tall / 2), (-wide - px(15), -tall / 2)]  # the frontier's steps leave a point to the right
        sides = [left, *beside, above, *below] if must else [left, above, *below]
        rooms = [QRectF(place.x() + x, place.y() + y, wide, tall) for x, y in sides]
        inside = QRectF(0 if must else self._area().left(), 0, self.width(), self._area().bottom())
        for room in rooms:
            if inside.contains(room) and not any(room.intersects(other) for other in taken):
                taken.append(room)
                return room
        if not must:
            return QRectF()
        taken.append(next((room for room in rooms if inside.contains(room)), rooms[0]))
        return taken[-1]

    def _place(self, at: int) -> QPointF:
        area, ((left, right), (low, high)) = self._area(), self._shown.ranges
        x = (self._shown.costs[at] - left) / (right - left)
        y = (self._shown.scores[at] - low) / (high - low)
        return QPointF(float(area.left() + x * area.width()), float(area.bottom() - y * area.height()))

    def _pixels(self) -> tuple[np.ndarray, np.ndarray]:
        area, ((left, right), (low, high)) = self._area(), self._shown.ranges
        x = area.left() + (self._shown.costs - left) / (right - left) * area.width()
        return x, area.bottom() - (self._shown.scores - low) / (high - low) * area.height()

    def _area(self) -> QRectF:
        px = theme().px
        return QRectF(px(_LEFT), px(_TOP), self.width() - px(_LEFT + _RIGHT), self.height() - px(_TOP + _FOOT))
