"""Grids of likenesses side by side on one scale: each row of the one thing against each column of another."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QSizePolicy

from kdstudio.ui.charts import ramps
from kdstudio.ui.charts.drawn import Drawn
from kdstudio.ui.charts.grid_places import LEAST, NAME, NOWHERE, GridPlaces, shortened
from kdstudio.ui.charts.matrices import MOVES
from kdstudio.ui.charts.matrix_cells import BRIGHT, SUNK, draw_picture
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.painting import CENTRE, LEFT, MINUS, RIGHT, SHAPES, box, mark, text, width

SMALL = 8  # pixels of a cell below which there are no gaps


@dataclass(frozen=True, slots=True)
class Grid:
    """One grid: `values` (rows, columns), NaN where nothing is known; `who` is an identity, named by `title`."""

    who: str
    title: str
    columns: tuple[str, ...]
    values: np.ndarray


@dataclass(frozen=True, slots=True)
class Axis:
    """What the rows are: names, and whose they are where that is the same in all grids ("" otherwise)."""

    names: tuple[str, ...]
    who: str = ""
    title: str = ""


class Grids(Drawn):
    """Arrow keys move a cursor through all grids; pointing and the cursor say what a cell is (`pointed`, in words)."""

    pointed = Signal(str)

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title, self._is_signed = title, False
        self._shown: tuple[Grid, ...] = ()
        self._rows = Axis(())
        self._cursor, self._under = (0, 0, 0), NOWHERE
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(title)

    def set_grids(self, rows: Axis, shown: Sequence[Grid], title: str, *, is_signed: bool = False) -> None:
        """Show grids with the same rows; the scale goes from 0 to 1, or from −1 where values have a sign."""
        self._rows, self._shown, self._is_signed, self._title = rows, tuple(shown), is_signed, title
        self._cursor, self._under = (0, 0, 0), NOWHERE
        self.setAccessibleName(title)
        self.setAccessibleDescription(self.words(*self._cursor) if shown else "")
        self.update()

    def places(self) -> GridPlaces:
        """Return where everything stands."""
        rows, columns = shortened(self._rows.names), [shortened(one.columns) for one in self._shown]
        return GridPlaces.within(self.width(), self.height(), rows, columns)

    def sizeHint(self) -> QSize:
        """Two grids of eight layers."""
        return QSize(theme().px(760), theme().px(360))

    def minimumSizeHint(self) -> QSize:
        """Cells that can still be told apart."""
        return QSize(theme().px(420), theme().px(240))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the cursor; behind the last column of a grid the next one begins."""
        key = Qt.Key(event.key())
        if key not in MOVES or not self._shown:
            super().keyPressEvent(event)
            return
        (which, i, j), (down, across) = self._cursor, MOVES[key]
        i, j = min(max(i + down, 0), len(self._rows.names) - 1), j + across
        if j >= len(self._shown[which].columns):
            which, j = (which + 1, 0) if which + 1 < len(self._shown) else (which, j - 1)
        elif j < 0:
            which, j = (which - 1, len(self._shown[which - 1].columns) - 1) if which else (0, 0)
        self._cursor = (which, i, j)
        self._tell()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Say where the cursor is."""
        super().focusInEvent(event)
        self._tell()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say what is pointed at."""
        found = self.places().at(event.position()) if self._shown else NOWHERE
        if found != self._under:
            self._under = found
            words = "" if found == NOWHERE else self.words(*found)
            self.setToolTip(words)
            self.pointed.emit(words)
            self.update()

    def leaveEvent(self, _event: object) -> None:
        """The pointer is gone."""
        self._under = NOWHERE
        self.pointed.emit("")
        self.update()

    def words(self, which: int, i: int, j: int) -> str:
        """Return a cell in words."""
        one = self._shown[which]
        value = self.number(which, i, j)
        if not self._rows.who:
            return f"{one.title}: {self._rows.names[i]} and {one.columns[j]} {value}"
        row = f"{self._rows.title} {self._rows.names[i]} ({i + 1} of {len(self._rows.names)})"
        return f"{row}, {one.title.lower()} {one.columns[j]} ({j + 1} of {len(one.columns)}): {value}"

    def number(self, which: int, i: int, j: int) -> str:
        """Return what is written into a cell."""
        return _number(float(self._shown[which].values[i, j]))

    def scale_words(self) -> tuple[str, ...]:
        """Return what is written beside the scale, from its upper end to its lower."""
        return ("1", "0", f"{MINUS}1") if self._is_signed else ("1", "0")

    def title(self) -> str:
        """What is shown, for the name of a file."""
        return self._title

    def as_text(self) -> str:
        """A line for each row: what comes nearest to it in each grid, itself left out."""
        lines = []
        for i, name in enumerate(self._rows.names):
            told = []
            for one in self._shown:
                values = np.array(one.values[i], dtype=np.float64)
                if not self._rows.who:
                    values[i] = np.nan
                best = int(np.nanargmax(values)) if np.isfinite(values).any() else -1
                told.append(
                    f"{one.title} –" if best < 0 else f"{one.title} {one.columns[best]} {_number(values[best])}"
                )
            lines.append(f"{name}: {', '.join(told)}")
        return "\n".join(lines)

    def as_csv(self) -> str:
        """A line for each cell with a value: whose grid, row, column, value."""
        lines = ["model,row,column,value"]
        for one in self._shown:
            for i, j in np.argwhere(np.isfinite(one.values)).tolist():
                names = (one.who, quoted(self._rows.names[i]), quoted(one.columns[j]))
                lines.append(",".join((*names, f"{one.values[i, j]:.6g}")))
        return "\n".join(lines) + "\n"

    def draw(self, painter: QPainter) -> None:
        """Paint titles, names, cells, the scale."""
        if not self._shown:
            return
        places = self.places()
        lit = self._cursor if self.has_ring else self._under
        if self._rows.title:
            self._draw_title(painter, QRectF(0, 0, places.grids[0].left(), theme().px(24)), self._rows)
        for which, one in enumerate(self._shown):
            self._draw_title(painter, places.titles[which], one)
            self._draw_cells(painter, places, which, one)
            self._draw_columns(painter, places, which, lit[2] if lit[0] == which else -1)
        self._draw_rows(painter, places, lit[1])
        self._draw_scale(painter, places.scale)
        if lit != NOWHERE:
            cell = places.cell_rect(*lit).adjusted(-1, -1, 1, 1)
            box(painter, cell, 4, None, theme().colour("text_1"), 2)

    def _draw_title(self, painter: QPainter, rect: QRectF, one: Grid | Axis) -> None:
        px, left = theme().px, rect.left()
        if one.who in SHAPES:
            mark(painter, SHAPES[one.who], QPointF(left + px(5), rect.center().y()), px(9), one.who)
            left += px(18)
        text(painter, QRectF(left, rect.top(), rect.right() - left, rect.height()), one.title, "h3", "text_1", LEFT)

    def _draw_cells(self, painter: QPainter, places: GridPlaces, which: int, one: Grid) -> None:
        colours, (across, down) = self._colours(one.values), places.cell
        if min(across, down) < theme().px(SMALL):  # a thousand classes would be a million boxes
            draw_picture(painter, places.grids[which], colours, painter.device().devicePixelRatioF())
            return
        has_numbers = across >= theme().px(26) and down >= theme().px(14)
        for i, j in np.ndindex(one.values.shape):
            rect, colour = places.cell_rect(which, i, j), QColor(*colours[i, j].tolist())
            box(painter, rect, min(3.0, down / 5), colour)
            if has_numbers:
                light = float(colours[i, j] @ np.array([0.299, 0.587, 0.114])) > 120
                known = not np.isnan(one.values[i, j])
                tone = "text_3" if not known else SUNK if light else BRIGHT
                text(painter, rect, self.number(which, i, j), "micro", tone, CENTRE)

    def _draw_rows(self, painter: QPainter, places: GridPlaces, lit: int) -> None:
        if places.cell[1] >= theme().px(LEAST):
            role = "small" if places.cell[1] >= theme().px(14) else "micro"
            for i, name in enumerate(shortened(self._rows.names)):
                text(painter, places.row_name(i), name, role, "text_1" if i == lit else "text_2", RIGHT)

    def _draw_columns(self, painter: QPainter, places: GridPlaces, which: int, lit: int) -> None:
        px = theme().px
        if places.cell[0] < px(LEAST):
            return
        role = "small" if places.cell[0] >= px(14) else "micro"
        for j, name in enumerate(shortened(self._shown[which].columns)):
            painter.save()
            painter.translate(places.column_end(which, j))
            painter.rotate(-45)
            tone = "text_1" if j == lit else "text_2"
            text(painter, QRectF(-px(NAME), -px(8), px(NAME), px(16)), name, role, tone, RIGHT)
            painter.restore()

    def _draw_scale(self, painter: QPainter, rect: QRectF) -> None:
        px, least = theme().px, -1.0 if self._is_signed else 0.0
        steps = np.linspace(1.0, least, 64)
        high = rect.height() / len(steps)
        for k, colour in enumerate(self._colours(steps)):
            band = QRectF(rect.left(), rect.top() + k * high, rect.width(), high + 0.6)
            painter.fillRect(band, QColor(*colour.tolist()))
        told = self.scale_words()
        for at, words in zip(np.linspace(0, 1, len(told)), told, strict=True):
            label = QRectF(rect.right() + px(6), rect.top() + at * rect.height() - px(8), px(40), px(16))
            text(painter, label, words, "micro", "text_2", LEFT)

    def _colours(self, values: np.ndarray) -> np.ndarray:
        """Return the colours of values, (…, 3) uint8; unknown ones have the surface's."""
        now, known = theme(), np.nan_to_num(values)
        if self._is_signed:
            found = ramps.at_share(ramps.diverging(dark=now.is_dark), np.clip(known / 2 + 0.5, 0, 1))
        else:
            found = ramps.at_share(ramps.sequential("student", dark=now.is_dark), np.clip(known, 0, 1))
        tone = now.colour("surface_2")
        found[np.isnan(values)] = (tone.red(), tone.green(), tone.blue())
        return found

    def _tell(self) -> None:
        if self._shown:
            words = self.words(*self._cursor)
            self.setAccessibleDescription(words)
            self.pointed.emit(words)
            self.update()


def draw_level(painter: QPainter, places: GridPlaces, which: int, names: Sequence[str], lit: int) -> bool:
    """Write names under the columns of a grid; return False, and write none, where one is too long for that."""
    wide, grid = places.cell[0], places.grids[which]
    if max(width(name, "small") for name in names) > wide - theme().px(6):
        return False
    for j, name in enumerate(names):
        place = QRectF(grid.left() + j * wide, grid.bottom() + theme().px(4), wide, theme().px(16))
        text(painter, place, name, "small", "text_1" if j == lit else "text_2", CENTRE)
    return True


def _number(value: float) -> str:
    """Two decimals without a leading zero, and a real minus."""
    if np.isnan(value):
        return "–"
    words = f"{abs(value):.2f}".removeprefix("0")
    return MINUS + words if value < 0 and words != ".00" else words


def quoted(name: str) -> str:
    """Return a name as CSV wants it."""
    return '"' + name.replace('"', '""') + '"' if set(name) & set(',"\n') else name
