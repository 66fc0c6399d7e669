"""The card around the chart of size and score: which axes, the legend, the menu."""

import math
from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout

from kdstudio.core.measures import headline, measure, score, task_of
from kdstudio.core.targets import Task
from kdstudio.project.facts import Facts, teachers_of
from kdstudio.ui.charts.curves import Unit
from kdstudio.ui.charts.legend import Entry, Legend
from kdstudio.ui.charts.panel_menu import PanelMenu
from kdstudio.ui.charts.pareto import ParetoChart
from kdstudio.ui.charts.scatter import Model, Scatter, scatter
from kdstudio.ui.compared import ComparedModels
from kdstudio.ui.panels.compare.run_cells import identity
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.cards import Card
from kdstudio.ui.widgets.fields import ComboBox
from kdstudio.ui.widgets.segmented import Segmented

COSTS = {
    "parameters": "Parameters",
    "bytes": "Bytes",
    "macs": "Multiply-adds",
    "latency_ms": "Milliseconds for one input",
}
_SHORT = [("parameters", "Params"), ("bytes", "MB"), ("macs", "MACs"), ("latency_ms", "ms")]
_NEAR = {"classification": ("agreement", "structure"), "multi_label": ("agreement", "structure"), "regression": ()}
_ON = ("validation", "test")
_READING = "Up and to the left is better. Nothing that is listed beats a model on the dashed line."


class ParetoPanel(Card):
    """Draws what `ComparedModels` lists, each run's twin without a teacher beside it."""

    chosen = Signal(str, bool)

    def __init__(self, models: ComparedModels) -> None:
        super().__init__("Smaller against better", margins=(16, 12, 12, 8))
        self._models = models
        self._task: Task | None = None
        self.cost = Segmented(_SHORT, "Size")
        self.score = ComboBox("Score")
        self.chart, self.legend = ParetoChart(), Legend()
        self.menu = PanelMenu(self.chart, self)
        self.add_action(self.cost)
        self.add_action(self.menu)
        row = QHBoxLayout()
        row.setSpacing(theme().px(8))
        row.addWidget(self.legend, 1)
        self.score.setFixedWidth(theme().px(128))
        row.addWidget(self.score)
        self.add(row)
        self.add(self.chart, 1)
        self.cost.chosen.connect(lambda _: self.refresh())
        self.score.activated.connect(lambda _: self.refresh())
        self.chart.chosen.connect(self.chosen)
        self.chart.hovered.connect(models.hover)
        models.focusChanged.connect(self.follow)

    def refresh(self) -> None:
        """Draw the models as they are listed now."""
        rows = self._models.rows
        self._offer(next((task_of(row.own) for row in rows if row.own), "classification"))
        key = self.score.currentData() or "rank"
        cost, title = self.cost.value(), self._models.titles()
        self.set_reading(_READING + (_latency_words(rows) if cost == "latency_ms" else ""))
        task: Task = self._task or "classification"
        one = measure(task, key) if key in _NEAR[task] else headline(task)
        unit: Unit = "percent" if one.form == "percent" else "number"
        self._models.work(
            "compare scatter",
            lambda: scatter(
                _points(rows, cost, key, title), COSTS[cost], f"{one.short} on {_ON[key == 'score']}", unit
            ),
            self._show,
        )

    def _show(self, shown: Scatter) -> None:
        self.chart.set_models(shown)
        self.follow()
        entries: list[Entry] = [("line", "text_3", "best at its size"), ("diamond", "student", "with teacher")]
        if any(one.shape == "ring" for one in shown.models):
            entries.append(("ring", "baseline", "without"))
        self.legend.set_entries(entries)

    def follow(self) -> None:
        """Mark what is chosen or pointed at."""
        self.chart.set_focus(self._models.selected, self._models.hovered)

    def _offer(self, task: Task) -> None:
        if task == self._task:
            return
        self._task = task
        self.score.clear()
        for key in ("rank", "score"):
            self.score.addItem(_ON[key == "score"].capitalize(), key)
        for key in _NEAR[task]:
            self.score.addItem(measure(task, key).short, key)
        words = f"{headline(task).short} on validation, by which a run is chosen, or on test, which is for the report."
        self.score.setToolTip(f"{words} Agreement and structure are measured on validation.")


def _latency_words(rows: list[Facts]) -> str:
    """Say how the latencies were measured: those of different devices say nothing of each other."""
    notes = sorted({str(note) for row in rows if (note := row.own.get("latency_note"))})
    if not notes:
        return ""
    return f" Latency is the median when the run ended: {' or '.join(notes)}. Compare it on one computer only."


def _points(rows: list[Facts], cost: str, key: str, title: Callable[[Facts], str]) -> list[Model]:
    """Return every model, each run's twin without a teacher, and the teachers."""
    twins: dict[tuple[float, float], Model] = {}
    points = []
    for row in rows:
        points.append(_point(row, title(row), cost, key))
        alone = row.baseline if key == "score" else row.validation.get("baseline", {})
        value, size = score(alone), row.baseline.get(cost)
        if key in ("rank", "score") and value is not None and size:
            words = f"{row.student} without teacher"
            twin = Model(f"twin of {row.key}", words, "ring", "baseline", size, value, "", False)
            twins.setdefault((size, round(value, 6)), twin)
    teachers = [_point(row, "Teacher", cost, key) for row in teachers_of(rows)] if key in ("rank", "score") else []
    return [*twins.values(), *points, *teachers]


def _point(row: Facts, words: str, cost: str, key: str) -> Model:
    shape, token = identity(row)
    value = row.tested if key == "score" else row.rank if key == "rank" else row.validated.get(key)
    is_teacher = row.kind == "teacher"
    words = words if is_teacher else f"{words}  {row.student}"
    ladder = row.family if row.has_teacher and not is_teacher else ""
    height = math.nan if value is None else value
    return Model(row.key, words, shape, token, row.sizes.get(cost) or math.nan, height, ladder, not is_teacher)
