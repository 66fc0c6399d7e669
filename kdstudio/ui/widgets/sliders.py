"""Sliders: a plain one, one with two sides (teacher and labels), and the lens temperature on a log scale."""

import math

from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QWidget

from kdstudio.ui.theme import apply_role, theme
from kdstudio.ui.widgets.controls import Hovered
from kdstudio.ui.widgets.painting import begin

LOWEST, HIGHEST = 0.5, 20.0  # lens temperatures

_STEPS = {
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Down: -1,
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_Up: 1,
    Qt.Key.Key_PageDown: -10,
    Qt.Key.Key_PageUp: 10,
}


class Slider(Hovered, QWidget):
    """A thin track with a white knob. Arrow keys move by `step`, Page Up and Down by ten of them, Home and End jump."""

    moved = Signal(float)  # while dragging and on every key
    settled = Signal(float)  # once, when the drag or the key is over

    def __init__(self, lowest: float, highest: float, value: float, name: str, *, step: float = 0.01) -> None:
        super().__init__()
        self._lowest, self._highest, self._step, self._name = lowest, highest, step, name
        self._value, self._dragging = value, False
        self.take_clicks(QSizePolicy.Policy.Expanding)
        self._tell()

    @property
    def is_held(self) -> bool:
        """Whether it is being dragged."""
        return self._dragging

    def value(self) -> float:
        """The present value."""
        return self._value

    def set_value(self, value: float) -> None:
        """Move the knob without a signal; values outside are limited."""
        self._value = min(max(value, self._lowest), self._highest)
        self._tell()
        self.update()

    def set_range(self, lowest: float, highest: float) -> None:
        """Change the ends."""
        self._lowest, self._highest = lowest, highest
        self.set_value(self._value)

    def to_share(self, value: float) -> float:
        """Return where a value lies on the track, 0 to 1."""
        return (value - self._lowest) / ((self._highest - self._lowest) or 1.0)

    def from_share(self, share: float) -> float:
        """Return the value at a place on the track, in whole steps."""
        raw = self._lowest + min(max(share, 0.0), 1.0) * (self._highest - self._lowest)
        return self.rounded(raw)

    def rounded(self, value: float) -> float:
        """Return the nearest whole step, within the ends."""
        steps = round((value - self._lowest) / self._step)
        return min(max(round(self._lowest + steps * self._step, 10), self._lowest), self._highest)

    def words(self) -> str:
        """The value in words, for those who listen."""
        return f"{self._value:.4g}"

    def sizeHint(self) -> QSize:
        """A finger's height and a fair length."""
        return QSize(theme().px(150), theme().px(22))

    def minimumSizeHint(self) -> QSize:
        """A short track."""
        return QSize(theme().px(60), theme().px(22))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the knob."""
        key = Qt.Key(event.key())
        ends = {Qt.Key.Key_Home: self._lowest, Qt.Key.Key_End: self._highest}
        if key in _STEPS:
            self._move(self.rounded(self._value + _STEPS[key] * self._step))
        elif key in ends:
            self._move(ends[key])
        else:
            super().keyPressEvent(event)
            return
        self.settled.emit(self._value)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the knob to the pointer."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._dragging = True
            self._drag(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag."""
        if self._dragging:
            self._drag(event.position().x())

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """Let go."""
        if self._dragging:
            self._dragging = False
            self.update()
            self.settled.emit(self._value)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the page: a slider that moves while one scrolls changes values unseen."""
        event.ignore()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the track, the part left of the knob, the knob."""
        painter, now = begin(self), theme()
        self._track(painter, self._left_colour(), self._right_colour())
        at, radius = QPointF(self._x(), self.height() / 2), now.px(13) / 2
        if self.is_hovered or self._dragging:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(now.colour("text_1", 0.16))
            painter.drawEllipse(at, radius + 4, radius + 4)
        if self.has_ring:
            painter.setPen(QPen(now.colour("text_1"), 2))
            painter.setBrush(now.colour("surface_1"))
            painter.drawEllipse(at, radius + 3, radius + 3)
        edge = Qt.PenStyle.NoPen if now.is_dark else QPen(now.colour("text_3"), 1)
        painter.setPen(edge)
        painter.setBrush(QColor("#FFFFFF") if self.isEnabled() else now.colour("text_3"))
        painter.drawEllipse(at, radius, radius)

    def _left_colour(self) -> QColor:
        return theme().colour("text_1" if self.isEnabled() else "line_strong")

    def _right_colour(self) -> QColor:
        return theme().colour("track")

    def _track(self, painter: QPainter, left: QColor, right: QColor) -> None:
        y, start, stop = self.height() / 2, self._inset, self.width() - self._inset
        for colour, x0, x1 in ((right, self._x(), stop), (left, start, self._x())):
            painter.setPen(QPen(colour, theme().px(3), Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawLine(QPointF(x0, y), QPointF(x1, y))

    @property
    def _inset(self) -> float:
        return theme().px(13) / 2 + 4

    def _x(self) -> float:
        return self._inset + self.to_share(self._value) * (self.width() - 2 * self._inset)

    def _drag(self, x: float) -> None:
        self._move(self.from_share((x - self._inset) / max(1.0, self.width() - 2 * self._inset)))

    def _move(self, value: float) -> None:
        if value != self._value:
            self.set_value(value)
            self.moved.emit(self._value)

    def _tell(self) -> None:
        self.setAccessibleName(f"{self._name}: {self.words()}")


class ShareSlider(Slider):
    """What is learned from the teacher (amber, left) and what from the labels (grey, right); value 0 to 1."""

    def __init__(self, value: float = 0.9, name: str = "Learn from the teacher") -> None:
        super().__init__(0.0, 1.0, value, name)

    def words(self) -> str:
        """Both shares."""
        return f"teacher {self.value():.0%}, labels {1 - self.value():.0%}"

    def _left_colour(self) -> QColor:
        return theme().colour("teacher_edge") if self.isEnabled() else super()._left_colour()

    def _right_colour(self) -> QColor:
        return theme().colour("baseline") if self.isEnabled() else super()._right_colour()


class LogSlider(Slider):
    """A slider whose track is logarithmic: equal ratios are equally far apart."""

    def to_share(self, value: float) -> float:
        """Return log(value / lowest) / log(highest / lowest)."""
        return math.log(value / self._lowest) / math.log(self._highest / self._lowest)

    def from_share(self, share: float) -> float:
        """Return lowest · (highest / lowest) ** share, in whole steps."""
        return self.rounded(self._lowest * (self._highest / self._lowest) ** min(max(share, 0.0), 1.0))


class LensSlider(QWidget):
    """A temperature from 0.5 to 20: a log-spaced track with a typed value. Keys move by 0.1."""

    moved = Signal(float)
    settled = Signal(float)

    def __init__(self, value: float = 4.0, name: str = "Lens temperature", *, prefix: str = "T ") -> None:
        super().__init__()
        self._prefix = prefix
        self.track = LogSlider(LOWEST, HIGHEST, value, name, step=0.1)
        self.field = QLineEdit()
        self.field.setAcceptDrops(False)  # files are dropped on the window, not into a field
        self.field.setProperty("role", "h2")
        self.field.setProperty("kind", "plain")
        self.field.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.field.setFixedWidth(theme().px(54))
        self.field.setAccessibleName(f"{name}, typed")
        apply_role(self.field)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme().px(6))
        row.addWidget(self.track, 1)
        row.addWidget(self.field)
        self.setAccessibleName(name)
        self.setFocusProxy(self.track)
        self.track.moved.connect(self._follow)
        self.track.settled.connect(self.settled)
        self.field.editingFinished.connect(self._take)
        self.set_value(value)

    def value(self) -> float:
        """The temperature."""
        return self.track.value()

    def set_value(self, value: float) -> None:
        """Show a temperature without a signal."""
        self.track.set_value(value)
        self.field.setText(f"{self._prefix}{self.track.value():.1f}")

    def _follow(self, value: float) -> None:
        self.field.setText(f"{self._prefix}{value:.1f}")
        self.moved.emit(value)

    def _take(self) -> None:
        before = self.value()
        typed = self.field.text().strip().removeprefix(self._prefix.strip()).replace(",", ".")
        try:
            asked = float(typed)
        except ValueError:
            asked = before
        self.set_value(asked if math.isfinite(asked) else before)
        if self.value() != before:
            self.moved.emit(self.value())
            self.settled.emit(self.value())
