"""Chips of the context bar: which teacher, student, baseline and data everything on the page is about."""

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from kdstudio.ui import icons
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.controls import Hovered
from kdstudio.ui.widgets.painting import SHAPES, begin, box, focus_ring, mark, text, width


class ModelChip(Hovered, QAbstractButton):
    """Mark, caption, name and score of one learner; a click opens its menu.

    `identity` is "teacher", "student" or "baseline". `set_lit` shows that a file dragged over it would be taken.
    """

    def __init__(self, identity: str, caption: str = "", name: str = "", score: str = "") -> None:
        super().__init__()
        self.identity = identity
        self._caption = caption or identity.capitalize()
        self._name, self._score, self._absent, self._error, self._lit = name, score, "", "", False
        self.take_clicks(QSizePolicy.Policy.Preferred)
        self._tell()

    def set_model(self, name: str, score: str = "") -> None:
        """Show a model and what it scores."""
        self._name, self._score, self._absent, self._error = name, score, "", ""
        self._tell()

    def set_absent(self, words: str) -> None:
        """Say that there is none ("no student yet")."""
        self._name, self._score, self._absent, self._error = "", "", words, ""
        self._tell()

    def set_error(self, words: str) -> None:
        """Say what is wrong with it ("file is missing")."""
        self._error = words
        self._tell()

    def set_lit(self, lit: bool) -> None:
        """Show the edge of its identity while something fitting is dragged."""
        self._lit = lit
        self.update()

    def sizeHint(self) -> QSize:
        """Mark, words, arrow."""
        px = theme().px
        score = width(self._score, "smallm") + px(7) if self._score else 0
        words = max(width(self._caption, "micro"), width(self._words(), "smallm") + score)
        return QSize(round(words) + px(33) + px(34), px(40))

    def minimumSizeHint(self) -> QSize:
        """The name may be elided."""
        return QSize(min(theme().px(104), self.sizeHint().width()), theme().px(40))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the chip."""
        painter, now, rect = begin(self), theme(), QRectF(self.rect())
        fill, edge = "surface_1", "line"
        if self._error:
            fill, edge = "error_fill", "error_edge"
        elif self.is_hovered:
            fill, edge = "surface_2", "line_strong"
        if self._lit:
            edge = self.identity if self.identity in SHAPES else "text_2"
        box(painter, rect, now.px(8), now.colour(fill), now.colour(edge), 2 if self._lit else 1)
        if self.has_ring:
            focus_ring(painter, rect, now.px(8))
        self._paint_mark(painter, rect)
        self._paint_words(painter, rect)
        side = now.px(12)
        arrow = QRectF(rect.right() - now.px(9) - side, rect.center().y() - side / 2, side, side)
        icons.draw(painter, "chevron-down", arrow, "error" if self._error else "text_3")

    def _paint_mark(self, painter: QPainter, rect: QRectF) -> None:
        px, centre = theme().px, QPointF(theme().px(18), rect.center().y())
        if self._error:
            icons.draw(painter, "alert", QRectF(centre.x() - px(7), centre.y() - px(7), px(14), px(14)), "error")
        elif self.identity in SHAPES:
            mark(painter, SHAPES[self.identity], centre, px(10), self.identity)
        else:
            icons.draw(painter, "database", QRectF(centre.x() - px(7), centre.y() - px(7), px(14), px(14)), "text_2")

    def _paint_words(self, painter: QPainter, rect: QRectF) -> None:
        px, left = theme().px, float(theme().px(33))
        room = rect.width() - left - px(26)
        text(painter, QRectF(left, px(5), room, px(14)), self._caption, "micro", "text_2")
        tone = "error" if self._error else "text_3" if self._absent else "text_1"
        score = width(self._score, "smallm") if self._score and not self._error else 0
        name = min(width(self._words(), "smallm") + 1, room - (score + px(7) if score else 0))
        line = QRectF(left, px(18), name, px(17))
        text(painter, line, self._words(), "smallm", tone)
        if score:
            tones = {"teacher": "teacher_text", "student": "student_text"}
            after = QRectF(left + name + px(6), px(18), score + 2, px(17))
            text(painter, after, self._score, "smallm", tones.get(self.identity, "text_2"))

    def _words(self) -> str:
        return self._error or self._absent or self._name or "–"

    def _tell(self) -> None:
        told = f"{self._caption}: {self._words()}" + (f", {self._score}" if self._score and not self._error else "")
        self.setAccessibleName(told)
        self.setToolTip(told)
        self.updateGeometry()
        self.update()


class DataChip(ModelChip):
    """The data: which split is looked at, and how many inputs it has."""

    def __init__(self, split: str = "", inputs: str = "") -> None:
        super().__init__("data", "Data", split, inputs)
