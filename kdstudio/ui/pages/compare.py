"""The Compare page: which student keeps most of the teacher at the size one can afford."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from kdstudio.core.errors import Problem
from kdstudio.ui.compared import ComparedModels
from kdstudio.ui.panels.compare.pareto_panel import ParetoPanel
from kdstudio.ui.panels.compare.run_charts import RunCharts
from kdstudio.ui.panels.compare.run_list import RunList
from kdstudio.ui.panels.compare.run_listing import listing
from kdstudio.ui.panels.compare.run_pair import RunPair
from kdstudio.ui.panels.compare.run_verbs import RunVerbs
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.buttons import Button, IconButton
from kdstudio.ui.widgets.labels import Heading, Label, Paragraph
from kdstudio.ui.widgets.messages import EmptyState
from kdstudio.ui.widgets.segmented import Segmented
from kdstudio.ui.workspace import Workspace

COMPACT = 1121  # pixels: a narrower page shows the table or the charts
_QUESTION = "Which student keeps most of the teacher at the size you can afford?"


class ComparePage(QWidget):
    """A table of runs at the left, size against score and the curves at the right; one focus for all of them."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.setObjectName("compare")
        self.setAccessibleName("Compare")
        self.setAcceptDrops(True)
        self.setProperty("takesRuns", True)
        self._workspace = workspace
        self.models = ComparedModels(workspace.analyses, workspace.notices, self)
        self.list, self.pareto = RunList(self.models, workspace.settings), ParetoPanel(self.models)
        self.charts = RunCharts(workspace, self.models)
        self.pair = RunPair(workspace, self.models, self.charts)
        self.verbs = RunVerbs(workspace, self.models, self)
        self.view = Segmented([("table", "Table"), ("charts", "Charts")], "Shown")
        self._lay_out()
        self._connect()

    def showEvent(self, event: QShowEvent) -> None:
        """Look again at the runs there are."""
        super().showEvent(event)
        self.look()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Table and charts side by side where there is room."""
        super().resizeEvent(event)
        self._arrange()

    def look(self) -> None:
        """List the runs of the project, and those beside the run that is shown."""
        if self.isVisible():
            self.models.show(self._folders())

    def focus_filter(self) -> None:
        """Put the keyboard into the filter."""
        self.list.filter.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.list.filter.selectAll()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take runs and files of answers."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()

    def dropEvent(self, event: QDropEvent) -> None:
        """List what was dropped too."""
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self.take([Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()])

    def take(self, paths: list[Path]) -> None:
        """List these runs, folders of runs and files of answers too."""
        self.models.add(paths)

    def _folders(self) -> list[Path]:
        project, shown = self._workspace.project, self._workspace.run.folder
        folders = [project.runs_folder] if project is not None else []
        if shown is not None and shown.parent not in folders:
            folders.append(shown.parent)
        return folders

    def _connect(self) -> None:
        workspace, table = self._workspace, self.list.table
        for signal in (workspace.projectChanged, workspace.run.changed, workspace.run.stateChanged):
            signal.connect(self.look)
        workspace.runsOpened.connect(self.take)
        workspace.queue.changed.connect(self.look)
        self.models.changed.connect(self._refresh)
        self.models.focusChanged.connect(self._tell)
        for chart in (self.pareto, self.charts):
            chart.chosen.connect(self._choose)
        table.opened.connect(lambda _: self.verbs.look_inside())
        table.renameAsked.connect(lambda: self.verbs.describe(self.more))
        table.archiveAsked.connect(self.verbs.put_away)
        table.menuAsked.connect(lambda at: self.verbs.menu(self.more).popup(at))
        self.more.clicked.connect(self._open_more)
        self.clone.clicked.connect(self.verbs.clone)
        self.export.clicked.connect(self.verbs.export)
        self.look_inside.clicked.connect(self.verbs.look_inside)
        self.view.chosen.connect(lambda _: self._arrange())
        self.empty.acted.connect(lambda: workspace.go_to("setup"))
        self.alone.clicked.connect(self._hotter)
        self.list.failed.connect(lambda words: workspace.notices.tell(Problem(message=words)))

    def _choose(self, key: str, adds: bool) -> None:
        """A click in a chart chooses one model; with Ctrl it joins or leaves those that are chosen."""
        chosen = [other for other in self.models.selected if other != key] if adds else []
        is_let_go = adds and key in self.models.selected
        self.models.select(chosen if is_let_go else [*chosen, key])

    def _refresh(self) -> None:
        rows = self.models.rows
        has_any = bool(rows) or self.models.is_reading
        self._stack.setCurrentWidget(self._body if has_any else self.empty)
        title = self.models.titles()
        self.models.work("compare listing", lambda: listing(rows, title), self.list.show_listing)
        self.pareto.refresh()
        self.charts.refresh()
        if rows and not self.models.selected and not self.models.is_reading:
            shown = rows[0].path if len(rows) == 1 else self._workspace.run.folder
            self.models.select([row.key for row in rows if row.path == shown][:1])
        self._tell()

    def _tell(self) -> None:
        """Say what is chosen, and what can be done with it."""
        row = self.verbs.row
        selected, rows = self.models.selected, self.models.rows
        names = [self.models.title(one) for key in selected if (one := self.models.row(key)) is not None]
        self.chosen.setText(f"{names[0] if len(names) == 1 else len(names)} selected")  # two are named above
        self.chosen.setVisible(bool(names))
        is_alone = len(rows) == 1 and rows[0].kind == "run"
        self.hint.setText(
            "One run so far. Try another temperature."
            if is_alone
            else "hold Ctrl to compare two"
            if len(names) == 1
            else "choose a run, or drop runs and files of predictions here"
            if not names
            else ""
        )
        self.alone.setVisible(is_alone and row is not None and row.temperature is not None)
        is_run = row is not None and row.kind == "run"
        for button in (self.clone, self.export, self.look_inside):
            button.setEnabled(is_run)
        self.more.setEnabled(row is not None)

    def _hotter(self) -> None:
        self.verbs.hotter()

    def _open_more(self) -> None:
        self.verbs.menu(self.more).popup(self.more.mapToGlobal(self.more.rect().topLeft()))

    def _arrange(self) -> None:
        narrow = self.width() < theme().px(COMPACT)
        self.view.setVisible(narrow)
        self.list.set_narrow(narrow)
        self._left.setVisible(not narrow or self.view.value() == "table")
        beside = QBoxLayout.Direction.LeftToRight if narrow else QBoxLayout.Direction.TopToBottom
        self._columns.setDirection(beside)
        self._right.setVisible(not narrow or self.view.value() == "charts")

    def _actions(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(theme().px(8))
        self.chosen, self.hint = Label("", "bodym"), Label("", "small", "3")
        self.alone = Button("Clone with T × 2", "secondary", "copy")
        self.more = IconButton("more", "More to do with this run", size=32)
        self.export = Button("Export", "secondary", "export")
        self.clone = Button("Clone to Setup", "secondary", "copy")
        self.look_inside = Button("Open in Understand", "primary", "understand")
        row.addWidget(self.chosen)
        row.addWidget(self.hint, 1)
        for button in (self.alone, self.more, self.export, self.clone, self.look_inside):
            row.addWidget(button)
        return row

    def _lay_out(self) -> None:
        px = theme().px
        self.empty = EmptyState(
            "No runs yet. Train one, or drop run folders and files of predictions here.", "Go to Setup", "compare"
        )
        self.empty.setObjectName("compareEmpty")
        self._body, self._stack, self._right = QWidget(), QStackedWidget(), QWidget()
        self._left = self.list
        self._right.setAccessibleName("Charts")
        self.list.below.setSpacing(px(8))
        self.list.below.addWidget(self.pair)
        self.list.below.addLayout(self._actions())
        self._columns = QBoxLayout(QBoxLayout.Direction.TopToBottom, self._right)
        self._columns.setContentsMargins(0, 0, 0, 0)
        self._columns.setSpacing(px(12))
        self._columns.addWidget(self.pareto, 54)
        self._columns.addWidget(self.charts, 46)
        row = QHBoxLayout(self._body)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(px(12))
        row.addWidget(self.list, 65)
        row.addWidget(self._right, 35)
        self._stack.addWidget(self._body)
        self._stack.addWidget(self.empty)
        head = QHBoxLayout()
        head.addWidget(Heading("Compare", 1), 1)
        head.addWidget(self.view)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(20), px(20), px(16))
        column.setSpacing(px(2))
        column.addLayout(head)
        column.addWidget(Paragraph(_QUESTION))
        column.addSpacing(px(8))
        column.addWidget(self._stack, 1)
