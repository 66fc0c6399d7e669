"""The lower right of Compare: the curves of the runs, or the inputs on which two of them disagree."""

from heapq import nlargest
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from kdstudio.core.measures import task_of
from kdstudio.project.facts import Facts
from kdstudio.project.histories import History, history
from kdstudio.project.run import Run
from kdstudio.ui.compared import ComparedModels
from kdstudio.ui.inputs import InputSource
from kdstudio.ui.panels.compare.run_disagreements import RunDisagreements
from kdstudio.ui.panels.compare.run_overlay import RunOverlay
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
        self.overlay, self.disagreements = RunOverlay(), RunDisagreements(self.inputs)
        self.tabs = TabRow([("curves", "Curves"), ("inputs", "Disagreements")], "Below")
        self._stack = QStackedWidget()
        for page in (self.overlay, self.disagreements):
            self._stack.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(6))
        column.addWidget(self.tabs)
        column.addWidget(self._stack, 1)
        self.tabs.hide()
        self.tabs.chosen.connect(self._show)
        self.overlay.hovered.connect(models.hover)
        self.overlay.chosen.connect(lambda key: self.chosen.emit(key, False))
        models.focusChanged.connect(self._follow)

    def refresh(self) -> None:
        """Read the curves of the best runs and of those that are chosen."""
        rows, selected = self._models.rows, self._models.selected
        self._models.work("compare best", lambda: _best(rows, selected), self._draw)

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
        self.tabs.setVisible(shown is not None)
        if shown is None:
            self.tabs.set_value("curves")
            self._show("curves")
        recipe = Run(run).recipe if run is not None else None
        if shown is not None and recipe is not None:
            self.inputs.open(recipe.data, recipe.seed, recipe.task)
        self.disagreements.show_versus(shown, names, temperature)

    def _show(self, name: str) -> None:
        self._stack.setCurrentWidget(self.overlay if name == "curves" else self.disagreements)

    def _follow(self) -> None:
        self.overlay.set_focus(self._models.selected, self._models.hovered)
        drawn = {key for key, _ in self._known}
        if any(
            key not in drawn and (row := self._models.row(key)) and row.kind == "run" for key in self._models.selected
        ):
            self.refresh()


def _best(rows: list[Facts], selected: tuple[str, ...]) -> list[Facts]:
    """Return the runs that are chosen, and the best of the others."""
    runs = (row for row in rows if row.kind == "run")
    return nlargest(MOST, runs, key=lambda row: (row.key in selected, row.rank or 0.0))


def _read(missing: dict[tuple[str, str], Path]) -> dict[tuple[str, str], History]:
    return {key: history(path) for key, path in missing.items()}
