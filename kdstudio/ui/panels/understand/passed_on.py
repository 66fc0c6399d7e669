"""Were mistakes passed on? Two shares with their intervals on one scale, and the answer in a sentence."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from kdstudio.analysis.bootstrap import Range
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.painting import CENTRE, MINUS, RIGHT, SHAPES, begin, mark, text, width

ToX = Callable[[float], float]
ROW = 28
_ROWS = {"student": ("Student", "student_text"), "baseline": ("Without teacher", "text_2")}


@dataclass(frozen=True, slots=True)
class PassedOn:
    """Of the teacher's `mistakes`, the share that student and baseline repeat, and by how much these differ."""

    mistakes: int
    student: Range
    baseline: Range | None = None
    excess: Range | None = None

    def words(self) -> str:
        """Say whether mistakes were passed on, as far as this run tells."""
        if self.excess is None:
            return "Train a baseline to know how many were passed on."
        found = self.excess
        numbers = f"{_points(found.value)} points, 95% range {_points(found.low)} to {_points(found.high)}"
        if found.low <= 0 <= found.high:
            return f"{numbers}: not clear from this run."
        return f"{numbers}: {'yes' if found.low > 0 else 'fewer than without it'}."


class PassedOnChart(QWidget):
    """A row for the student and one for the baseline: interval, mark, value; thin lines at round shares."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: PassedOn | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Were mistakes passed on?")

    def set_shares(self, shown: PassedOn | None) -> None:
        """Show other shares."""
        self._shown = shown
        told = "" if shown is None else f"{_told(self._ranges())}. {shown.words()}"
        self.setAccessibleDescription(told)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """A line for each learner, and one for the scale."""
        return QSize(theme().px(360), theme().px(ROW) * max(1, len(self._ranges())) + theme().px(20))

    def minimumSizeHint(self) -> QSize:
        """Room for names, values and a short scale."""
        return QSize(theme().px(250), self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw scale and rows."""
        painter, px, ranges = begin(self), theme().px, self._ranges()
        if not ranges:
            return
        left = width("Without teacher", "small") + px(14)
        area = QRectF(left, 0, self.width() - left - px(52), px(ROW) * len(ranges))
        low, high, ticks = scale(ranges)
        unit = area.width() / (high - low)
        for tick in ticks:
            x = area.left() + (tick - low) * unit
            painter.setPen(QPen(theme().colour("line"), 1))
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
            label = QRectF(x - px(20), area.bottom(), px(40), px(18))
            text(painter, label, f"{tick:.0%}", "micro", "text_2", CENTRE)
        for at, (who, share) in enumerate(ranges.items()):
            band = QRectF(area.left(), at * px(ROW), area.width(), px(ROW))
            self._paint_row(painter, band, who, share, lambda v: area.left() + (v - low) * unit)

    def _paint_row(self, painter: QPainter, band: QRectF, who: str, share: Range, to_x: ToX) -> None:
        px, middle = theme().px, band.center().y()
        name, tone = _ROWS[who]
        text(painter, QRectF(0, band.top(), band.left() - px(10), band.height()), name, "small", tone, RIGHT)
        pen = QPen(theme().colour(who, 0.45), px(6))
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawLine(QPointF(to_x(share.low), middle), QPointF(to_x(share.high), middle))
        mark(painter, SHAPES[who], QPointF(to_x(share.value), middle), px(10), who, theme().colour("surface_1"))
        value = QRectF(band.right(), band.top(), self.width() - band.right(), band.height())
        text(painter, value, f"{share.value:.0%}", "h3", "text_1", RIGHT)

    def _ranges(self) -> dict[str, Range]:
        if self._shown is None:
            return {}
        found = {"student": self._shown.student, "baseline": self._shown.baseline}
        return {who: share for who, share in found.items() if share is not None}


def scale(ranges: dict[str, Range]) -> tuple[float, float, list[float]]:
    """Return lowest and highest share of the scale, and three to six round ones on it."""
    low = max(0.0, np.floor((min(r.low for r in ranges.values()) - 0.02) * 10) / 10)
    high = min(1.0, np.ceil((max(r.high for r in ranges.values()) + 0.02) * 10) / 10)
    step = 0.1 if high - low <= 0.5 + 1e-9 else 0.2
    count = int(np.floor((high - low) / step + 1e-6))
    return float(low), float(high), [float(low + step * at) for at in range(count + 1)]


def _points(share: float) -> str:
    rounded = round(share * 100)
    return f"+{rounded}" if rounded > 0 else f"{rounded}".replace("-", MINUS)


def _told(ranges: dict[str, Range]) -> str:
    return ", ".join(f"{_ROWS[who][0]} {r.value:.0%} ({r.low:.0%} to {r.high:.0%})" for who, r in ranges.items())
