"""One bar a token of a passage: where in it two models part."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy

from kdstudio.ui.charts.drawn import Drawn
from kdstudio.ui.theme import theme


class TokenBars(Drawn):
    """Bars of (L,) values side by side, NaN for none; a click chooses one, the chosen one is light."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._values, self._words, self._at, self._title = np.zeros(0), tuple[str, ...](), -1, ""
        self._high = 88
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Bars, one a token")

    def set_values(self, values: np.ndarray, words: tuple[str, ...], title: str) -> None:
        """Show a passage's values."""
        self._values, self._words, self._title, self._at = values, words, title, -1
        self.setAccessibleDescription(self.as_text())
        self.update()

    def set_current(self, at: int) -> None:
        """Mark one bar."""
        self._at = at
        self.update()

    def title(self) -> str:
        """What the bars are."""
        return self._title

    def as_text(self) -> str:
        """The highest bar in words."""
        if not np.isfinite(self._values).any():
            return f"{self._title}: nothing to show"
        top = int(np.nanargmax(self._values))
        mean = float(np.nanmean(self._values))
        return f"{self._title}: mean {mean:.2f}, highest {self._values[top]:.2f} at {self._words[top]!r}"

    def as_csv(self) -> str:
        """One token a line."""
        rows = (f'"{word}",{value:.6g}' for word, value in zip(self._words, self._values, strict=True))
        return "token,value\n" + "\n".join(rows)

    def set_low(self, *, low: bool) -> None:
        """Take less room."""
        self._high = 48 if low else 88
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """A low strip."""
        return QSize(theme().px(400), theme().px(self._high))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a bar."""
        if len(self._values):
            at = int(event.position().x() / max(1, self.width()) * len(self._values))
            self.chosen.emit(min(max(at, 0), len(self._values) - 1))

    def draw(self, painter: QPainter) -> None:
        """Draw the bars on their line."""
        now, area = theme(), QRectF(self.rect()).adjusted(0, 2, 0, -2)
        painter.setPen(QPen(now.colour("line_strong"), 1))
        painter.drawLine(QPointF(0, area.bottom() + 0.5), QPointF(area.width(), area.bottom() + 0.5))
        if not np.isfinite(self._values).any():
            return
        each, top = area.width() / len(self._values), max(float(np.nanmax(self._values)), 1e-9)
        painter.setPen(Qt.PenStyle.NoPen)
        for at, value in enumerate(self._values):
            if np.isfinite(value):
                tall = max(1.5, area.height() * max(0.0, float(value)) / top)
                painter.setBrush(now.colour("text_1" if at == self._at else "diff_less"))
                bar = QRectF(at * each + min(1.5, each / 6), area.bottom() - tall, max(1.0, each * 0.74), tall)
                painter.drawRoundedRect(bar, min(2.0, tall / 2), min(2.0, tall / 2))
