"""The curves of several runs over each other: one measure, over epochs or minutes; the chosen run stands out."""

import math

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from kdstudio.core.measures import OWN, TRANSFER, Measure
from kdstudio.core.targets import Task
from kdstudio.project.histories import History
from kdstudio.ui.charts.curve_plot import CurvePlot
from kdstudio.ui.charts.curves import Points, Series, as_csv, describe
from kdstudio.ui.charts.panel_menu import PanelMenu
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.fields import ComboBox
from kdstudio.ui.widgets.labels import Label
from kdstudio.ui.widgets.painting import text
from kdstudio.ui.widgets.segmented import Segmented

NEAR = 8  # pixels within which a curve is pointed at
FAINT = 0.35
_LEFT_OUT = ("inherited",)


class RunOverlay(QFrame):
    """Shows `History` values by the key of their run. `hovered` gives the key of the curve that is pointed at."""

    hovered = Signal(str)
    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._histories: dict[str, History] = {}
        self._words: dict[str, str] = {}
        self._without: set[str] = set()  # runs that had no teacher
        self._focus: tuple[tuple[str, ...], str] = ((), "")
        self._measures: tuple[Measure, ...] = ()
        self.measure, self.axis = ComboBox("Measure"), Segmented([("epoch", "Epochs"), ("time", "Minutes")], "Over")
        self.axis.setToolTip("Minutes since the run began, with its pauses.")
        self.measure.setToolTip("One curve for each run, grey without a teacher; point at one to see which run it is.")
        self.named = Label("", "smallm", "student")
        self.plot = CurvePlot([], "percent", log=False)
        self.plot.setMouseTracking(True)
        self.set_task("classification")
        self.menu = PanelMenu(self, self)
        self._lay_out()
        self.measure.activated.connect(lambda _: self._redraw())
        self.axis.chosen.connect(lambda _: self._redraw())
        self.plot.scene().sigMouseMoved.connect(self._pointed)
        self.plot.scene().sigMouseClicked.connect(lambda event: self._clicked(event.scenePos()))
        theme().changed.connect(self._restyle)

    def set_task(self, task: Task) -> None:
        """Offer the measures of a task."""
        measures = tuple(one for one in (*OWN[task], *TRANSFER[task]) if one.key not in _LEFT_OUT)
        if measures != self._measures:
            self._measures = measures
            self.measure.clear()
            for one in measures:
                self.measure.addItem(one.short, one.key)

    def set_histories(self, histories: dict[str, History], words: dict[str, str], without: set[str]) -> None:
        """Show these runs; `words` call them, those `without` a teacher are grey."""
        self._histories, self._words, self._without = histories, words, without
        self._redraw()

    def set_focus(self, selected: tuple[str, ...], pointed: str) -> None:
        """Let these stand out."""
        if (selected, pointed) != self._focus:
            self._focus = (selected, pointed)
            self._style()

    def title(self) -> str:
        """What is drawn over what."""
        return f"{self.current().short} by {'epoch' if self.axis.value() == 'epoch' else 'minute'}"

    def current(self) -> Measure:
        """The measure that is shown."""
        return self._measures[max(0, self.measure.currentIndex())]

    def as_text(self) -> str:
        """The curves in words."""
        return describe(self.title(), self.plot.series, self.plot.points, self.plot.unit, None)

    def as_csv(self) -> str:
        """One measurement a line."""
        return as_csv(self.plot.series, self.plot.points) if self.plot.points else ""

    def picture(self, ratio: float = 2.0) -> QImage:
        """The chart in the light tokens, on white."""
        image = QImage(self.size() * ratio, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        image.fill(Qt.GlobalColor.white)
        with theme().printed():
            self.plot.restyle_lines()
            painter, px = QPainter(image), theme().px
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            text(painter, QRectF(px(16), px(10), self.width() - px(32), px(20)), self.title(), "h3")
            self.plot.render(painter, QRectF(self.plot.geometry()), self.plot.rect())
            painter.end()
        self._restyle()
        return image

    def sizeHint(self) -> QSize:
        """The lower right of the page."""
        return QSize(theme().px(400), theme().px(220))

    def minimumSizeHint(self) -> QSize:
        """The controls and a small plot."""
        return QSize(theme().px(220), theme().px(150))

    def leaveEvent(self, event: QEvent) -> None:
        """Point at nothing."""
        super().leaveEvent(event)
        self.hovered.emit("")

    def nearest(self, place: QPointF) -> str:
        """Return the run whose curve passes near a place of the plot's scene, "" where none does."""
        box = self.plot.box
        if not box.sceneBoundingRect().contains(place):
            return ""
        (left, right), (low, high) = box.viewRange()
        wide, tall = box.width() / max(right - left, 1e-12), box.height() / max(high - low, 1e-12)
        at = box.mapSceneToView(place)
        best, found = math.inf, ""
        for key, (x, y) in self.plot.shown.items():
            if len(x) and x[0] - NEAR / wide <= at.x() <= x[-1] + NEAR / wide:
                far = abs(float(np.interp(at.x(), x, y)) - at.y()) * tall
                best, found = min((best, found), (far, key))
        return found if best <= theme().px(NEAR) else ""

    def _pointed(self, place: QPointF) -> None:
        self.hovered.emit(self.nearest(place))

    def _clicked(self, place: QPointF) -> None:
        if key := self.nearest(place):
            self.chosen.emit(key)

    def _redraw(self) -> None:
        measure = self.current()
        self.plot.unit = "percent" if measure.form == "percent" else "number"
        self.plot.axis = "epoch" if self.axis.value() == "epoch" else "time"
        self.plot.points = {
            key: Points(curve.value, curve.step, curve.epoch, history.minutes(measure.key) * 60)
            for key, history in self._histories.items()
            if (curve := history.metrics.get(measure.key)) is not None
        }
        self.menu.set_title(self.title())
        self.setAccessibleName(f"Chart: {self.title()}")
        self._style()
        self.plot.redraw()
        self.setAccessibleDescription(self.as_text())

    def _style(self) -> None:
        """Give every curve its pen; those that stand out come first, which is on top."""
        selected, pointed = self._focus
        out = [key for key in dict.fromkeys((pointed, *selected)) if key in self._histories]
        order = [*out, *(key for key in self._histories if key not in out)]
        series = [self._series(key, key in out, bool(out)) for key in order]
        self.plot.set_series(series)
        shown = self._words.get(out[0], "") if out else ""
        self.named.setText(shown)
        self.named.set_tone("2" if out and out[0] in self._without else "student")

    def _series(self, key: str, stands_out: bool, any_does: bool) -> Series:
        token = "baseline" if key in self._without else "student"
        faint = 0.6 if not any_does else FAINT
        width, opacity = (2.2, 1.0) if stands_out else (1.4, faint)
        return Series(key, self._words.get(key, key), token, "line", width, opacity=opacity)

    def _restyle(self) -> None:
        if self.plot.scene().items():
            self.plot.restyle_lines()
            self.plot.redraw()

    def _lay_out(self) -> None:
        px = theme().px
        head, column = QHBoxLayout(), QVBoxLayout(self)
        head.setSpacing(px(8))
        for widget in (self.measure, self.named, self.axis, self.menu):
            head.addWidget(widget, int(widget is self.named))
        self.measure.setFixedWidth(px(150))
        column.setContentsMargins(px(16), px(10), px(12), px(8))
        column.setSpacing(px(6))
        column.addLayout(head)
        column.addWidget(self.plot, 1)
