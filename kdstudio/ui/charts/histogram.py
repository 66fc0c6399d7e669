"""A histogram on a log axis with a limit: how far two answers are apart, input by input."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy

from kdstudio.ui.charts.drawn import Drawn
from kdstudio.ui.charts.ticks import log_ticks
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.painting import CENTRE, LEFT, RIGHT, count, text, width

BINS_PER_DECADE = 9


class HistogramChart(Drawn):
    """Bars of how many values lie where, on a log axis, and a dashed line at the limit.

    Zeros have no logarithm: they are counted in the lowest bin.
    """

    def __init__(self, title: str, token: str = "student") -> None:
        super().__init__()
        self._title, self._token = title, token
        self._values = np.zeros(0)
        self._limit: float | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(f"Chart: {title}")

    def set_title(self, title: str) -> None:
        """Say what the values are."""
        self._title = title
        self.setAccessibleName(f"Chart: {title}")

    def set_values(self, values: np.ndarray, limit: float | None = None) -> None:
        """Show (n,) values of at least 0, with the limit they should keep."""
        self._values = np.asarray(values, dtype=np.float64)
        self._limit = limit
        self.setAccessibleDescription(self.as_text())
        self.update()

    def title(self) -> str:
        """What is counted."""
        return self._title

    def as_text(self) -> str:
        """The picture in words."""
        known = self._values[np.isfinite(self._values)]
        if not len(known):
            return f"{self._title}: nothing measured yet"
        told = f"{self._title}: median {np.median(known):.3g}, largest {known.max():.3g} of {count(len(known))} inputs"
        return told if self._limit is None else f"{told}; limit {self._limit:g}"

    def as_csv(self) -> str:
        """One value a line."""
        return "value\n" + "\n".join(f"{value:.10g}" for value in self._values) if len(self._values) else ""

    def bins(self) -> tuple[np.ndarray, np.ndarray]:
        """Return log10 edges (k + 1,) and counts (k,)."""
        known = self._values[np.isfinite(self._values)]
        positive = known[known > 0]
        if not len(positive):
            return np.array([-4.0, 0.0]), np.array([len(known)])
        limit = [np.log10(self._limit)] if self._limit else []
        low = np.floor((np.log10(positive.min()) - 0.25) * 2) / 2
        high = np.ceil((max([np.log10(positive.max()), *limit]) + 0.15) * 2) / 2
        edges = np.linspace(low, high, max(2, round((high - low) * BINS_PER_DECADE) + 1))
        logs = np.full(len(known), low + 1e-9)
        logs[known > 0] = np.log10(positive)
        return edges, np.histogram(np.clip(logs, edges[0], edges[-1]), edges)[0]

    def sizeHint(self) -> QSize:
        """Room for some thirty bars."""
        return QSize(theme().px(520), theme().px(280))

    def minimumSizeHint(self) -> QSize:
        """A small picture."""
        return QSize(theme().px(200), theme().px(120))

    def draw(self, painter: QPainter) -> None:
        """Draw title, bars, limit, axis."""
        px, wide = theme().px, float(self.width())
        text(painter, QRectF(0, 0, wide, px(20)), self._title, "smallm", "text_2", LEFT)
        area = QRectF(0, px(28), wide, self.height() - px(28) - px(22))
        painter.setPen(QPen(theme().colour("line_strong"), 1))
        painter.drawLine(QPointF(0, area.bottom() + 0.5), QPointF(wide, area.bottom() + 0.5))
        if not len(self._values):
            return
        edges, counts = self.bins()
        unit = wide / (edges[-1] - edges[0])
        self._draw_bars(painter, area, edges, counts)
        for at, words in log_ticks(float(edges[0]), float(edges[-1])):
            if abs(at - round(at)) > 1e-6:
                continue
            half = QFontMetricsF(theme().font("micro")).horizontalAdvance(words) / 2 + 2
            x = min(max((at - edges[0]) * unit, half), wide - half)
            place = QRectF(x - half, area.bottom() + px(4), 2 * half, px(16))
            text(painter, place, words, "micro", "text_2", CENTRE)
        if self._limit:
            self._draw_limit(painter, area, (np.log10(self._limit) - edges[0]) * unit)

    def _draw_bars(self, painter: QPainter, area: QRectF, edges: np.ndarray, counts: np.ndarray) -> None:
        unit = area.width() / (edges[-1] - edges[0])
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().colour(self._token, 0.85))
        for left, right, n in zip(edges[:-1], edges[1:], counts, strict=True):
            if n:
                tall = max(1.5, area.height() * float(n) / float(counts.max()))
                x = (left - edges[0]) * unit
                bar = QRectF(x + 1, area.bottom() - tall, (right - left) * unit - 2, tall)
                painter.drawRoundedRect(bar, min(2.5, tall / 2), min(2.5, tall / 2))

    def _draw_limit(self, painter: QPainter, area: QRectF, x: float) -> None:
        made = QPen(theme().colour("error"), 1.6)
        made.setDashPattern([3, 2])
        painter.setPen(made)
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        words = f"limit {self._limit:g}"
        wide = width(words, "micro") + 4
        left = x - wide - 4 if x > wide + 6 else x + 4
        text(painter, QRectF(left, area.top(), wide, theme().px(14)), words, "micro", "error", RIGHT)
