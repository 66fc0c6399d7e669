"""What came of a sweep: a cell for each combination of values, coloured by a score that one chooses."""

import math
from collections.abc import Mapping

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from kdstudio.core.measures import task_of
from kdstudio.project.facts import Facts
from kdstudio.project.sweep_map import SweepMap
from kdstudio.ui.charts.panel_menu import PanelMenu
from kdstudio.ui.charts.sweep_grid import SweepGrid, Swept
from kdstudio.ui.panels.compare.run_columns import DASH, Column, columns
from kdstudio.ui.panels.compare.run_listing import is_unfinished
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.fields import ComboBox
from kdstudio.ui.widgets.labels import Label

READING = "Each cell is a run with the values of its row and column; the stronger its colour, the better its score."


class SweepPanel(QFrame):
    """Shows one sweep; `hovered` and `chosen` give the key of a run."""

    hovered = Signal(str)
    chosen = Signal(str, bool)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.setAccessibleName("Sweep")
        self.setAccessibleDescription(READING)
        self._map: SweepMap | None = None
        self._rows: Mapping[str, Facts] = {}
        self._columns: tuple[Column, ...] = ()
        self.score, self.chart = ComboBox("Score of the sweep"), SweepGrid()
        self.score.setToolTip(READING)
        self.told = Label("", "small", "2")
        self.menu = PanelMenu(self.chart, self)
        self._lay_out()
        self.score.activated.connect(lambda _: self._redraw())
        self.chart.hovered.connect(self.hovered)
        self.chart.chosen.connect(self.chosen)
        self.chart.pointed.connect(self._tell)

    def show_sweep(self, shown: SweepMap | None, rows: Mapping[str, Facts]) -> None:
        """Show a sweep with what is known of its runs, by their keys."""
        self._map, self._rows = shown, rows
        if shown is None:
            self.chart.set_swept(Swept())
            return
        known = next(
            (rows[key] for row in shown.cells for cell in row for path in cell if (key := str(path)) in rows), None
        )
        self._offer(columns(task_of(known.own) if known is not None else "classification", lambda row: row.path.name))
        self._redraw()

    def set_focus(self, selected: tuple[str, ...], pointed: str) -> None:
        """Mark what is chosen or pointed at."""
        self.chart.set_focus(selected, pointed)

    def _offer(self, made: list[Column]) -> None:
        shown = tuple(one for one in made if one.better or one.key == "score")
        if [one.key for one in shown] != [one.key for one in self._columns]:
            self.score.clear()
            for one in shown:
                self.score.addItem(one.title, one.key)
        self._columns = shown

    def _redraw(self) -> None:
        if self._map is not None:
            self.chart.set_swept(swept(self._map, self._rows, self._columns[max(0, self.score.currentIndex())]))
            self.menu.set_title(self.chart.title())
            self._tell("")

    def _tell(self, words: str) -> None:
        """Say what is pointed at, and otherwise how far the sweep is."""
        self.told.setText(words or (_progress(self._map, self._rows) if self._map is not None else ""))

    def _lay_out(self) -> None:
        px = theme().px
        head, column = QHBoxLayout(), QVBoxLayout(self)
        head.setSpacing(px(8))
        self.score.setFixedWidth(px(150))
        head.addWidget(self.score)
        head.addWidget(self.told, 1)
        head.addWidget(self.menu)
        column.setContentsMargins(px(16), px(10), px(12), px(8))
        column.setSpacing(px(6))
        column.addLayout(head)
        column.addWidget(self.chart, 1)


def swept(shown: SweepMap, rows: Mapping[str, Facts], column: Column) -> Swept:
    """Return the score of each cell; of several runs in a cell the best one stands for all."""
    cells = [
        [_best([rows[str(path)] for path in cell if str(path) in rows], column) for cell in row] for row in shown.cells
    ]
    values = np.array([[_value(one, column) for one in row] for row in cells])
    places = [(i, j) for i in range(len(shown.rows)) for j in range(len(shown.columns))]
    words = {(i, j): _words(shown, i, j, cells[i][j], column) for i, j in places}
    across = range(len(shown.columns))
    return Swept(
        f"{column.title} by {shown.title}",
        shown.row_name.replace("_", " "),
        shown.rows,
        shown.column_name.replace("_", " "),
        shown.columns,
        tuple(tuple(one.key if one is not None else "" for one in row) for row in cells),
        values,
        tuple(tuple(column.words(one) if one is not None else DASH for one in row) for row in cells),
        tuple(tuple(words[i, j] for j in across) for i in range(len(shown.rows))),
        column.better == "lower",
    )


def _best(runs: list[Facts], column: Column) -> Facts | None:
    """Return the best of the runs of a cell, one without a score where none has any."""
    scored = [run for run in runs if not math.isnan(_value(run, column))]
    if not scored:
        return next(iter(runs), None)
    return (min if column.better == "lower" else max)(scored, key=lambda run: _value(run, column))


def _value(run: Facts | None, column: Column) -> float:
    value = None if run is None else column.value(run)
    return float(value) if isinstance(value, int | float) else math.nan


def _words(shown: SweepMap, i: int, j: int, run: Facts | None, column: Column) -> str:
    """Return a cell in words: `temperature 4, weight 0.3: validation 96.3%`."""
    row = f"{shown.row_name} {shown.rows[i]}, " if shown.row_name else ""
    place = f"{row}{shown.column_name} {shown.columns[j]}".replace("_", " ")
    if run is None:
        return f"{place}: {'not run yet' if shown.cells[i][j] else 'no trial has these values'}"
    score = column.words(run)
    name = column.title if column.title.isupper() else column.title.lower()
    told = run.state or "not finished" if score == DASH else f"{name} {score}"
    more = ", not finished" if is_unfinished(run) and score != DASH else ""
    several = f", the best of {len(shown.cells[i][j])} runs" if len(shown.cells[i][j]) > 1 else ""
    return f"{place}: {told}{more}{several}"


def _progress(shown: SweepMap, rows: Mapping[str, Facts]) -> str:
    """Say how many of the trials are done, and what else is varied."""
    paths = [str(path) for row in shown.cells for cell in row for path in cell]
    done = sum(path in rows and rows[path].state == "finished" for path in paths)
    trials = f"{len(paths)} trials" if done == len(paths) else f"{done} of {len(paths)} trials done"
    others = f", the best over {' and '.join(shown.others)}".replace("_", " ") if shown.others else ""
    return f"{trials}{others}"
