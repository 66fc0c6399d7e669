"""The curves of the shown run: the charts and the line of controls above them."""

from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMenu, QVBoxLayout, QWidget

from kdstudio.core.errors import Problem
from kdstudio.core.events import Glimpsed, Staged
from kdstudio.core.files import write_bytes
from kdstudio.recipe.choices import TeacherChoice
from kdstudio.recipe.stages import STUDENT
from kdstudio.ui.charts.curves import XAxis
from kdstudio.ui.panels.train.curve_grid import PAIRS, CurveGrid
from kdstudio.ui.panels.train.curve_toolbar import SMOOTHING, CurveToolbar
from kdstudio.ui.panels.train.run_curves import Stopwatch, charts, term_series
from kdstudio.ui.panels.train.run_dials import changes, marks
from kdstudio.ui.theme import theme
from kdstudio.ui.workspace import Workspace

_LOG_WORDS = {
    "loss": "Log scale for the loss",
    "gap": "Log scale for the distance from the teacher",
    "teaching": "Log scale for the gradients",
}


class CurvesPanel(QWidget):
    """Draws `ShownRun.curves()` whenever it is told to, and only what is new."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.setObjectName("curvesPanel")
        self._workspace = workspace
        self._axis: XAxis = "epoch"
        self._is_compact = False
        self._has_level, self._has_terms = False, False
        self._learner = STUDENT  # whose loss is drawn
        self.toolbar, self.grid = CurveToolbar(), CurveGrid()
        self.grid.set_smoothing(SMOOTHING)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(6))
        column.addWidget(self.toolbar)
        column.addWidget(self.grid, 1)
        self.toolbar.smoothingMoved.connect(self.grid.set_smoothing)
        self.toolbar.axisChosen.connect(self._choose_axis)
        self.toolbar.resetAsked.connect(self.grid.group.reset_zoom)
        self.toolbar.pairChosen.connect(lambda _pair: self._arrange())
        self.toolbar.more.clicked.connect(self._open_menu)
        self.grid.placed.connect(self.toolbar.show_place)
        for panel in self.grid.panels.values():
            panel.menu.failed.connect(lambda words: workspace.notices.tell(Problem(message=words)))

    def start_over(self) -> None:
        """Another run is shown: nothing of the one before stays."""
        self.grid.clear()
        self._has_level, self._has_terms = False, False
        self._learner = STUDENT
        self._arrange()

    def refresh(self, *, at_once: bool = True) -> bool:
        """Draw what has come, all charts at once or only the first that changed; False where more are left."""
        run = self._workspace.run
        self._take_level()
        self.grid.set_task(run.task, self._workspace.view.training_temperature)
        total = run.advanced.total if run.advanced is not None else 0
        ends = {"step": float(total) or None, "epoch": float(run.epochs) or None, "time": None}
        self.grid.set_axis(self._axis, ends[self._axis])
        stopwatch = Stopwatch(run.history)
        learner = run.stage.learner if run.stage is not None else STUDENT
        past = [event.learner for event in run.history if isinstance(event, Staged) and event.learner != STUDENT]
        past = list(dict.fromkeys(past))  # a stage that was resumed begins twice
        made = changes(run.history, learner)
        found = charts(run.curves(), run.recipe, self._workspace.catalogue, stopwatch, learner, past, made, run.task)
        self.grid.set_stages(past, found)
        if learner != self._learner:
            self._learner = learner
            self.grid.start_stage()
        marked = marks(run.history, run.recipe, self._workspace.catalogue, stopwatch.seconds)
        self.grid.set_marks(marked, learner)
        self.grid.set_terms(term_series(found["teaching"], run.recipe, self._workspace.catalogue))
        if bool(found["teaching"]) != self._has_terms:
            self._has_terms = bool(found["teaching"])
            self._lay_charts()
        return self.grid.show_charts(found, most=len(found) if at_once else 1)

    def set_compact(self, compact: bool) -> None:
        """Show two charts and a picker instead of four."""
        if compact != self._is_compact:
            self._is_compact = compact
            self.toolbar.set_compact(compact)
            self._arrange()

    def menu(self) -> QMenu:
        """Return a fresh menu of what concerns all charts."""
        menu = QMenu(self)
        for name, words in _LOG_WORDS.items():
            panel = self.grid.panels[name]
            action = menu.addAction(words)
            action.setCheckable(True)
            action.setChecked(panel.is_log)
            action.toggled.connect(panel.set_log)
        menu.addSeparator()
        menu.addAction("Copy all as text", lambda: QGuiApplication.clipboard().setText(self.grid.as_text()))
        menu.addAction("Save all as CSV…", self._ask_where)
        menu.aboutToHide.connect(menu.deleteLater)
        return menu

    def save_csv(self, path: str) -> None:
        """Write all numbers as one table; what cannot be written is told."""
        try:
            write_bytes(Path(path), self.grid.as_csv().encode())
        except OSError as error:
            self._workspace.notices.tell(Problem(message=f"Cannot write {path}: {error.strerror}"))

    def _arrange(self) -> None:
        self._lay_charts()
        self.refresh()

    def _lay_charts(self) -> None:
        """Show what this run has: without a teacher's answers there is nothing to agree with."""
        recipe = self._workspace.run.recipe
        pairs = ["fit"]
        pairs += ["transfer"] if recipe is None or any(_answers(one) for one in recipe.teachers) else []
        pairs += ["teaching"] if self._has_terms else []
        self.toolbar.set_pairs(pairs)
        chosen = [self.toolbar.picker.value()] if self._is_compact else pairs
        self.grid.arrange(tuple(name for pair in chosen for name in PAIRS[pair]))

    def _choose_axis(self, axis: str) -> None:
        self._axis = "step" if axis == "step" else "epoch" if axis == "epoch" else "time"
        self.refresh()

    def _take_level(self) -> None:
        """Draw the teacher's score; its answers are on the disk from the first glimpse on."""
        run = self._workspace.run
        if not self._has_level and any(isinstance(event, Glimpsed) for event in run.history):
            self._has_level = True
            self.grid.set_level(run.score("teacher"))

    def _open_menu(self) -> None:
        button = self.toolbar.more
        self.menu().popup(button.mapToGlobal(button.rect().bottomLeft()))

    def _ask_where(self) -> None:
        dialog = QFileDialog(self.window(), "Save all curves")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("csv")
        dialog.selectFile(f"{self._workspace.run.name or 'run'}-curves.csv")
        dialog.fileSelected.connect(self.save_csv)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


def _answers(teacher: TeacherChoice) -> bool:
    """Whether a teacher answers the validation inputs while the student learns."""
    return bool(teacher.path) or teacher.kind == "past_self"
