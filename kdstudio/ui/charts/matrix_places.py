"""Where the cells, names and scales of matrices side by side stand."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF

from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.painting import width

LARGEST, GAP = 28, 1.5  # pixels of a cell, and between cells
NAME = 84  # pixels of the longest name beside a row
NOTHING = (-1, -2, -2)


@dataclass(frozen=True, slots=True)
class Places:
    """Grids, titles above them and scales beside them, one of each for every matrix; `cell` is with its gap."""

    grids: tuple[QRectF, ...]
    titles: tuple[QRectF, ...]
    scales: tuple[QRectF, ...]
    cell: float
    count: int
    left: float

    @classmethod
    def within(cls, wide: float, tall: float, matrices: int, count: int, names: Sequence[str]) -> "Places":
        """Return the places for `matrices` of `count` classes; without names there is no room for any."""
        px = theme().px
        longest = min(px(NAME), max((width(name, "smallm") for name in names), default=0)) + 2
        left, above = (longest + px(10) if names else 0.0), float(px(28))
        below = longest * 0.72 + px(14) if names else float(px(6))
        beside, between = float(px(52)), float(px(30))  # a scale and its numbers, and nothing but air
        spare = [between if at == 0 and matrices > 1 else beside for at in range(matrices)]
        cell = min((wide - left - sum(spare)) / matrices / count, (tall - above - below) / count, px(LARGEST))
        cell = max(cell, 0.25)
        if names:
            cell = float(int(cell * 2)) / 2 or cell
        side = cell * count
        air = max(0.0, wide - left - sum(spare) - matrices * side) / max(1, matrices - 1) if matrices > 1 else 0.0
        grids, x = [], left
        for at in range(matrices):
            grids.append(QRectF(x, above, side, side))
            x += side + spare[at] + min(air, px(60))
        titles = [QRectF(grid.left(), 0, grid.width() + spare[at], px(22)) for at, grid in enumerate(grids)]
        scales = [QRectF(grid.right() + px(9), grid.top(), px(6), grid.height()) for grid in grids]
        return cls(tuple(grids), tuple(titles), tuple(scales), cell, count, left)

    def cell_rect(self, which: int, i: int, j: int) -> QRectF:
        """Return a cell without the gap around it."""
        grid, gap = self.grids[which], min(GAP, self.cell / 4)
        return QRectF(grid.left() + j * self.cell, grid.top() + i * self.cell, self.cell - gap, self.cell - gap)

    def row_name(self, i: int) -> QRectF:
        """Return where the name of a row stands."""
        return QRectF(0, self.grids[0].top() + i * self.cell, self.left - theme().px(8), self.cell - GAP)

    def column_corner(self, which: int, j: int) -> QPointF:
        """Return where the name of a column ends, from which it goes down to the left."""
        grid = self.grids[which]
        return QPointF(grid.left() + (j + 0.62) * self.cell, grid.bottom() + theme().px(6))

    def short(self, name: str) -> str:
        """Return a name as long as there is room below the columns."""
        if width(name, "caption") <= theme().px(NAME):
            return name
        while name and width(name + "…", "caption") > theme().px(NAME):
            name = name[:-1]
        return name + "…"

    def at(self, point: QPointF) -> tuple[int, int, int]:
        """Return matrix, row and column at a point; −1 for a header's other side, `NOTHING` where nothing is."""
        first = self.grids[0]
        if point.x() < first.left() and first.top() <= point.y() < first.bottom():
            return 0, self._index(point.y() - first.top()), -1
        for which, grid in enumerate(self.grids):
            if grid.left() <= point.x() < grid.right():
                j = self._index(point.x() - grid.left())
                if grid.top() <= point.y() < grid.bottom():
                    return which, self._index(point.y() - grid.top()), j
                if point.y() >= grid.bottom() and self.left:
                    return which, -1, j
        return NOTHING

    def _index(self, distance: float) -> int:
        return min(int(distance / self.cell), self.count - 1)
