"""The four charts of a run, with one crosshair and one zoom."""

import math

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from kdstudio.ui.charts.crosshair import CrosshairGroup
from kdstudio.ui.charts.curve_panel import CurvePanel
from kdstudio.ui.charts.curves import Points, Series, XAxis
from kdstudio.ui.panels.run_curves import Charts
from kdstudio.ui.theme import theme

PAIRS = {"fit": ("loss", "accuracy"), "transfer": ("agreement", "gap")}
NAMES = ("loss", "accuracy", "agreement", "gap")
_LOSS = [
    Series("total", "total", "text_1", "line", 2.0, smoothed=True),
    Series("teacher", "teacher part", "teacher", "circle", 2.0, smoothed=True),
    Series("label", "label part", "student", "diamond", 2.0, smoothed=True),
]
_STUDENT = Series("student", "student")
_GAP = "Softness gap, KL"
_BASELINE = Series("baseline", "without teacher", "baseline", "ring", 1.6, short="without")


class CurveGrid(QWidget):
    """Loss, accuracy, agreement and softness gap in two columns; where there is little room, one row of two."""

    placed = Signal(str)  # where the crosshair is, in words; "" when it goes

    def __init__(self) -> None:
        super().__init__()
        self.panels: dict[str, CurvePanel] = {
            "loss": CurvePanel("Loss", _LOSS, log=True),
            "accuracy": CurvePanel("Accuracy", [_STUDENT, _BASELINE], unit="percent"),
            "agreement": CurvePanel("Agreement with teacher", [_STUDENT, _BASELINE], unit="percent"),
            "gap": CurvePanel(_GAP, [_STUDENT, _BASELINE], log=True),
        }
        self.group = CrosshairGroup(list(self.panels.values()), self)
        self._drawn: dict[str, tuple[tuple[int, int], ...]] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(theme().px(10))
        for name, panel in self.panels.items():
            panel.setObjectName(f"chart-{name}")
            panel.crosshairMoved.connect(self._tell_place)
        self.arrange(NAMES)

    def arrange(self, names: tuple[str, ...]) -> None:
        """Show these charts, two in a row."""
        for at, panel in enumerate(self.panels.values()):
            self._grid.removeWidget(panel)
            self._grid.setRowStretch(at, 0)
        for at, name in enumerate(names):
            self._grid.addWidget(self.panels[name], at // 2, at % 2)
            self._grid.setRowStretch(at // 2, 1)
        for column in range(2):
            self._grid.setColumnStretch(column, 1)
        for name, panel in self.panels.items():
            panel.setVisible(name in names)
            if name not in names:
                self._drawn.pop(name, None)

    def show_charts(self, charts: Charts, most: int = len(NAMES)) -> bool:
        """Draw what has changed in up to `most` of the charts that are seen; False where more have changed."""
        for name, points in charts.items():
            panel = self.panels[name]
            now = tuple((len(one.values), int(one.steps[-1])) for one in points.values())
            if not panel.isHidden() and self._drawn.get(name) != now:
                if most <= 0:
                    return False
                most -= 1
                self._drawn[name] = now
                panel.set_points(points)
        return True

    def clear(self) -> None:
        """Forget the run."""
        self._drawn.clear()
        for panel in self.panels.values():
            panel.clear()
            panel.set_level(None)
        self.group.reset_zoom()
        self.group.set_crosshair(math.nan)
        self.placed.emit("")

    def set_axis(self, axis: XAxis, end: float | None) -> None:
        """Use steps, epochs or minutes; the run will end at `end`."""
        for panel in self.panels.values():
            panel.set_axis(axis, end)

    def set_temperature(self, temperature: float) -> None:
        """Say at which temperature the run measures the distance of the softened answers."""
        self.panels["gap"].set_title(f"{_GAP} at T {temperature:g}")

    def set_smoothing(self, weight: float) -> None:
        """Smooth the loss; the others are measured once an epoch and stay as they are."""
        self.panels["loss"].set_smoothing(weight)

    def set_level(self, accuracy: float | None) -> None:
        """Draw the teacher's accuracy."""
        self.panels["accuracy"].set_level(accuracy)

    def as_text(self) -> str:
        """All charts in words."""
        return "\n".join(panel.as_text() for panel in self.panels.values())

    def as_csv(self) -> str:
        """All numbers in one table, the chart in the first column."""
        lines = ["chart,series,step,epoch,seconds,value"]
        for name, panel in self.panels.items():
            lines += [f"{name},{line}" for line in panel.as_csv().splitlines()[1:]]
        return "\n".join(lines) + "\n"

    def points(self, chart: str) -> dict[str, Points]:
        """What a chart holds, by the keys of its series."""
        return self.panels[chart].plot.points

    def _tell_place(self, x: float) -> None:
        shown = next((panel for panel in self.panels.values() if not panel.isHidden()), None)
        if shown is None or not math.isfinite(x) or not shown.plot.shown:
            self.placed.emit("")
            return
        place, _ = shown.plot.readings(x)
        self.placed.emit(shown.plot.place_words(place))
