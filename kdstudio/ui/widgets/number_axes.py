"""Numbers of one input on axes: what is true, and what teacher, student and the student without a teacher answer."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from kdstudio.core.measures import figures
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.painting import LEFT, MINUS, RIGHT, SHAPES, begin, mark, text, width

WHO = {"truth": "truth", "teacher": "teacher", "student": "student", "baseline": "without teacher"}
_TONES = {"truth": "truth", "teacher": "teacher_text", "student": "student_text", "baseline": "text_2"}
HEAD, LINE, FOOT = 22, 24, 24  # pixels: a number's name, each value, the words below the axis
WIDE = 420  # pixels from which the axis stands between names and values


@dataclass(frozen=True, slots=True)
class Numbers:
    """What each of `WHO` has for every number (K,), where it is there; and where all values of the data lie (K, 2)."""

    names: tuple[str, ...] = ()
    values: tuple[tuple[str, np.ndarray], ...] = ()
    ranges: np.ndarray | None = None

    def as_text(self) -> str:
        """The numbers in words: a line for each."""
        return "\n".join(
            f"{name}: {', '.join(f'{WHO[who]} {figures(float(values[k]))}' for who, values in self.values)}"
            for k, name in enumerate(self.names)
        )


class NumberAxes(QWidget):
    """An axis for each number with a line above it for everyone: mark, who, value, and how far it is from the truth."""

    def __init__(self) -> None:
        super().__init__()
        self._shown = Numbers()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Truth and answers on one axis")

    def set_numbers(self, shown: Numbers) -> None:
        """Show the numbers of one input."""
        self._shown = shown
        self.setAccessibleDescription(shown.as_text())
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Every number below the other."""
        return QSize(theme().px(320), round(max(1, len(self._shown.names)) * self._pitch))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The axis stands elsewhere where it is narrow."""
        super().resizeEvent(event)
        self.updateGeometry()

    def minimumSizeHint(self) -> QSize:
        """A narrow axis."""
        return QSize(theme().px(220), self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw all numbers."""
        painter = begin(self)
        for k in range(len(self._shown.names)):
            self._paint(painter, k, k * self._pitch)

    @property
    def _pitch(self) -> float:
        axis = 0 if self._is_wide else theme().px(LINE)
        return theme().px(HEAD + FOOT + 10) + len(self._shown.values) * theme().px(LINE) + axis

    @property
    def _is_wide(self) -> bool:
        """Whether there is room for an axis between the names and the values."""
        return self.width() >= theme().px(WIDE)

    def _paint(self, painter: QPainter, k: int, top: float) -> None:
        px, shown = theme().px, self._shown
        said = {who: float(values[k]) for who, values in shown.values}
        low, high = self._range(k, list(said.values()))
        if len(shown.names) > 1 or not self._is_wide:
            text(painter, QRectF(0, top, self.width(), px(HEAD)), shown.names[k], "smallm", "text_1", LEFT)
        names, values = self._columns(said)
        lines = QRectF(px(8), top + px(HEAD), self.width() - px(16), px(LINE))
        if self._is_wide:
            lines = QRectF(names, lines.top(), self.width() - names - values - px(12), len(said) * px(LINE))
        table = lines.top() if self._is_wide else lines.bottom() + px(FOOT)
        self._paint_axis(painter, lines, (low, high), said.get("truth"))
        for at, (who, value) in enumerate(said.items()):
            middle = table + (at + 0.5) * px(LINE)
            level = middle if self._is_wide else lines.center().y()
            x, true = (
                lines.left() + lines.width() * (one - low) / (high - low) for one in (value, said.get("truth", low))
            )
            if "truth" in said and who != "truth" and self._is_wide:
                painter.setPen(QPen(theme().colour("line_strong"), 2))
                painter.drawLine(QPointF(true, level), QPointF(x, level))
            self._paint_mark(painter, who, QPointF(x, level), px(11))
            self._paint_mark(painter, who, QPointF(px(8), middle), px(8))
            text(painter, QRectF(px(20), middle - px(10), names, px(20)), WHO[who], "small", "text_2", LEFT)
            right = QRectF(0, middle - px(10), self.width() - px(2), px(20))
            self._paint_value(painter, right, who, said)

    def _paint_value(self, painter: QPainter, rect: QRectF, who: str, said: dict[str, float]) -> None:
        """Draw a value, and behind it by how much it misses the truth."""
        missed = self._missed(who, said)
        gap = max((width(self._missed(one, said), "small") for one in said), default=0.0)
        text(painter, rect, missed, "small", "text_3", RIGHT)
        room = rect.adjusted(0, 0, -(gap + theme().px(12) if gap else 0), 0)
        text(painter, room, figures(said[who]), "smallm", _TONES[who], RIGHT)

    def _columns(self, said: dict[str, float]) -> tuple[float, float]:
        """Return how wide the names and the values are."""
        px = theme().px
        gaps = max((width(self._missed(who, said), "small") for who in said), default=0.0)
        values = max((width(figures(value), "smallm") for value in said.values()), default=0.0)
        return max((width(WHO[who], "small") for who in said), default=0.0) + px(34), values + gaps + px(20)

    def _paint_mark(self, painter: QPainter, who: str, centre: QPointF, size: float) -> None:
        if who == "truth":
            painter.setPen(QPen(theme().colour("truth"), 3, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
            painter.drawLine(centre - QPointF(0, size * 0.8), centre + QPointF(0, size * 0.8))
        else:
            mark(painter, SHAPES[who], centre, size, who, theme().colour("surface_1"))

    def _paint_axis(self, painter: QPainter, area: QRectF, ends: tuple[float, float], truth: float | None) -> None:
        px, (low, high) = theme().px, ends
        if truth is not None:
            x = area.left() + area.width() * (truth - low) / (high - low)
            painter.setPen(QPen(theme().colour("truth", 0.5), 1, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        painter.setPen(QPen(theme().colour("line_strong"), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        below = QRectF(area.left(), area.bottom() + px(3), area.width(), px(16))
        text(painter, below, figures(low, 3), "caption", "text_3", LEFT)
        text(painter, below, figures(high, 3), "caption", "text_3", RIGHT)

    def _missed(self, who: str, said: dict[str, float]) -> str:
        if who == "truth" or "truth" not in said:
            return ""
        gap = said[who] - said["truth"]
        return f"{'+' if gap >= 0 else MINUS}{figures(abs(gap), 3)}"

    def _range(self, k: int, said: list[float]) -> tuple[float, float]:
        ends = said if self._shown.ranges is None else [*said, *self._shown.ranges[k].tolist()]
        low, high = min(ends), max(ends)
        air = (high - low) * 0.04 or 0.5
        return low - air, high + air
