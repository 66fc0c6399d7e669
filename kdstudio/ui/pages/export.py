"""The Export page: take the student out, and see whether the file still answers the same."""

from pathlib import Path

from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from kdstudio.core.errors import KdStudioError
from kdstudio.core.events import Progress
from kdstudio.recipe.report import ExportReport
from kdstudio.ui.exports import ExportOrder
from kdstudio.ui.panels.export.export_choices import can_export, checkpoint_choices, run_choices
from kdstudio.ui.panels.export.export_folder import default_folder
from kdstudio.ui.panels.export.export_form import ExportForm
from kdstudio.ui.panels.export.export_result import ExportResult
from kdstudio.ui.panels.export.try_exported import TryExported
from kdstudio.ui.panels.scrolled import scroll_area
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.labels import Heading, Paragraph
from kdstudio.ui.widgets.messages import EmptyState
from kdstudio.ui.workspace import Workspace

NARROW = 1000  # below this width, in pixels at 100 %, the result stands above the form


class ExportPage(QWidget):
    """The form at the left, the result and a trial at the right; narrow windows have them in one column."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.setObjectName("export")
        self.setAccessibleName("Export")
        self._workspace = workspace
        self._proposed_for: Path | None = None
        self.form, self.trial = ExportForm(), TryExported(workspace)
        self.result = ExportResult(lambda row: workspace.inputs.face("test", row))
        self._stack = QStackedWidget()
        self._lay_out()
        self._connect()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened meanwhile."""
        super().showEvent(event)
        self._refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """One column where it is narrow."""
        super().resizeEvent(event)
        self._arrange()

    def _connect(self) -> None:
        shared = self._workspace
        shared.run.changed.connect(self._refresh)
        shared.run.stateChanged.connect(self._refresh)
        shared.projectChanged.connect(self._refresh)
        shared.exports.changed.connect(self._refresh)
        shared.exports.progressed.connect(self._follow)
        shared.inputs.opened.connect(self._try_again)
        self.form.exportAsked.connect(self._export)
        self.form.runChosen.connect(self._choose_run)
        self._empty.acted.connect(lambda: shared.go_to("train"))

    def _refresh(self) -> None:
        if not self.isVisible():
            return
        shown = self._workspace.run
        if not can_export(shown) or shown.folder is None:
            self._stack.setCurrentWidget(self._empty)
            return
        self._stack.setCurrentWidget(self._scroll)
        self.form.set_run(shown.folder, run_choices(self._workspace), checkpoint_choices(shown))
        self._workspace.exports.recall(shown.folder)
        if self._proposed_for != shown.folder:
            self._proposed_for = shown.folder
            self.form.set_folder(self._place(shown.folder))
        self._show_outcome()

    def _place(self, run: Path) -> Path:
        """Return where the run was exported to before, else a folder that fits."""
        exports, project = self._workspace.exports, self._workspace.project
        if exports.run == run and exports.folder is not None:
            return exports.folder
        return default_folder(run, project.folder if project is not None else None)

    def _show_outcome(self) -> None:
        exports, is_own = self._workspace.exports, self._workspace.exports.run == self._workspace.run.folder
        reports = exports.reports if is_own else ()
        summary = self._workspace.run.summary or {}
        self.form.set_reports(reports, summary.get("student", {}))
        self.form.set_busy(exports.is_busy)
        self.trial.set_report(_can_be_tried(reports))
        if exports.is_busy:
            self.result.show_work()
        elif is_own and exports.problem is not None:
            self.result.show_problem(exports.problem)
        elif reports:
            self.result.show_reports(reports)
        else:
            self.result.show_nothing()
        self._arrange()

    def _follow(self, progress: Progress) -> None:
        if self.isVisible() and self._workspace.exports.is_busy:
            self.result.show_work(progress)

    def _try_again(self) -> None:
        """The test inputs can be read only now."""
        self.result.differing.refresh()
        if self.isVisible() and self.trial.isEnabled() and self.trial.picture.face is None:
            self.trial.try_sample()

    def _export(self, order: ExportOrder) -> None:
        run = self._workspace.run.folder
        if run is not None:
            self._workspace.exports.export(run, order)

    def _choose_run(self, folder: str) -> None:
        try:
            self._workspace.show_run(Path(folder))
        except KdStudioError as error:
            self._workspace.notices.tell_error(error)
            self._refresh()  # the list goes back to the run that is shown

    def _arrange(self) -> None:
        """Side by side, or the outcome above the form: before there is one, only the form."""
        narrow = self.width() < theme().px(NARROW)
        direction = QBoxLayout.Direction.BottomToTop if narrow else QBoxLayout.Direction.LeftToRight
        if self._columns.direction() != direction:
            self._columns.setDirection(direction)
        for at, share in enumerate((1, 0) if narrow else (55, 45)):  # in one column spare room goes below, to the form
            self._columns.setStretch(at, share)
        exports = self._workspace.exports
        own = exports.run is not None and exports.run == self._workspace.run.folder
        self._right.setVisible(not narrow or (own and bool(exports.reports or exports.problem or exports.is_busy)))
        self.trial.setVisible(not narrow or (own and bool(exports.reports)))
        self.result.fold(narrow)

    def _lay_out(self) -> None:
        px = theme().px
        self._empty = EmptyState("Export needs a finished or stopped run.", "Go to Train", "export")
        self._empty.setObjectName("exportEmpty")
        self._empty.action.setObjectName("goToTrain")
        self._right = QWidget()
        self._right.setAccessibleName("Outcome")
        right = QVBoxLayout(self._right)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(px(12))
        right.addWidget(self.result, 1)
        right.addWidget(self.trial)
        inner = QWidget()
        inner.setObjectName("scrolled")
        self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight, inner)
        self._columns.setContentsMargins(0, 0, 0, 0)
        self._columns.setSpacing(px(12))
        self._columns.addWidget(self.form, 55)
        self._columns.addWidget(self._right, 45)
        self._scroll = scroll_area(inner)
        self._stack.addWidget(self._scroll)
        self._stack.addWidget(self._empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(20), px(20), px(16))
        column.setSpacing(px(2))
        column.addWidget(Heading("Export", 1))
        column.addWidget(Paragraph("Take the student out into the world, and know that it still answers the same."))
        column.addSpacing(px(8))
        column.addWidget(self._stack, 1)


def _can_be_tried(reports: tuple[ExportReport, ...]) -> ExportReport | None:
    """Return the ONNX file, which is what others will run, else the first one."""
    return next((report for report in reports if report.format == "onnx"), reports[0] if reports else None)
