"""How a cell of the table of models is drawn: one is drawn some hundred times while the table scrolls.

Fonts, colours and elided words are therefore kept, and nothing is saved, clipped or measured that need not be.
"""

from functools import lru_cache
from typing import Protocol

from PySide6.QtCore import QModelIndex, QObject, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from kdstudio.project.facts import Facts
from kdstudio.ui.panels.compare.run_columns import DASH, Column
from kdstudio.ui.panels.compare.run_listing import is_unfinished
from kdstudio.ui.panels.compare.run_table_model import Index, RunTableModel
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.painting import LEFT, RIGHT, Shape, box, focus_ring, mark

MARK, STAR, AIR = 24, 18, 14  # pixels before the name, and around words
_KEPT = 8192
_ELIDED = {"bodym": Qt.TextElideMode.ElideMiddle}  # the names of a sweep's runs begin alike
_LINE = Qt.TextFlag.TextSingleLine


class Looks:
    """Fonts, colours and pixels of the theme as it is now."""

    def __init__(self) -> None:
        now = theme()
        self.fonts: dict[str, QFont] = {role: now.font(role) for role in ("body", "bodym", "small", "h3")}
        self.colours: dict[str, QColor] = {
            token: now.colour(token)
            for token in ("text_1", "text_2", "text_3", "teacher_text", "surface_2", "surface_3", "line")
        }
        self.mark, self.star, self.edge, self.radius = (now.px(one) for one in (MARK, STAR, 6, 7))
        self.size, self.middle = now.px(9), now.px(15)
        self.elided = lru_cache(_KEPT)(self._elided)

    def _elided(self, words: str, role: str, room: int) -> str:
        return QFontMetricsF(self.fonts[role]).elidedText(words, _ELIDED.get(role, Qt.TextElideMode.ElideRight), room)


class Table(Protocol):
    """What a cell asks of its table: its rows, the first and last column that are seen, and what is marked."""

    rows: RunTableModel
    ends: tuple[int, int]
    has_keyboard: bool

    def chosen(self) -> tuple[str, ...]:
        """Return the keys of the rows that are selected."""

    def hovered_key(self) -> str:
        """Return the key of the row that is pointed at."""

    def row_rect(self, row: int) -> QRect:
        """Return where a whole row lies."""

    def hasFocus(self) -> bool:
        """Whether the keyboard is here."""

    def currentIndex(self) -> QModelIndex:
        """Return where the keyboard is."""


class RunCells(QStyledItemDelegate):
    """Draws the row's band, the mark and the star before the name, the best value bold with a triangle."""

    def __init__(self, table: Table, parent: QObject) -> None:
        super().__init__(parent)
        self._table, self._looks = table, Looks()
        theme().changed.connect(self._restyle)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one cell."""
        table, looks = self._table, self._looks
        row, column = table.rows.shown[index.row()], table.rows.columns[index.column()]
        self._band(painter, option, index, row)
        area = option.rect.adjusted(looks.edge, 0, -looks.edge, 0)
        if column.key == "name":
            self._marks(painter, row, QRectF(option.rect))
            area.setLeft(option.rect.left() + looks.mark + looks.star)
        words, role, tone = self._words(row, column)
        painter.setFont(looks.fonts[role])
        painter.setPen(looks.colours[tone])
        align = RIGHT if column.is_number else LEFT
        painter.drawText(area, int(align | _LINE), looks.elided(words, role, area.width() + 1))

    def _words(self, row: Facts, column: Column) -> tuple[str, str, str]:
        """Return what a cell says, in which font and colour."""
        words = self._table.rows.words(row, column)
        if row.state == "queued" and column.key == "rank":
            return words, "small", "text_3"
        if column.key == "name":
            return words, "bodym", "teacher_text" if row.kind == "teacher" else "text_1"
        if self._table.rows.is_best(column, row):
            return f"▲ {words}", "h3", "text_1"
        if column.key == "rank" and row.kind == "teacher":
            return words, "bodym", "text_1"
        if column.better and words != DASH and is_unfinished(row):
            return f"{words}*", "body", "text_3"
        return words, "body", "text_2"

    def _band(self, painter: QPainter, option: QStyleOptionViewItem, index: Index, row: Facts) -> None:
        """Draw the part of the row's band that lies in this cell, round at both ends of the row."""
        table, looks, rect = self._table, self._looks, option.rect
        is_chosen = row.key in table.chosen()
        if is_chosen or (row.key == table.hovered_key() and row.kind != "teacher"):
            fill, ends = looks.colours["surface_3" if is_chosen else "surface_2"], table.ends
            if index.column() in ends:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                box(painter, QRectF(rect), looks.radius, fill)
                by = looks.radius
                rect = rect.adjusted(by, 0, 0, 0) if index.column() == ends[0] else rect.adjusted(0, 0, -by, 0)
            painter.fillRect(rect, fill)
        if table.has_keyboard and table.hasFocus() and index.row() == table.currentIndex().row():
            painter.save()
            painter.setClipRect(option.rect)
            focus_ring(painter, QRectF(table.row_rect(index.row())), looks.radius)
            painter.restore()
        if index.row() == table.rows.teachers - 1:
            painter.setPen(QPen(looks.colours["line"], 1))
            below = option.rect.bottom() + 0.5
            painter.drawLine(QPointF(option.rect.left(), below), QPointF(option.rect.right() + 1, below))

    def _marks(self, painter: QPainter, row: Facts, rect: QRectF) -> None:
        looks = self._looks
        shape, token = identity(row)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        mark(painter, shape, QPointF(rect.left() + looks.middle, rect.center().y()), looks.size, token)
        if row.kind == "run" and (row.notes.star or row.key == self._table.hovered_key()):
            painter.setFont(looks.fonts["body"])
            painter.setPen(looks.colours["text_1" if row.notes.star else "text_3"])
            star = QRectF(rect.left() + looks.mark, rect.top(), looks.star, rect.height())
            painter.drawText(star, int(LEFT | _LINE), "★" if row.notes.star else "☆")

    def _restyle(self) -> None:
        self._looks = Looks()


def identity(row: Facts) -> tuple[Shape, str]:
    """Return shape and colour of a model: teacher, student, student without a teacher, answers from elsewhere."""
    if row.kind == "teacher":
        return "circle", "teacher"
    if row.kind == "answers":
        return "square", "text_2"
    return ("diamond", "student") if row.has_teacher else ("ring", "baseline")
