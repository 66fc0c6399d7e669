"""The crosshair: a line, a dot on each curve, a box with the values; shared by the panels of one page."""

import math
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QWidget

from kdstudio.ui.charts.plot import Plot, pen
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.painting import begin, box, text, width

Reading = tuple[str, str, float]  # words, colour token of the line, y in the plot's coordinates


class Crosshair:
    """Line, dots and value box on one plot."""

    def __init__(self, plot: Plot) -> None:
        self._plot = plot
        self._line = pg.InfiniteLine(angle=90, movable=False)
        self._line.setZValue(8)
        self._dots = pg.ScatterPlotItem(size=9, pxMode=True)
        self._dots.setZValue(9)
        self._box = ValueBox(plot)
        for item in (self._line, self._dots):
            plot.box.addItem(item, ignoreBounds=True)
        self.restyle()
        self.hide()

    def restyle(self) -> None:
        """Take the theme's colours."""
        self._line.setPen(pen("text_2", 1, 0.7))
        self._box.update()

    def hide(self) -> None:
        """Show nothing."""
        for item in (self._line, self._dots, self._box):
            item.setVisible(False)

    def show_at(self, x: float, title: str, readings: list[Reading]) -> None:
        """Draw at x, with a row for each reading; readings without a value have no dot."""
        rim = pg.mkPen(theme().colour("surface_1"), width=2)
        known = [reading for reading in readings if math.isfinite(reading[2])]
        spots = [{"pos": (x, y), "brush": theme().colour(token), "pen": rim, "symbol": "o"} for _, token, y in known]
        self._line.setPos(x)
        self._dots.setData(spots)
        self._line.setVisible(True)
        self._dots.setVisible(bool(spots))
        self._box.set_rows(title, [(words, token) for words, token, _ in known])
        self._place_box(x, [y for _, _, y in known])

    def _place_box(self, x: float, ys: list[float]) -> None:
        if not ys:
            self._box.setVisible(False)
            return
        view, gap = self._plot.box, theme().px(6)
        area = view.mapRectToScene(view.boundingRect())
        at = [self._to_widget(view.mapViewToScene(QPointF(x, y))) for y in ys]
        frame = QRectF(self._to_widget(area.topLeft()), self._to_widget(area.bottomRight()))
        left = at[0].x() + gap
        if left + self._box.width() > frame.right():
            left = at[0].x() - gap - self._box.width()
        highest, lowest = min(p.y() for p in at), max(p.y() for p in at)
        above = highest - gap - self._box.height()
        below = lowest + 2 * gap
        fits_below = below + self._box.height() < frame.bottom() - 2
        top = below if fits_below and frame.bottom() - lowest > highest - frame.top() else above
        if top < frame.top():
            top = below if fits_below else frame.top() + gap
        self._box.move(round(left), round(top))
        self._box.setVisible(True)

    def _to_widget(self, scene: QPointF) -> QPointF:
        return QPointF(self._plot.mapFromScene(scene))


class ValueBox(QWidget):
    """A small box of rows: the place, then one value for each curve in its colour."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName("Values at the crosshair")
        self._title = ""
        self._rows: list[tuple[str, str]] = []

    def set_rows(self, title: str, rows: list[tuple[str, str]]) -> None:
        """Show these rows and take the size they need."""
        self._title, self._rows = title, rows
        px = theme().px
        widest = max([width(title, "caption"), *(width(words, "captionm") for words, _ in rows)])
        self.resize(round(widest) + px(13), px(16) * (len(rows) + 1) + px(7))
        self.setAccessibleDescription(", ".join([title, *(words for words, _ in rows)]))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the box."""
        painter, now, rect = begin(self), theme(), QRectF(self.rect())
        box(painter, rect, now.px(4), now.colour("surface_2"), now.colour("line_strong"))
        line = QRectF(now.px(6), now.px(3), rect.width() - now.px(8), now.px(16))
        text(painter, line, self._title, "caption", "text_2")
        tones = {"teacher": "teacher_text", "student": "student_text", "baseline": "text_2"}
        for words, token in self._rows:
            line.translate(0, now.px(16))
            text(painter, line, words, "captionm", tones.get(token, token))


class CrosshairGroup(QObject):
    """Panels that show their crosshair at the same place and follow each other's zoom."""

    def __init__(self, panels: list[Any], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._panels = list(panels)
        for panel in self._panels:
            panel.crosshairMoved.connect(self.set_crosshair)
            panel.zoomed.connect(self.set_zoom)

    def set_crosshair(self, x: float) -> None:
        """Show x in every panel; NaN hides it."""
        for panel in self._panels:
            panel.set_crosshair(x)

    def set_zoom(self, low: float, high: float) -> None:
        """Show the same stretch of x in every panel; NaN shows everything."""
        for panel in self._panels:
            panel.set_zoom(low, high)

    def reset_zoom(self) -> None:
        """Show everything in every panel."""
        self.set_zoom(math.nan, math.nan)
