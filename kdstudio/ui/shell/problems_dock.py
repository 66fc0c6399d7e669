"""Problems and log, in a dock at the bottom that is hidden by default."""

from collections import deque
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import (
    QDockWidget,
    QHBoxLayout,
    QPlainTextEdit,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from kdstudio.core.errors import Problem
from kdstudio.core.layout import RunFolder
from kdstudio.core.paths import engine_log
from kdstudio.ui.theme import apply_role, theme
from kdstudio.ui.widgets.buttons import Button, IconButton
from kdstudio.ui.widgets.cards import Glyph
from kdstudio.ui.widgets.labels import Label, Paragraph
from kdstudio.ui.widgets.messages import EmptyState
from kdstudio.ui.widgets.segmented import TabRow
from kdstudio.ui.workspace import Workspace

LINES = 400  # of each log
EVERY_MS = 1000
_ICONS = {"error": ("alert", "error"), "warning": ("alert", "warning"), "note": ("info", "text_3")}


class ProblemRow(QWidget):
    """What happened, what to do, and the details to copy."""

    def __init__(self, problem: Problem, details: str) -> None:
        super().__init__()
        self.setAccessibleName(problem.message)
        icon, token = _ICONS[problem.severity]
        row = QHBoxLayout(self)
        row.setContentsMargins(0, theme().px(6), 0, theme().px(6))
        row.setSpacing(theme().px(10))
        row.addWidget(Glyph(icon, token, 15, problem.severity), 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(theme().px(1))
        column.addWidget(Paragraph(str(problem), "smallm", "1"))
        if problem.hint:
            column.addWidget(Paragraph(problem.hint, "small"))
        row.addLayout(column, 1)
        if details:
            copy = Button("Copy details", "ghost", "copy", size="small")
            copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(f"{problem}\n{problem.hint}\n\n{details}"))
            row.addWidget(copy, 0, Qt.AlignmentFlag.AlignTop)


class ProblemList(QScrollArea):
    """The problems of this session, newest first."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.setObjectName("problems")
        self.setAccessibleName("Problems")
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inner = QWidget()
        inner.setObjectName("scrolled")
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(theme().px(16), 0, theme().px(16), 0)
        self._empty = EmptyState("No problems.", icon="check")
        self._column.addWidget(self._empty)
        self._column.addStretch()
        self.setWidget(inner)
        self.rows: list[ProblemRow] = []
        for problem, details in workspace.notices.problems:
            self._add(problem, details)
        workspace.notices.arrived.connect(self._add)
        workspace.notices.cleared.connect(self._clear)

    def _add(self, problem: Problem, details: str) -> None:
        row = ProblemRow(problem, details)
        self.rows.insert(0, row)
        self._column.insertWidget(0, row)
        self._empty.hide()

    def _clear(self) -> None:
        for row in self.rows:
            row.setParent(None)
            row.deleteLater()
        self.rows.clear()
        self._empty.show()


class LogView(QPlainTextEdit):
    """The last lines of the engine's log and of the run's, read while they are looked at."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.setObjectName("log")
        self.setAccessibleName("Log")
        self.setReadOnly(True)
        self.setProperty("role", "mono")
        apply_role(self)
        self._workspace = workspace
        self._timer = QTimer(self, interval=EVERY_MS)
        self._timer.timeout.connect(self.refresh)

    def refresh(self) -> None:
        """Read the files again; the view stays where it was unless it was at the end."""
        if not self.isVisible():
            self._timer.stop()
            return
        run = self._workspace.run.folder
        files = [engine_log(), *([RunFolder(run).log] if run is not None else [])]
        words = "\n".join(part for part in map(_tail, files) if part)
        bar = self.verticalScrollBar()
        is_at_end = bar.value() >= bar.maximum() - 2
        if words != self.toPlainText():
            self.setPlainText(words)
            bar.setValue(bar.maximum() if is_at_end else bar.value())

    def showEvent(self, event: QShowEvent) -> None:
        """Look at once, and then every second."""
        super().showEvent(event)
        self.refresh()
        self._timer.start()


class ProblemsDock(QDockWidget):
    """Tabs Problems and Log."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__("Problems and log")
        self.setObjectName("problemsDock")
        self.setAllowedAreas(Qt.DockWidgetArea.BottomDockWidgetArea | Qt.DockWidgetArea.RightDockWidgetArea)
        self.tabs = TabRow([("problems", "Problems"), ("log", "Log")], "Problems and log")
        self.problems, self.log = ProblemList(workspace), LogView(workspace)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.problems)
        self._stack.addWidget(self.log)
        self.tabs.chosen.connect(self.show_tab)
        clear = Button("Clear", "ghost", size="small")
        clear.clicked.connect(workspace.notices.clear)
        close = IconButton("close", "Close", size=26, glyph=13)
        close.clicked.connect(self.hide)
        head = QHBoxLayout()
        head.setContentsMargins(theme().px(12), 0, theme().px(8), 0)
        head.addWidget(self.tabs)
        head.addWidget(Label("", "small", "3"), 1)
        head.addWidget(clear)
        head.addWidget(close)
        title = QWidget()
        title.setObjectName("dockTitle")
        title.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        title.setLayout(head)
        self.setTitleBarWidget(title)
        self.setWidget(self._stack)
        self.setMinimumHeight(theme().px(150))

    def show_tab(self, name: str) -> None:
        """Show problems or log."""
        self.tabs.set_value(name)
        self._stack.setCurrentWidget(self.problems if name == "problems" else self.log)
        self.show()

    def toggle(self, name: str) -> None:
        """Show a tab, or hide the dock where it is shown already."""
        if self.isVisible() and self.tabs.value() == name:
            self.hide()
        else:
            self.show_tab(name)


def _tail(path: Path) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return "".join(deque(file, LINES)).rstrip()
    except OSError:
        return ""
