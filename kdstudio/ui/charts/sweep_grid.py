"""A sweep as a picture: a cell for each two values, the stronger the better; of one value a line of points."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPen, QPolygonF

from kdstudio.ui.charts.grid_places import NOWHERE, GridPlaces
from kdstudio.ui.charts.grids import Axis, Grid, Grids, draw_level, quoted
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.painting import CENTRE, RIGHT, box, mark, text, width

_BESIDE, _LARGEST = 68, (300, 200)  # pixels for the scale, and of a cell on the whole screen
_LEFT, _TOP, _RIGHT, _FOOT = 52, 22, 12, 36  # pixels around a line of points


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep came to: names of rows and columns, and for each cell (rows, columns) what stands there.

    `keys` are those of the runs, "" where there is none yet; `values` are NaN where nothing is known, `told` are the
    same as they are written and `words` say the whole of it. `shares` are 0 for the worst value and 1 for the best.
    """

    title: str = ""
    row_name: str = ""
    rows: tuple[str, ...] = ()
    column_name: str = ""
    columns: tuple[str, ...] = ()
    keys: tuple[tuple[str, ...], ...] = ()
    values: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))
    told: tuple[tuple[str, ...], ...] = ()
    words: tuple[tuple[str, ...], ...] = ()
    is_low_better: bool = False

    @property
    def shares(self) -> np.ndarray:
        """How good each value is among the others, (rows, columns)."""
        known = self.values[np.isfinite(self.values)]
        if not len(known) or not float(np.ptp(known)):
            return np.where(np.isfinite(self.values), 0.5, np.nan)
        shares = (self.values - known.min()) / np.ptp(known)
        return np.asarray(1 - shares if self.is_low_better else shares)

    def at(self, share: float) -> str:
        """Return the value with a share as it is written, "" where nothing is known."""
        shares = self.shares
        if not np.isfinite(shares).any():
            return ""
        i, j = np.unravel_index(int(np.nanargmin(np.abs(shares - share))), shares.shape)
        return self.told[int(i)][int(j)]


