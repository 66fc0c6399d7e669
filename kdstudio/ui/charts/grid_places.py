"""Where cells, names and the scale of grids side by side stand: their rows are the same, their columns differ."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF

from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.painting import width

WIDEST, TALLEST, TALL, GAP = 72, 44, 22, 1.5  # pixels of a cell, how tall one may be however narrow, and between
NAME, LEAST = 120, 9  # pixels of the longest name, and of the smallest cell that has one
NOWHERE = (-1, -1, -1)


@dataclass(frozen=True, slots=True)
class GridPlaces:
    """`grids` hold cells, `titles` stand above, `scale` at the right; `cell` is (width, height) with its gap."""

    grids: tuple[QRectF, ...]
    titles: tuple[QRectF, ...]
    scale: QRectF
    cell: tuple[float, float]
    rows: int
    columns: tuple[int, ...]

    @classmethod
    def within(
        cls,
        wide: float,
        tall: float,
        rows: Sequence[str],
        columns: Sequence[Sequence[str]],
        *,
        beside: int = 46,
        largest: tuple[int, int] = (WIDEST, TALLEST),
    ) -> "GridPlaces":
        """Return the places for as many grids as there are `columns`; the scale takes what is `beside`, in pixels."""
        px, names = theme().px, [name for one in columns for name in one]
        left = max(_longest(rows), px(84)) + px(10)  # the title of the rows stands over them
        below = _longest(names) * 0.72 + px(12)
        above, between = float(px(30)), float(px(34))
        count = sum(len(one) for one in columns)
        air = left + between * (len(columns) - 1) + px(beside)
        across = max(min((wide - air) / max(1, count), px(largest[0])), 0.25)
        down = max(min((tall - above - below) / max(1, len(rows)), px(largest[1])), 0.25)
        down = min(down, max(across, px(TALL)))  # rather squares than pillars
        grids, x = [], left
        for one in columns:
            grids.append(QRectF(x, above, across * len(one), down * len(rows)))
            x += across * len(one) + between
        titles = [QRectF(grid.left(), 0, max(grid.width() + between - px(8), px(90)), px(24)) for grid in grids]
        last = grids[-1] if grids else QRectF(left, above, 0, 0)
        scale = QRectF(last.right() + px(12), last.top(), px(6), last.height())
        sizes = tuple(len(one) for one in columns)
        return cls(tuple(grids), tuple(titles), scale, (across, down), len(rows), sizes)

    def cell_rect(self, which: int, i: int, j: int) -> QRectF:
        """Return a cell without the gap around it."""
        grid, (across, down) = self.grids[which], self.cell
        gap = min(GAP, across / 4, down / 4)
        return QRectF(grid.left() + j * across, grid.top() + i * down, across - gap, down - gap)

    def row_name(self, i: int) -> QRectF:
        """Return where the name of a row stands."""
        first = self.grids[0]
        return QRectF(0, first.top() + i * self.cell[1], first.left() - theme().px(8), self.cell[1] - GAP)

    def column_end(self, which: int, j: int) -> QPointF:
        """Return where the name of a column ends, from which it goes down to the left."""
        grid = self.grids[which]
        return QPointF(grid.left() + (j + 0.6) * self.cell[0], grid.bottom() + theme().px(6))

    def at(self, point: QPointF) -> tuple[int, int, int]:
        """Return grid, row and column at a point, or NOWHERE."""
        for which, grid in enumerate(self.grids):
            if grid.contains(point):
                i = min(int((point.y() - grid.top()) / self.cell[1]), self.rows - 1)
                return which, i, min(int((point.x() - grid.left()) / self.cell[0]), self.columns[which] - 1)
        return NOWHERE


def _longest(names: Sequence[str]) -> float:
    return min(float(theme().px(NAME)), max((width(name, "small") for name in names), default=0.0) + 2)


def shortened(names: Sequence[str]) -> tuple[str, ...]:
    """Return names of layers without the parts, all but one, with which every dotted one begins: `layer.0`."""
    parts = [name.split(".") for name in names if "." in name]
    same = 0
    while parts and all(len(one) > same + 1 and one[same] == parts[0][same] for one in parts):
        same += 1
    start = ".".join(parts[0][: same - 1]) + "." if same > 1 else ""
    return tuple(name.removeprefix(start) for name in names)
