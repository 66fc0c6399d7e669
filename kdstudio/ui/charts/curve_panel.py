"""A panel of curves over training: title, present value, legend, plot."""

import math
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout

from kdstudio.ui.charts.crosshair import Crosshair
from kdstudio.ui.charts.curve_plot import CurvePlot
from kdstudio.ui.charts.curves import Points, Series, Unit, XAxis, as_csv, describe, value_words
from kdstudio.ui.charts.legend import Entry, Legend, draw_legend
from kdstudio.ui.charts.marks import Mark
from kdstudio.ui.charts.panel_menu import PanelMenu
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.controls import Hovered
from kdstudio.ui.widgets.labels import Heading, Label
from kdstudio.ui.widgets.painting import begin, focus_ring, text

_FAR = 10**9
NARROW = 340  # pixels below which the legend uses short names
_MOVES = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Home: -_FAR, Qt.Key.Key_End: _FAR}


class CurvePanel(Hovered, QFrame):
    """Curves of a few series over steps, epochs or minutes.

    Left and Right move the crosshair from measurement to measurement, Home and End jump, Enter pins it, Escape takes
    it away, Y changes the scale, 0 shows everything. `crosshairMoved` gives x (NaN when it goes), `zoomed` the
    stretch of x (NaN for all): `CrosshairGroup` shares both among panels.
    """

    crosshairMoved = Signal(float)
    zoomed = Signal(float, float)

    def __init__(self, title: str, series: list[Series], *, unit: Unit = "number", log: bool = False) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._title, self._at, self._pinned = title, math.nan, False
        self._entries: list[Entry] = []
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(f"Chart: {title}")
        self.plot = CurvePlot(series, unit, log=log)
        self._crosshair = Crosshair(self.plot)
        self._build()
        self.plot.box.stretchChosen.connect(self._zoom_to)
        self.plot.box.resetAsked.connect(self.reset_zoom)
        self.plot.scene().sigMouseMoved.connect(self._pointed)
        theme().changed.connect(self.restyle)
        self._redraw()

    def set_points(self, points: dict[str, Points]) -> None:
        """Show these measurements, by the series' keys; series that are not named keep theirs."""
        self.plot.points.update(points)
        self._redraw()

    def set_series(self, series: list[Series]) -> None:
        """Show other series from now on."""
        if series != self.plot.series:
            self.plot.set_series(series)
            self._legend.lines = 2 if len(series) > 3 else 1
            self._redraw()

    def clear(self) -> None:
        """Forget all measurements."""
        self.plot.points.clear()
        self._redraw()

    def set_level(self, level: float | None) -> None:
        """Draw the teacher's value as a dashed line."""
        if level != self.plot.level:
            self.plot.level = level
            self._redraw()

    def set_marks(self, marks: Sequence[Mark]) -> None:
        """Draw a line where something was changed; its words come where one points at it."""
        if tuple(marks) != self.plot.marks.marks:
            self.plot.marks.show(marks, self.plot.axis)
            self.setAccessibleDescription(self.as_text())

    def set_axis(self, axis: XAxis, x_end: float | None = None) -> None:
        """Use steps, epochs or minutes; `x_end` is where the run will end, so that the curve grows into view."""
        plot = self.plot
        if (axis, x_end) != (plot.axis, plot.x_end):
            if axis != plot.axis:
                plot.zoom, self._at = (math.nan, math.nan), math.nan
            plot.axis, plot.x_end = axis, x_end
            plot.marks.show(plot.marks.marks, axis)
            self._redraw()

    def set_smoothing(self, weight: float) -> None:
        """Set the weight of the past, 0 to 0.99."""
        self.plot.weight = min(max(weight, 0.0), 0.99)
        self._redraw()

    def set_log(self, log: bool) -> None:
        """Use a log scale for the values."""
        self.plot.log = log
        self._redraw()

    @property
    def is_log(self) -> bool:
        """Whether the values are on a log scale."""
        return self.plot.log

    def set_crosshair(self, x: float) -> None:
        """Show the values at the measurement nearest to x, without a signal; NaN hides the crosshair."""
        self._at = x
        self._draw_crosshair()

    def set_zoom(self, low: float, high: float) -> None:
        """Show a stretch of x, without a signal; NaN shows everything."""
        self.plot.zoom = (low, high)
        self.plot.fit()
        self._draw_crosshair()

    def reset_zoom(self) -> None:
        """Show everything, here and in the panels that follow."""
        self._zoom_to(math.nan, math.nan)

    def set_help(self, words: str) -> None:
        """Say how the panel is read, where the title does not."""
        self._heading.setToolTip(words)
        self._heading.setAccessibleDescription(words)

    def title(self) -> str:
        """The panel's title."""
        return self._title

    def set_title(self, title: str) -> None:
        """Say what is measured now."""
        self._title = title
        self._heading.setText(title)
        self.setAccessibleName(f"Chart: {title}")
        self.menu.set_title(title)
        self.setAccessibleDescription(self.as_text())

    def set_unit(self, unit: Unit) -> None:
        """Write the values in another unit."""
        if unit != self.plot.unit:
            self.plot.unit = unit
            self._redraw()

    def as_text(self) -> str:
        """The panel in words."""
        told = describe(self._title, self.plot.series, self.plot.points, self.plot.unit, self.plot.level)
        return "; ".join([told, *(mark.words for mark in self.plot.marks.marks)])

    def as_csv(self) -> str:
        """The panel's numbers, as they were measured."""
        return as_csv(self.plot.series, self.plot.points) if self.plot.points else ""

    def picture(self, ratio: float = 2.0) -> QImage:
        """The panel in the light tokens, on white, without the crosshair's box."""
        image = QImage(self.size() * ratio, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        image.fill(Qt.GlobalColor.white)
        with theme().printed():
            self.restyle()
            painter = QPainter(image)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            px, wide = theme().px, self.width()
            text(painter, QRectF(px(14), px(10), wide - px(28), px(20)), self._title, "h3")
            draw_legend(painter, QRectF(px(14), px(32), wide - px(28), self._legend.height()), self._entries)
            self.plot.render(painter, QRectF(self.plot.geometry()), self.plot.rect())
            painter.end()
        self.restyle()
        return image

    def restyle(self) -> None:
        """Take the theme's colours and fonts again."""
        if not self.plot.scene().items():  # the window has been closed and its scenes taken apart
            return
        self.plot.restyle_lines()
        self._crosshair.restyle()
        self._redraw()

    def sizeHint(self) -> QSize:
        """Half of a two by two grid."""
        return QSize(theme().px(430), theme().px(270))

    def minimumSizeHint(self) -> QSize:
        """The title, the legend and a small plot."""
        return QSize(theme().px(220), theme().px(150))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the crosshair, change scale and zoom."""
        key = Qt.Key(event.key())
        if key in _MOVES:
            self._step(_MOVES[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and math.isfinite(self._at):
            self._pinned = not self._pinned
        elif key == Qt.Key.Key_Escape and math.isfinite(self._at):
            self._pinned = False
            self._move_crosshair(math.nan)
        elif key == Qt.Key.Key_Y:
            self.set_log(not self.is_log)
        elif key == Qt.Key.Key_0:
            self.reset_zoom()
        else:
            super().keyPressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Take the crosshair away with the pointer, unless it is pinned or the keyboard is here."""
        super().leaveEvent(event)
        if not self._pinned and math.isfinite(self._at) and not self.hasFocus():
            self._move_crosshair(math.nan)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the card, and the ring."""
        super().paintEvent(event)
        if self.has_ring:
            focus_ring(begin(self), QRectF(self.rect()), theme().px(10))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the value box beside its line, and the legend as long as there is room."""
        super().resizeEvent(event)
        self._tell()
        self._draw_crosshair()

    def _build(self) -> None:
        self._value, self._scale = Label("", "h2", elide=False), Label("log scale", "caption", "3", elide=False)
        self._heading, self._legend, self.menu = Heading(self._title, 3), Legend(), PanelMenu(self, self)
        px = theme().px
        head, below, column = QHBoxLayout(), QHBoxLayout(), QVBoxLayout(self)
        head.setSpacing(px(6))
        head.addWidget(self._heading, 1)
        head.addWidget(self._value)
        head.addWidget(self._scale)
        below.addWidget(self._legend, 1, Qt.AlignmentFlag.AlignTop)
        below.addWidget(self.menu, 0, Qt.AlignmentFlag.AlignTop)
        column.setContentsMargins(px(14), px(10), px(12), px(8))
        column.setSpacing(0)
        column.addLayout(head)
        column.addLayout(below)
        column.addWidget(self.plot, 1)

    def _redraw(self) -> None:
        self.plot.redraw()
        self._tell()
        self._draw_crosshair()

    def _tell(self) -> None:
        plot = self.plot
        main = next((one for one in plot.series if one.key in plot.shown), None)
        self._value.setText("" if main is None else value_words(plot.last(main.key), plot.unit))
        self._value.set_tone("student" if main is not None and main.token == "student" else "1")
        self._scale.setVisible(plot.log)
        self._entries = []
        if plot.level is not None:
            self._entries.append(("circle", "teacher", f"teacher {_bare(value_words(plot.level, plot.unit))}"))
        for one in plot.series:
            last = plot.last(one.key) if one.shape == "ring" else None
            name = one.short if one.short and self.width() < theme().px(NARROW) else one.words
            words = name if last is None else f"{name} {_bare(value_words(last, plot.unit))}"
            self._entries.append((one.shape, one.token, words))
        self._legend.set_entries(self._entries)
        self.setAccessibleDescription(self.as_text())

    def _zoom_to(self, low: float, high: float) -> None:
        self.set_zoom(low, high)
        self.zoomed.emit(low, high)

    def _pointed(self, scene: QPointF) -> None:
        view = self.plot.box
        inside = view.sceneBoundingRect().contains(scene)
        x = view.mapSceneToView(scene).x() if inside else math.nan
        self.plot.setToolTip(self.plot.marks.words_at(x))
        if not self._pinned:
            self._move_crosshair(x)

    def _step(self, by: int) -> None:
        x = self.plot.neighbour(self._at, by)
        if x is not None:
            self._move_crosshair(x)

    def _move_crosshair(self, x: float) -> None:
        self.set_crosshair(x)
        self.crosshairMoved.emit(x)

    def _draw_crosshair(self) -> None:
        if not math.isfinite(self._at) or not self.plot.shown:
            self._crosshair.hide()
            return
        place, rows = self.plot.readings(self._at)
        self._crosshair.show_at(place, self.plot.place_words(place), rows)


def _bare(words: str) -> str:
    return words.rstrip("%")
