"""The charts of a run, with one crosshair and one zoom."""

import math
from collections.abc import Sequence
from itertools import cycle

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from kdstudio.core.events import in_words
from kdstudio.core.measures import measure
from kdstudio.core.targets import Task
from kdstudio.ui.charts.crosshair import CrosshairGroup
from kdstudio.ui.charts.curve_panel import CurvePanel
from kdstudio.ui.charts.curves import Points, Series, XAxis
from kdstudio.ui.charts.marks import Mark
from kdstudio.ui.panels.train.run_curves import CHARTED, METRICS, Charts
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.painting import Shape

PAIRS = {"fit": ("loss", "accuracy"), "transfer": ("agreement", "gap"), "teaching": ("teaching",)}
NAMES = ("loss", "accuracy", "agreement", "gap", "teaching")
_COLUMNS = 6  # a row of two charts and a row of three
_LOSS = [
    Series("total", "total", "text_1", "line", 2.0, smoothed=True),
    Series("teacher", "teacher part", "teacher", "circle", 2.0, smoothed=True),
    Series("label", "label part", "student", "diamond", 2.0, smoothed=True),
]
_STUDENT = Series("student", "student")
_TEACHING = "Is it teaching?"
_NORMS = (
    "The norm of the gradient that each term sends into the student, times its weight. A term far below the others "
    "hardly moves it."
)
_STAGE_LOOKS: tuple[tuple[str, Shape], ...] = (
    ("diff_less", "square"), ("diff_more", "circle"), ("text_2", "ring"), ("error", "diamond")
)  # fmt: skip
_BASELINE = Series("baseline", "without teacher", "baseline", "ring", 1.6, short="without")


class CurveGrid(QWidget):
    """Loss and accuracy above agreement, softness gap and the terms' gradients; where room is short, one row.

    Of another task than classification the charts `accuracy`, `agreement` and `gap` show what it has in their place.
    """

    placed = Signal(str)  # where the crosshair is, in words; "" when it goes

    def __init__(self) -> None:
        super().__init__()
        self.panels: dict[str, CurvePanel] = {
            "loss": CurvePanel("Loss", _LOSS, log=True),
            "accuracy": CurvePanel("Accuracy", [_STUDENT, _BASELINE], unit="percent"),
            "agreement": CurvePanel("Agreement with teacher", [_STUDENT, _BASELINE], unit="percent"),
            "gap": CurvePanel("Softness gap", [_STUDENT, _BASELINE], log=True),
            "teaching": CurvePanel(_TEACHING, [], log=True),
        }
        self.group = CrosshairGroup(list(self.panels.values()), self)
        self.panels["teaching"].set_help(_NORMS)
        self._drawn: dict[str, tuple[tuple[int, int], ...]] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(theme().px(10))
        for name, panel in self.panels.items():
            panel.setObjectName(f"chart-{name}")
            panel.crosshairMoved.connect(self._tell_place)
        self.arrange(NAMES)

    def arrange(self, names: tuple[str, ...]) -> None:
        """Show these charts: two in the first row, the others in the second."""
        for at, panel in enumerate(self.panels.values()):
            self._grid.removeWidget(panel)
            self._grid.setRowStretch(at, 0)
        for at, row in enumerate(filter(None, (names[:2], names[2:]))):
            wide = _COLUMNS // len(row)
            for column, name in enumerate(row):
                self._grid.addWidget(self.panels[name], at, column * wide, 1, wide)
            self._grid.setRowStretch(at, 1)
        for column in range(_COLUMNS):
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

    def set_task(self, task: Task, temperature: float) -> None:
        """Say what is measured of this task, and at which temperature the distance of softened answers is."""
        for name, key in CHARTED[task].items():
            shown, panel = measure(task, key), self.panels[name]
            is_brief = name == "accuracy" or shown.form == "value"
            title = (shown.short if is_brief else shown.title).format(lens=f"{temperature:g}")
            if panel.title() != title:
                panel.set_title(title)
            panel.set_unit("percent" if shown.form == "percent" else "number")

    def set_smoothing(self, weight: float) -> None:
        """Smooth what is measured all the time; the others are measured once an epoch and stay as they are."""
        for name in ("loss", "teaching"):
            self.panels[name].set_smoothing(weight)

    def set_terms(self, series: list[Series]) -> None:
        """Say whose gradients are drawn."""
        self.panels["teaching"].set_series(series)

    def set_stages(self, learners: Sequence[str], charts: Charts) -> None:
        """Draw the learners of earlier stages, too, where something of them is measured once an epoch."""
        looks = zip(learners, cycle(_STAGE_LOOKS), strict=False)
        stages = [Series(one, in_words(one), token, shape, 1.6) for one, (token, shape) in looks]
        for name in METRICS:
            there = [one for one in stages if one.key in charts[name]]
            learns = not learners or _STUDENT.key in charts["accuracy"]  # or only a stage before it does
            self.panels[name].set_series([*([_STUDENT, _BASELINE] if learns else []), *there])

    def start_stage(self) -> None:
        """Another learner's loss is drawn from now on."""
        for name in ("loss", "teaching"):
            self._drawn.pop(name, None)
            self.panels[name].clear()

    def set_marks(self, marks: Sequence[Mark], learner: str) -> None:
        """Draw what was changed: all of it, but of the stage of `learner` alone where only its loss is drawn."""
        for name, panel in self.panels.items():
            panel.set_marks([one for one in marks if name in METRICS or one.learner == learner])

    def set_level(self, score: float | None) -> None:
        """Draw the teacher's accuracy, F1 or R²."""
        self.panels["accuracy"].set_level(score)

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