class SweepGrid(Grids):
    """`hovered` and `chosen` give the key of a run; arrow keys point at runs, Enter chooses."""

    hovered = Signal(str)
    chosen = Signal(str, bool)

    def __init__(self) -> None:
        super().__init__("Chart: Sweep")
        self._swept = Swept()
        self._selected: tuple[str, ...] = ()
        self._lit = ""

    def set_swept(self, shown: Swept) -> None:
        """Show other trials, or another score of them; the cursor stays where it can."""
        cursor = self._cursor
        self._swept = shown
        grids = [Grid("", shown.column_name, shown.columns, shown.shares)] if shown.rows else []
        self.set_grids(Axis(shown.rows, "", shown.row_name), grids, shown.title)
        if grids and cursor[1] < len(shown.rows) and cursor[2] < len(shown.columns):
            self._cursor = cursor
        self.setAccessibleDescription(self.as_text())

    def set_focus(self, selected: Sequence[str], pointed: str) -> None:
        """Mark the runs that are chosen, and the one that is pointed at anywhere."""
        if (tuple(selected), pointed) != (self._selected, self._lit):
            self._selected, self._lit = tuple(selected), pointed
            self.update()

    def key(self, i: int, j: int) -> str:
        """Return the key of the run in a cell, "" where there is none."""
        return self._swept.keys[i][j]

    def places(self) -> GridPlaces:
        """Return where everything stands; each point of a line has its column."""
        if len(self._swept.rows) != 1:
            rows, columns = self._swept.rows, [self._swept.columns] if self._swept.rows else []
            return GridPlaces.within(self.width(), self.height(), rows, columns, beside=_BESIDE, largest=_LARGEST)
        px, count = theme().px, max(1, len(self._swept.columns))
        area = QRectF(px(_LEFT), px(_TOP), self.width() - px(_LEFT + _RIGHT), self.height() - px(_TOP + _FOOT))
        none = QRectF()
        return GridPlaces((area,), (none,), none, (area.width() / count, area.height()), 1, (count,))

    def minimumSizeHint(self) -> QSize:
        """Cells that can still be told apart."""
        return QSize(theme().px(220), theme().px(120))

    def words(self, which: int, i: int, j: int) -> str:
        """Return a cell in words."""
        return self._swept.words[i][j]

    def number(self, which: int, i: int, j: int) -> str:
        """Return the value of a cell."""
        return self._swept.told[i][j]

    def scale_words(self) -> tuple[str, ...]:
        """Return the best and the worst value."""
        return self._swept.at(1.0), self._swept.at(0.0)

    def as_text(self) -> str:
        """The best trial, and a sentence for each."""
        shares = self._swept.shares
        if not np.isfinite(shares).any():
            return f"{self._swept.title}: no trial has been measured yet"
        i, j = np.unravel_index(int(np.nanargmax(shares)), shares.shape)
        lines = [f"{self._swept.title}; the best is {self._swept.words[int(i)][int(j)]}"]
        return "\n".join([*lines, *(words for row in self._swept.words for words in row)])

    def as_csv(self) -> str:
        """One cell a line, its value empty where nothing is known."""
        shown = self._swept
        lines = [",".join(quoted(name) for name in (shown.row_name, shown.column_name, shown.title) if name)]
        for (i, j), value in np.ndenumerate(shown.values):
            names = (*((quoted(shown.rows[i]),) if shown.row_name else ()), quoted(shown.columns[j]))
            lines.append(",".join((*names, "" if np.isnan(value) else f"{value:.10g}")))
        return "\n".join(lines) + "\n"

    def draw(self, painter: QPainter) -> None:
        """Paint cells or points, and rings around what is chosen or pointed at."""
        if not self._swept.rows:
            return
        if len(self._swept.rows) == 1:
            self._draw_line(painter)
        else:
            super().draw(painter)
        places, is_line = self.places(), len(self._swept.rows) == 1
        for (i, j), value in np.ndenumerate(self._swept.values):
            if np.isnan(value) and not is_line:
                box(painter, places.cell_rect(0, i, j), 3, None, theme().colour("line_strong"))
            if self.key(i, j) and self.key(i, j) in (*self._selected, self._lit):
                token = "text_1" if self.key(i, j) in self._selected else "text_2"
                ring = self._ring(places, i, j)
                box(painter, ring, ring.height() / 2 if is_line else 4, None, theme().colour(token), 2)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows go from trial to trial and Enter chooses, with Ctrl beside what is chosen."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._swept.rows:
            self._choose(*self._cursor[1:], event.modifiers())
            return
        super().keyPressEvent(event)
        if self._swept.rows:
            self.hovered.emit(self.key(*self._cursor[1:]))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point at a run."""
        super().mouseMoveEvent(event)
        is_there = self._under != NOWHERE and bool(self._swept.rows)
        key = self.key(*self._under[1:]) if is_there else ""
        self.setCursor(Qt.CursorShape.PointingHandCursor if key else Qt.CursorShape.ArrowCursor)
        self.hovered.emit(key)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a run."""
        found = self.places().at(event.position()) if self._swept.rows else NOWHERE
        if found != NOWHERE and event.button() == Qt.MouseButton.LeftButton:
            self._cursor = found
            self._choose(*found[1:], event.modifiers())

    def leaveEvent(self, event: object) -> None:
        """Point at nothing."""
        super().leaveEvent(event)
        self.hovered.emit("")

    def _draw_columns(self, painter: QPainter, places: GridPlaces, which: int, lit: int) -> None:
        """Write the values under their columns, aslant where they are too long for that."""
        if not draw_level(painter, places, which, self._swept.columns, lit):
            super()._draw_columns(painter, places, which, lit)

    def _choose(self, i: int, j: int, modifiers: Qt.KeyboardModifier) -> None:
        if key := self.key(i, j):
            self.chosen.emit(key, bool(modifiers & Qt.KeyboardModifier.ControlModifier))

    def _ring(self, places: GridPlaces, i: int, j: int) -> QRectF:
        if len(self._swept.rows) > 1:
            return places.cell_rect(0, i, j).adjusted(-1, -1, 1, 1)
        side, place = theme().px(11), self._point(places, j)
        return QRectF(place.x() - side, place.y() - side, 2 * side, 2 * side)

    def _point(self, places: GridPlaces, j: int) -> QPointF:
        """Return where a point of the line is; one that is not known stands on the axis."""
        area, low = places.grids[0], self._swept.is_low_better
        share = float(self._swept.shares[0, j])
        high = 0.0 if np.isnan(share) else 0.12 + 0.76 * (1 - share if low else share)
        return QPointF(area.left() + (j + 0.5) * places.cell[0], area.bottom() - high * area.height())

    def _draw_line(self, painter: QPainter) -> None:
        px, shown, places = theme().px, self._swept, self.places()
        area, known = places.grids[0], np.flatnonzero(np.isfinite(shown.values[0]))
        shares = shown.shares[0, known]
        for share in {float(one) for one in (shares.min(), shares.max())} if len(known) else ():
            high = 0.12 + 0.76 * (1 - share if shown.is_low_better else share)
            y = area.bottom() - high * area.height()
            painter.setPen(QPen(theme().colour("line"), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            text(painter, QRectF(0, y - px(8), px(_LEFT - 8), px(16)), shown.at(share), "micro", "text_2", RIGHT)
        painter.setPen(QPen(theme().colour("line_strong"), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.setPen(QPen(theme().colour("student"), 1.6))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF([self._point(places, int(j)) for j in known]))
        for j in known.tolist():
            mark(painter, "diamond", self._point(places, j), px(10), "student")
        step = max(1, round(np.ceil(max(width(name, "micro") + px(6) for name in shown.columns) / places.cell[0])))
        for j, name in list(enumerate(shown.columns))[::step]:
            x = area.left() + (j + 0.5) * places.cell[0]
            text(painter, QRectF(x - px(60), area.bottom() + px(3), px(120), px(14)), name, "micro", "text_2", CENTRE)
        foot = QRectF(area.left(), area.bottom() + px(18), area.width(), px(16))
        text(painter, foot, shown.column_name, "caption", "text_2", CENTRE)
