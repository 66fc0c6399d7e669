"""Passages token by token: each on a ground that says how differently two models expected it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy

from kdstudio.core.passages import SPACE, written
from kdstudio.ui.charts.drawn import Drawn
from kdstudio.ui.charts.ramps import at_share, diverging
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.painting import CENTRE, LEFT, begin, box, text, width

_HIGH, _LINE, _HEAD, _GAP = 26, 36, 30, 18  # a box, a line of them, a passage's name, the room below a passage
_NEAR, _FAR = 0.2, 0.6  # shares of the ramp from which on words are stronger, and have the ground's other end


@dataclass(frozen=True, slots=True)
class Shown:
    """One passage: its name and words, for each word the index of the answer about it, and a value (NaN for none)."""

    name: str
    words: tuple[str, ...]
    index: np.ndarray
    values: np.ndarray


class TokenText(Drawn):
    """Boxes that flow as text does. A click or the arrow keys choose a word; `chosen` gives the answer's index."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._title, self._passages, self._top = "", tuple[Shown, ...](), 1.0
        self._places: list[list[QRectF]] = []
        self._heads: list[float] = []
        self._at: tuple[int, int] | None = None  # passage and word
        self._by_index: dict[int, tuple[int, int]] = {}
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName("Text, token by token")

    def set_passages(self, passages: Sequence[Shown], top: float, title: str) -> None:
        """Show passages; values of `top` and more have the brightest ground. `title` says what the values are."""
        self._passages, self._top, self._title = tuple(passages), max(top, 1e-9), title
        self._by_index = {
            int(index): (number, word)
            for number, one in enumerate(self._passages)
            for word, index in enumerate(one.index)
            if index >= 0
        }
        self._at = None
        self._flow()

    def set_current(self, index: int) -> QRectF | None:
        """Frame the word that an answer is about; return where its line is, to be scrolled to."""
        self._at = self._by_index.get(index)
        self.setAccessibleDescription(self.as_text())
        self.update()
        return None if self._at is None else self._places[self._at[0]][self._at[1]]

    def title(self) -> str:
        """What is coloured."""
        return self._title

    def as_text(self) -> str:
        """The passage in words, and the word that is framed."""
        if self._at is None:
            return f"{self._title}: {len(self._passages)} passages"
        one, word = self._passages[self._at[0]], self._at[1]
        value = one.values[word]
        known = "" if np.isnan(value) else f" {value:.2f}"
        return f"{one.name}: {written(one.words).strip()} — at {one.words[word]!r}: {self._title}{known}"

    def as_csv(self) -> str:
        """One token a line."""
        rows = ["passage,token,index,value"]
        for one in self._passages:
            for word, index, value in zip(one.words, one.index, one.values, strict=True):
                quoted = word.replace('"', '""')
                rows.append(f'{one.name},"{quoted}",{index},{value:.6g}')
        return "\n".join(rows)

    def word_at(self, place: object) -> int | None:
        """Return the index of the answer about the word at a point, None between words."""
        for number, rects in enumerate(self._places):
            for word, rect in enumerate(rects):
                if rect.contains(place) and self._passages[number].index[word] >= 0:  # type: ignore[call-overload]
                    return int(self._passages[number].index[word])
        return None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a word."""
        if (index := self.word_at(event.position())) is not None:
            self.chosen.emit(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right go to the word before and behind that somebody was asked for."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None or self._at is None:
            super().keyPressEvent(event)
            return
        number, word = self._at
        index = self._passages[number].index
        beyond = index[word + 1 :] if step > 0 else index[:word][::-1]
        if len(asked := beyond[beyond >= 0]):  # past a prompt between two answers
            self.chosen.emit(int(asked[0]))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Flow anew."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._flow()

    def sizeHint(self) -> QSize:
        """As high as the text is."""
        return QSize(theme().px(560), round(self._height))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the passages that can be seen."""
        self._paint(begin(self), QRectF(event.rect()))

    def draw(self, painter: QPainter) -> None:
        """Paint everything."""
        self._paint(painter, QRectF(self.rect()))

    def _paint(self, painter: QPainter, seen: QRectF) -> None:
        now = theme()
        ramp = diverging(dark=now.is_dark)[127::-1]  # from the surface to purple: less like the teacher
        for number, (one, rects) in enumerate(zip(self._passages, self._places, strict=True)):
            if not rects or rects[-1].bottom() < seen.top() or self._heads[number] > seen.bottom():
                continue
            is_current = self._at is not None and self._at[0] == number
            head = QRectF(0, self._heads[number], self.width(), now.px(_HEAD - 8))
            text(painter, head, one.name, "smallm", "text_1" if is_current else "text_3", LEFT)
            shares = np.clip(np.nan_to_num(one.values) / self._top, 0, 1)
            colours = at_share(ramp.repeat(2, axis=0), shares)
            for word, rect in enumerate(rects):
                if rect.bottom() < seen.top() or rect.top() > seen.bottom():
                    continue
                if one.index[word] < 0:  # it was given, and nobody was asked for it
                    text(painter, rect, _word(one.words[word]), "body", "text_3", CENTRE)
                else:
                    self._box(
                        painter, rect, one.words[word], QColor(*map(int, colours[word])), shares[word], is_current
                    )
        if self._at is not None:
            pen = QPen(now.colour("text_1"), 2)
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self._places[self._at[0]][self._at[1]].adjusted(-1, -1, 1, 1), now.px(5), now.px(5))

    def _box(self, painter: QPainter, rect: QRectF, word: str, ground: QColor, share: float, is_current: bool) -> None:
        now = theme()
        if share < 0.02:
            ground = now.colour("surface_2")
        box(painter, rect, now.px(5), ground)
        far = "primary_text" if now.is_dark else "surface_1"  # on a ground that is light, or dark, itself
        tone = far if share > _FAR else "text_1" if is_current or share > _NEAR else "text_2"
        text(painter, rect, _word(word), "body", tone, CENTRE)

    def _flow(self) -> None:
        """Find each word's place: words follow each other, and a space is a gap in front of a box."""
        px, wide = theme().px, float(max(self.width(), theme().px(200)))
        widths: dict[str, float] = {}
        self._places, self._heads = [], []
        y = 0.0
        for one in self._passages:
            self._heads.append(y)
            y += px(_HEAD)
            x, rects = 0.0, []
            for word, index in zip(one.words, one.index, strict=True):
                is_box = index >= 0  # what was given reads as plain text
                size = widths.setdefault(word, width(_word(word), "body")) + (px(8) if is_box else 0)
                gap = (px(8) if is_box else px(5)) if word.startswith(SPACE) else px(2) if is_box else 0
                if x and x + gap + size > wide:
                    x, y = 0.0, y + px(_LINE)
                x += gap if x else 0.0
                rects.append(QRectF(x, y, size, px(_HIGH)))
                x += size
            y += px(_LINE) + px(_GAP)
            self._places.append(rects)
        self._height = max(y, 1.0)
        self.setMinimumHeight(round(self._height))
        self.updateGeometry()
        self.update()

    _height = 1.0


def _word(word: str) -> str:
    return word.removeprefix(SPACE) or "·"
