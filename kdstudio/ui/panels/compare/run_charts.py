"""The lower right of Compare: the curves of the runs, the sweep they come from, or where two of them disagree."""

from heapq import nlargest
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from kdstudio.core.measures import task_of
from kdstudio.project.facts import Facts
from kdstudio.project.histories import History, history
from kdstudio.project.run import Run
from kdstudio.project.sweep_map import SweepMap, sweep_map
from kdstudio.ui.compared import ComparedModels
from kdstudio.ui.inputs import InputSource
from kdstudio.ui.panels.compare.run_disagreements import RunDisagreements
from kdstudio.ui.panels.compare.run_overlay import RunOverlay
from kdstudio.ui.panels.compare.sweep_panel import SweepPanel
from kdstudio.ui.panels.compare.versus import Versus
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.segmented import TabRow
from kdstudio.ui.workspace import Workspace

MOST = 40  # curves that are drawn over each other: the best, and those that are chosen


class RunCharts(QWidget):
    """Reads histories in the analysis thread, for the runs that are drawn and not for all there are."""

    chosen = Signal(str, bool)

    def __init__(self, workspace: Workspace, models: ComparedModels) -> None:
        super().__init__()
        self.setAccessibleName("Curves and disagreements")
        self._analyses, self._models = workspace.analyses, models
        self._known: dict[tuple[str, str], History] = {}  # by run and state: what has ended stays as it is
        self.inputs = InputSource(workspace.analyses, self, "compare inputs")
        self._sweeps: dict[Path, SweepMap] = {}
        self._is_pair = False
        self.overlay, self.disagreements, self.sweep = RunOverlay(), RunDisagreements(self.inputs), SweepPanel()
        self.tabs = TabRow([("curves", "Curves"), ("sweep", "Sweep"), ("inputs", "Disagreements")], "Below")
        self._stack = QStackedWidget()
        for page in (self.overlay, self.sweep, self.disagreements):
            self._stack.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(6))
        column.addWidget(self.tabs)
        column.addWidget(self._stack, 1)
        self.tabs.hide()
        self.tabs.chosen.connect(self._show)
        self.overlay.hovered.connect(models.hover)
        self.sweep.hovered.connect(models.hover)
        self.sweep.chosen.connect(self.chosen)
        self.overlay.chosen.connect(lambda key: self.chosen.emit(key, False))
        models.focusChanged.connect(self._follow)

    def refresh(self) -> None:
        """Read the curves of the best runs and of those that are chosen."""
        rows, selected = self._models.rows, self._models.selected
        self._models.work("compare best", lambda: _best(rows, selected), self._draw)
        folders = {row.path.parent for row in rows if row.kind == "run"}
        self._analyses.submit("compare sweeps", lambda: _sweeps(folders), self._take_sweeps)

    def _draw(self, rows: list[Facts]) -> None:
        if rows:
            self.overlay.set_task(task_of(rows[0].own))
        wanted = {(row.key, f"{row.state} {row.own.get('epoch')}"): row.path for row in rows}
        missing = {key: path for key, path in wanted.items() if key not in self._known}
        words = {row.key: self._models.title(row) for row in rows}
        without = {row.key for row in rows if not row.has_teacher}

        def take(found: dict[tuple[str, str], History]) -> None:
            self._known |= found
            shown = {key[0]: self._known[key] for key in wanted if key in self._known}
            self.overlay.set_histories(shown, words, without)

        if missing:
            self._analyses.submit("compare curves", lambda: _read(missing), take)
        else:
            take({})

    def show_versus(self, shown: Versus | None, names: tuple[str, str], temperature: float, run: Path | None) -> None:
        """Offer the disagreements of two models; `run` is one of them, whose data the inputs are of."""
        self._is_pair = shown is not None
        self._offer()
        recipe = Run(run).recipe if run is not None else None
        if shown is not None and recipe is not None:
            self.inputs.open(recipe.data, recipe.seed, recipe.task)
        self.disagreements.show_versus(shown, names, temperature)

    def _take_sweeps(self, found: dict[Path, SweepMap]) -> None:
        self._sweeps = found
        self._show_sweep()
        self._offer()

    def _show_sweep(self) -> None:
        """Show the sweep of the run that was chosen last, or else the first."""
        chosen = (row for key in reversed(self._models.selected) if (row := self._models.row(key)))
        wanted = next((row.path.parent for row in chosen if row.path.parent in self._sweeps), None)
        shown = self._sweeps.get(wanted) if wanted is not None else next(iter(self._sweeps.values()), None)
        self.sweep.show_sweep(shown, {row.key: row for row in self._models.rows} if shown is not None else {})

    def _offer(self) -> None:
        """Offer the pages that have something to show."""
        self.tabs.set_available("sweep", bool(self._sweeps))
        self.tabs.set_available("inputs", self._is_pair)
        self.tabs.setVisible(self._is_pair or bool(self._sweeps))
        if not {"sweep": bool(self._sweeps), "inputs": self._is_pair}.get(self.tabs.value(), True):
            self.tabs.set_value("curves")
            self._show("curves")

    def _show(self, name: str) -> None:
        pages = {"curves": self.overlay, "sweep": self.sweep, "inputs": self.disagreements}
        self._stack.setCurrentWidget(pages[name])

    def _follow(self) -> None:
        self.overlay.set_focus(self._models.selected, self._models.hovered)
        self.sweep.set_focus(self._models.selected, self._models.hovered)
        if len(self._sweeps) > 1:
            self._show_sweep()
        drawn = {key for key, _ in self._known}
        if any(
            key not in drawn and (row := self._models.row(key)) and row.kind == "run" for key in self._models.selected
        ):
            self.refresh()


def _best(rows: list[Facts], selected: tuple[str, ...]) -> list[Facts]:
    """Return the runs that are chosen, and the best of the others."""
    runs = (row for row in rows if row.kind == "run")
    return nlargest(MOST, runs, key=lambda row: (row.key in selected, row.rank or 0.0))


def _sweeps(folders: set[Path]) -> dict[Path, SweepMap]:
    """Return the sweeps among folders of runs, by their folders."""
    found = ((folder, sweep_map(folder)) for folder in sorted(folders))
    return {folder: one for folder, one in found if one is not None}


def _read(missing: dict[tuple[str, str], Path]) -> dict[tuple[str, str], History]:
    return {key: history(path) for key, path in missing.items()}
