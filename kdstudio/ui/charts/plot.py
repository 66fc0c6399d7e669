"""A pyqtgraph plot dressed as ours: no frame, no menu, few labelled lines, colours from the theme."""

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QFrame, QSizePolicy

from kdstudio.ui.charts.ticks import Tick
from kdstudio.ui.theme import theme

LEFT_WIDTH, BOTTOM_HEIGHT = 34, 22


def pen(token: str, width: float = 1.0, opacity: float = 1.0, *, dashed: bool = False) -> QPen:
    """Return a cosmetic pen of a token's colour with round joins."""
    made: QPen = pg.mkPen(theme().colour(token, opacity), width=width)
    made.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    made.setCapStyle(Qt.PenCapStyle.FlatCap if dashed else Qt.PenCapStyle.RoundCap)
    if dashed:
        made.setDashPattern([4, 2.5])
    return made


class ZoomBox(pg.ViewBox):  # type: ignore[misc]  # pyqtgraph has no types
    """A view that takes no pans and wheels; dragging marks a stretch of x, a double click shows everything again."""

    stretchChosen = Signal(float, float)
    resetAsked = Signal()

    def __init__(self) -> None:
        super().__init__(enableMenu=False, enableMouse=False, defaultPadding=0.0)
        self._stretch = pg.LinearRegionItem(movable=False)
        self._stretch.setZValue(20)
        self._stretch.setVisible(False)
        self.addItem(self._stretch, ignoreBounds=True)

    def mouseDragEvent(self, event: Any, axis: int | None = None) -> None:
        """Mark a stretch; take it when the button is let go."""
        event.accept()
        if event.button() != Qt.MouseButton.LeftButton:
            return
        start, now = (self.mapToView(QPointF(p)).x() for p in (event.buttonDownPos(), event.pos()))
        low, high = min(start, now), max(start, now)
        self._stretch.setRegion((low, high))
        self._stretch.setBrush(theme().colour("text_1", 0.08))
        self._stretch.setVisible(not event.isFinish())
        if event.isFinish() and high - low > 0.01 * self.viewRect().width():
            self.stretchChosen.emit(low, high)

    def mouseDoubleClickEvent(self, event: Any) -> None:
        """Show everything again."""
        self.resetAsked.emit()
        event.accept()

    def mouseClickEvent(self, event: Any) -> None:
        """Leave single clicks to the panel."""
        if event.double():
            self.resetAsked.emit()
            event.accept()

    def wheelEvent(self, event: Any, axis: int | None = None) -> None:
        """Leave the wheel to the page."""
        event.ignore()


class Axis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """An axis of words without tick marks: even with length 0 pyqtgraph would leave a dot for each."""

    def drawPicture(self, p: QPainter, axisSpec: Any, tickSpecs: Any, textSpecs: Any) -> None:
        """Draw the line and the words."""
        super().drawPicture(p, axisSpec, [], textSpecs)


class Plot(pg.PlotWidget):  # type: ignore[misc]  # pyqtgraph has no types
    """An empty plot with its own ticks and horizontal grid lines. `restyle` takes the theme's colours again."""

    def __init__(self, *, left: int = LEFT_WIDTH) -> None:
        self.box = ZoomBox()
        axes = {side: Axis(orientation=side) for side in ("left", "bottom")}
        super().__init__(viewBox=self.box, background=None, axisItems=axes)
        self._grid: list[pg.InfiniteLine] = []
        self._left = left
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("Plot")
        self.setMinimumSize(80, 60)
        item = self.getPlotItem()
        item.hideButtons()
        item.setMenuEnabled(False)
        item.setContentsMargins(0, 0, 0, 0)
        item.layout.setContentsMargins(0, theme().px(6), theme().px(8), 0)
        for side in ("left", "bottom"):
            axis = item.getAxis(side)
            axis.setStyle(
                tickLength=0, autoExpandTextSpace=False, hideOverlappingLabels=False, tickTextOffset=theme().px(6)
            )
        self.restyle()

    def set_ticks(self, left: list[Tick], bottom: list[Tick]) -> None:
        """Label these places, and draw a grid line at each left one."""
        self.getAxis("left").setTicks([left])
        self.getAxis("bottom").setTicks([bottom])
        while len(self._grid) < len(left):
            line = pg.InfiniteLine(angle=0, movable=False)
            line.setZValue(-10)
            self.box.addItem(line, ignoreBounds=True)
            self._grid.append(line)
        for at, line in enumerate(self._grid):
            line.setVisible(at < len(left))
            if at < len(left):
                line.setPen(pen("line"))
                line.setPos(left[at][0])

    def restyle(self) -> None:
        """Take colours, fonts and sizes from the theme."""
        now = theme()
        for side in ("left", "bottom"):
            axis = self.getAxis(side)
            axis.setStyle(tickFont=now.font("micro"))
            axis.setTextPen(now.colour("text_2"))
            axis.setPen(pen("line") if side == "bottom" else QPen(Qt.PenStyle.NoPen))
        self.getAxis("left").setWidth(now.px(self._left))
        self.getAxis("bottom").setHeight(now.px(BOTTOM_HEIGHT))
        for line in self._grid:
            line.setPen(pen("line"))
