"""Moments at which something was changed: a thin line through a chart, with its words where one points at it."""

from collections.abc import Sequence
from dataclasses import dataclass

import pyqtgraph as pg

from kdstudio.ui.charts.curves import XAxis
from kdstudio.ui.charts.plot import Plot, pen
from kdstudio.ui.theme import theme

_NEAR = 7  # pixels within which a line is pointed at


@dataclass(frozen=True, slots=True)
class Mark:
    """What happened, to which learner, and when: step, epoch and minutes of work."""

    words: str
    learner: str
    step: int
    epoch: float
    minutes: float

    def x(self, axis: XAxis) -> float:
        """Return its place on an axis."""
        return float(self.step) if axis == "step" else self.epoch if axis == "epoch" else self.minutes


class MarkLines:
    """The lines of one plot. Those at the same place are told together."""

    def __init__(self, plot: Plot) -> None:
        self._plot = plot
        self._axis: XAxis = "epoch"
        self.marks: tuple[Mark, ...] = ()
        self._lines: list[pg.InfiniteLine] = []

    def show(self, marks: Sequence[Mark], axis: XAxis) -> None:
        """Draw these marks; lines live on, only their places change."""
        self.marks, self._axis = tuple(marks), axis
        while len(self._lines) < len(self.marks):
            line = pg.InfiniteLine(angle=90, movable=False)
            line.addMarker("v", position=1.0, size=theme().px(9))
            line.setZValue(6)
            self._plot.box.addItem(line, ignoreBounds=True)
            self._lines.append(line)
        for at, line in enumerate(self._lines):
            line.setVisible(at < len(self.marks))
            if at < len(self.marks):
                line.setPos(self.marks[at].x(axis))
        self.restyle()

    def restyle(self) -> None:
        """Take the theme's colours."""
        for line in self._lines:
            line.setPen(pen("text_2", 1.2, 0.75, dashed=True))

    def words_at(self, x: float) -> str:
        """Return what happened at a place of the plot, a line for each mark; "" where nothing is near."""
        low, high = self._plot.box.viewRange()[0]
        reach = _NEAR * (high - low) / max(1.0, self._plot.box.width())
        return "\n".join(mark.words for mark in self.marks if abs(mark.x(self._axis) - x) <= reach)
