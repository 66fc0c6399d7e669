"""Matrices of classes side by side, in one order and with one cursor: teacher, student, difference."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from kdstudio.ui.charts.drawn import Drawn
from kdstudio.ui.charts.matrix_cells import Cells, Matrix
from kdstudio.ui.charts.matrix_places import Places
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.painting import LEFT, RIGHT, SHAPES, box, mark, text, width

LEGIBLE = 7  # pixels of a cell beside which a name can be read
MOVES = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


class Matrices(Drawn):
    """Arrow keys move a cursor, Enter and clicks choose: `chosen` gives which matrix, row and column in the shown
    order (−1 for a whole row or column), and whether Ctrl adds to what is selected.
    """

    chosen = Signal(int, int, int, bool)

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[Matrix, ...] = ()
        self._names: tuple[str, ...] = ()
        self._is_log = False
        self._switch: QWidget | None = None
        self._cells = Cells()
        self._written: tuple[object, QPixmap] | None = None
        self._cursor, self._under, self._marked = (0, 1), (-2, -2), (-2, -2)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Matrices of classes")

    def set_matrices(self, shown: Sequence[Matrix], names: Sequence[str]) -> None:
        """Show these matrices of the classes `names`."""
        self._shown, self._names = tuple(shown), tuple(names)
        self._cursor = (min(self._cursor[0], len(names) - 1), min(self._cursor[1], len(names) - 1))
        self._tell()
        self._arrange()
        self.update()

    def set_switch(self, switch: QWidget) -> None:
        """Stand a control in the title of the last matrix."""
        switch.setParent(self)
        self._switch = switch
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place the control."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        if self._switch is not None:
            title, size = self.places().titles[-1], self._switch.sizeHint()
            right = min(
                title.left() + max(self.places().grids[-1].width(), theme().px(90) + size.width()), self.width()
            )
            self._switch.setGeometry(round(right) - size.width(), 0, size.width(), size.height())

    def set_log(self, is_log: bool) -> None:
        """Colour by the logarithm, which shows small doubt."""
        self._is_log = is_log
        self.update()

    def set_marked(self, i: int, j: int) -> None:
        """Ring the cell that is selected; −1 is a whole row or column, −2 none."""
        self._marked = (i, j)
        self._cursor = (i if i >= 0 else self._cursor[0], j if j >= 0 else self._cursor[1])
        self.update()

    def places(self) -> Places:
        """Return where everything stands."""
        return self._places_with(self._names if self._shows_names() else ())

    def _places_with(self, names: Sequence[str]) -> Places:
        return Places.within(self.width(), self.height(), max(1, len(self._shown)), max(1, len(self._names)), names)

    def _shows_names(self) -> bool:
        """Whether names would not lie over each other; without them there is more room for the cells."""
        return len(self._names) <= 40 and self._places_with(self._names).cell >= theme().px(LEGIBLE)

    def sizeHint(self) -> QSize:
        """Three matrices of ten classes."""
        return QSize(theme().px(860), theme().px(330))

    def minimumSizeHint(self) -> QSize:
        """Cells that can still be hit."""
        return QSize(theme().px(480), theme().px(240))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the cursor, choose its cell."""
        key, last = Qt.Key(event.key()), len(self._names) - 1
        adds = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if key in MOVES and self._shown:
            i, j = (min(max(at + by, 0), last) for at, by in zip(self._cursor, MOVES[key], strict=True))
            self._cursor = (i, j)
            self._tell()
            self.update()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._shown:
            self.chosen.emit(min(1, len(self._shown) - 1), *self._cursor, adds)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Say where the cursor is."""
        super().focusInEvent(event)
        self._tell()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pointer in all matrices."""
        _, i, j = self.places().at(event.position())
        if (i, j) != self._under:
            self._under = (i, j)
            self.setToolTip(self.words(i, j) if i >= 0 and j >= 0 else "")
            self.setCursor(Qt.CursorShape.PointingHandCursor if i >= -1 else Qt.CursorShape.ArrowCursor)
            self.update()

    def leaveEvent(self, _event: object) -> None:
        """The pointer is gone."""
        self._under = (-2, -2)
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose what was clicked."""
        which, i, j = self.places().at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and i >= -1:
            self._cursor = (i if i >= 0 else self._cursor[0], j if j >= 0 else self._cursor[1])
            self._tell()
            self.chosen.emit(which, i, j, bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))

    def words(self, i: int, j: int) -> str:
        """Return a cell in words."""
        told = [
            f"{one.title} {'–' if np.isnan(one.values[i, j]) else one.words(one.values[i, j], sign=at == 2)}"
            for at, one in enumerate(self._shown)
        ]
        return f"{self._names[i]} → {self._names[j]}: {', '.join(told)}"

    def title(self) -> str:
        """What is shown, for the name of a file."""
        return "Where the doubt goes"

    def as_text(self) -> str:
        """The strongest cells in words, a line for each row of classes."""
        lines = []
        for i, name in enumerate(self._names):
            first = self._shown[0].values[i] if self._shown else np.zeros(0)
            if np.isfinite(first).any():
                lines.append(self.words(i, int(np.nanargmax(first))))
            else:
                lines.append(f"{name}: –")
        return "\n".join(lines)

    def as_csv(self) -> str:
        """A line for each cell with a value: row, column, and a column for each matrix."""
        if not self._shown:
            return ""
        lines = [",".join(("row", "column", *(one.title.lower() for one in self._shown)))]
        for i, j in np.ndindex(self._shown[0].values.shape):
            values = [float(one.values[i, j]) for one in self._shown]
            if not np.isnan(values).all():
                names = (_quoted(self._names[i]), _quoted(self._names[j]))
                lines.append(",".join((*names, *(f"{value:.6g}" for value in values))))
        return "\n".join(lines) + "\n"

    def _tell(self) -> None:
        self.setAccessibleDescription(self.words(*self._cursor) if self._shown and len(self._names) > 1 else "")

    # painting

    def draw(self, painter: QPainter) -> None:
        """Paint titles, names, cells, scales."""
        places = self.places()
        for which, one in enumerate(self._shown):
            self._draw_title(painter, places.titles[which], one)
            self._cells.draw(painter, places, which, one, is_log=self._is_log)
            self._draw_lines(painter, places, which)
            if which == len(self._shown) - 1 or which == 1:
                self._cells.draw_scale(painter, places.scales[which], one, is_log=self._is_log)
        if self._shows_names() and self._shown:
            self._draw_layer(painter, places)

    def _draw_layer(self, painter: QPainter, places: Places) -> None:
        """Draw the names; on the screen from a picture, as they stay where they are while the lens moves."""
        if painter.device() is not self:
            self._draw_names(painter, places)
            return
        ratio, now = self.devicePixelRatioF(), theme()
        lit = (self._under, self._marked)
        key = (places, self._names, lit, self.width(), self.height(), ratio, now.tokens.name, now.scale)
        if self._written is None or self._written[0] != key:
            made = QPixmap(self.size() * ratio)
            made.setDevicePixelRatio(ratio)
            made.fill(Qt.GlobalColor.transparent)
            own = QPainter(made)
            own.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._draw_names(own, places)
            own.end()
            self._written = (key, made)
        painter.drawPixmap(0, 0, self._written[1])

    def _draw_title(self, painter: QPainter, rect: QRectF, one: Matrix) -> None:
        px, left = theme().px, rect.left()
        if one.who in SHAPES:
            mark(painter, SHAPES[one.who], QPointF(left + px(5), rect.center().y()), px(9), one.who)
            left += px(18)
        text(painter, QRectF(left, rect.top(), rect.right() - left, rect.height()), one.title, "h3", "text_1", LEFT)
        left += width(one.title, "h3") + px(8)
        room = QRectF(left, rect.top(), rect.right() - left, rect.height())
        if one.caption and width(one.caption, "small") <= room.width():
            text(painter, room, one.caption, "small", "text_2", LEFT)

    def _draw_lines(self, painter: QPainter, places: Places, which: int) -> None:
        """Draw row and column of what is pointed at, and the ring of what is selected or under the cursor."""
        grid = places.grids[which]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for i, j, strength in ((*self._under, 0.45), (*self._marked, 0.2)):
            painter.setPen(QPen(theme().colour("text_1", strength), 1))
            if i >= 0:
                painter.drawRect(QRectF(grid.left(), places.cell_rect(which, i, 0).top(), grid.width(), places.cell))
            if j >= 0:
                painter.drawRect(QRectF(places.cell_rect(which, 0, j).left(), grid.top(), places.cell, grid.height()))
        for (i, j), seen in ((self._marked, True), (self._cursor, self.has_ring)):
            if seen and i >= 0 and j >= 0:
                box(painter, places.cell_rect(which, i, j).adjusted(-1, -1, 1, 1), 4, None, theme().colour("text_1"), 2)

    def _draw_names(self, painter: QPainter, places: Places) -> None:
        px, lit = theme().px, {self._under, self._marked}
        rows, columns = {i for i, _ in lit}, {j for _, j in lit}
        for i, name in enumerate(self._names):
            role, tone = ("smallm", "text_1") if i in rows else ("small", "text_2")
            text(painter, places.row_name(i), name, role if places.cell >= px(15) else "micro", tone, RIGHT)
        for which in range(len(self._shown)):
            for j, name in enumerate(self._names):
                tone = "text_1" if j in columns else "text_2"
                corner = places.column_corner(which, j)
                painter.save()
                painter.translate(corner)
                painter.rotate(-45)
                text(painter, QRectF(-px(100), -px(8), px(100), px(16)), places.short(name), "caption", tone, RIGHT)
                painter.restore()


def _quoted(name: str) -> str:
    """Return a name as CSV wants it."""
    return '"' + name.replace('"', '""') + '"' if set(name) & set(',"\n') else name
