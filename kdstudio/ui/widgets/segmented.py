"""Segmented: one choice out of a few, side by side."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QWidget

from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.controls import Hovered
from kdstudio.ui.widgets.painting import CENTRE, begin, box, focus_ring, text, width

_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}


class Segmented(Hovered, QWidget):
    """Two to five words in a well, one of them chosen. Arrow keys, Home and End move the choice.

    `choices` are (value, words) pairs, or plain words that are their own value.
    """

    chosen = Signal(str)

    def __init__(self, choices: Sequence[str | tuple[str, str]], name: str, *, height: int = 28) -> None:
        super().__init__()
        self._at, self._name, self._tall = 0, name, height
        self._values: list[str] = []
        self._words: list[str] = []
        self.take_clicks()
        self.setMouseTracking(True)
        self.set_choices(choices)

    def set_choices(self, choices: Sequence[str | tuple[str, str]]) -> None:
        """Offer other choices without a signal; the first is chosen where the former one is gone."""
        pairs = [(c, c) if isinstance(c, str) else c for c in choices]
        former = self._values[self._at] if self._values else ""
        self._values, self._words = [value for value, _ in pairs], [words for _, words in pairs]
        self._at = self._values.index(former) if former in self._values else 0
        self._tell()
        self.updateGeometry()
        self.update()

    def value(self) -> str:
        """The chosen value."""
        return self._values[self._at]

    def set_value(self, value: str) -> None:
        """Choose without a signal; raises ValueError for a value that is no choice."""
        self._at = self._values.index(value)
        self._tell()
        self.update()

    def sizeHint(self) -> QSize:
        """The words with air around each."""
        return QSize(round(sum(self._widths()) + 2 * theme().px(3)), theme().px(self._tall))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the choice."""
        last = len(self._values) - 1
        jumps = {Qt.Key.Key_Home: 0, Qt.Key.Key_End: last}
        key = Qt.Key(event.key())
        if key in _STEPS:
            self._choose(min(max(self._at + _STEPS[key], 0), last))
        elif key in jumps:
            self._choose(jumps[key])
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose what was clicked."""
        for at, rect in enumerate(self._rects()):
            if rect.contains(event.position()):
                self._choose(at)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Light up what the pointer is over."""
        self.update()
        super().mouseMoveEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the well, the chosen segment, the words."""
        painter, now, rect = begin(self), theme(), QRectF(self.rect())
        box(painter, rect, now.px(8), now.colour("well"), now.colour("line"))
        under = self.mapFromGlobal(self.cursor().pos()) if self.is_hovered else None
        for at, part in enumerate(self._rects()):
            if at == self._at:
                edge = now.colour("line_strong") if now.is_dark else now.colour("line")
                box(painter, part, now.px(6), now.colour("segment" if self.isEnabled() else "surface_1"), edge)
            lit = at == self._at or (under is not None and part.toRect().contains(under))
            tone = "disabled" if not self.isEnabled() else "text_1" if lit else "text_2"
            text(painter, part, self._words[at], "smallm", tone, CENTRE)
        if self.has_ring:
            focus_ring(painter, rect, now.px(8))

    def _choose(self, at: int) -> None:
        if at != self._at:
            self._at = at
            self._tell()
            self.update()
            self.chosen.emit(self._values[at])

    def _tell(self) -> None:
        self.setAccessibleName(f"{self._name}: {self._words[self._at]}")
        self.setAccessibleDescription(f"One of {', '.join(self._words)}; arrow keys change it")

    def _widths(self) -> list[float]:
        return [width(words, "smallm") + 2 * theme().px(10) for words in self._words]

    def _rects(self) -> list[QRectF]:
        inset = theme().px(3)
        x, rects = float(inset), []
        for wide in self._widths():
            rects.append(QRectF(x, inset, wide, self.height() - 2 * inset))
            x += wide
        return rects


class TabRow(Segmented):
    """Names of pages in a row; the open one is underlined. Tabs without a page yet can be switched off one by one."""

    def __init__(self, choices: Sequence[str | tuple[str, str]], name: str = "Tabs") -> None:
        self._off: set[str] = set()
        super().__init__(choices, name, height=36)

    def set_available(self, value: str, available: bool) -> None:
        """Switch one tab on or off."""
        (self._off.discard if available else self._off.add)(value)
        self.update()

    def sizeHint(self) -> QSize:
        """Words and the gaps between them."""
        return QSize(round(self._rects()[-1].right()) + theme().px(6), theme().px(self._tall))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the names, the underline, the ring."""
        painter, now = begin(self), theme()
        under = self.mapFromGlobal(self.cursor().pos()) if self.is_hovered else None
        for at, part in enumerate(self._rects()):
            lit = at == self._at or (under is not None and part.toRect().contains(under))
            is_off = self._values[at] in self._off or not self.isEnabled()
            text(
                painter, part, self._words[at], "bodym", "disabled" if is_off else "text_1" if lit else "text_3", CENTRE
            )
            if at == self._at and not self.has_ring:
                painter.fillRect(QRectF(part.left(), self.height() - 2, part.width(), 2), now.colour("text_1"))
            elif at == self._at:
                focus_ring(painter, part.adjusted(-now.px(6), 3, now.px(6), -3), now.px(6))

    def _choose(self, at: int) -> None:
        if self._values[at] not in self._off:
            super()._choose(at)

    def _rects(self) -> list[QRectF]:
        x, rects = float(theme().px(6)), []
        for words in self._words:
            wide = width(words, "bodym") + 1
            rects.append(QRectF(x, 0, wide, self.height() or theme().px(self._tall)))
            x += wide + theme().px(20)
        return rects
