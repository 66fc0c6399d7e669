"""The Train page: the run as it goes. Curves, probes that lean towards the teacher, and what has come over so far."""

import time

from PySide6.QtCore import QSize, QTimer
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from kdstudio.core.events import Changed, Evaluated, Event, Glimpsed, Losses, Resumed
from kdstudio.ui.panels.run_words import evaluations
from kdstudio.ui.panels.train.curves_panel import CurvesPanel
from kdstudio.ui.panels.train.error_panel import ErrorPanel
from kdstudio.ui.panels.train.probes_panel import ProbesPanel
from kdstudio.ui.panels.train.queue_line import QueueLine
from kdstudio.ui.panels.train.run_changes import RunChanges
from kdstudio.ui.panels.train.run_controls import RunControls
from kdstudio.ui.panels.train.transfer_bar import TransferBar
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.messages import EmptyState
from kdstudio.ui.workspace import Workspace

PARTS = ("controls", "curves", "probes", "transfer")
QUICKEST_MS, SLOWEST_MS = 40, 1000  # between the redraws of two parts
EASE = 8  # a redraw of 20 ms is followed by at least 160 ms without one: training and window share the processor
COMPACT_WIDTH, COMPACT_HEIGHT = 1100, 600
SMALLEST = (880, 470)


class TrainPage(QWidget):
    """Follows the shown run. Events only say which parts are old; a timer redraws those, while the page is seen."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.setObjectName("train")
        self._workspace = workspace
        self._old: set[str] = set(PARTS)
        self._turn = 0
        self._timer = QTimer(self, singleShot=True, interval=QUICKEST_MS)
        self._timer.timeout.connect(self._redraw_next)
        self.controls, self.error = RunControls(workspace), ErrorPanel(workspace)
        self.changes = RunChanges(workspace)
        self.changes.hide()
        self.curves, self.probes, self.transfer = CurvesPanel(workspace), ProbesPanel(workspace), TransferBar()
        self.queue = QueueLine(workspace)
        self.empty = EmptyState(
            "Press F5. You will see the student lean towards the teacher here.",
            "Train",
            "train",
            "Choose a teacher and data first.",
        )
        self.empty.action.setObjectName("trainFirst")
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        self._stack = QStackedLayout()
        whole.addLayout(self._stack, 1)
        whole.addWidget(self.queue)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self._content())
        self._connect()
        self._show_run()

    @property
    def is_compact(self) -> bool:
        """Whether there is only room for two charts, few probes and three numbers."""
        px = theme().px
        return self.width() < px(COMPACT_WIDTH) or self.height() < px(COMPACT_HEIGHT)

    def refresh(self) -> None:
        """Redraw now all that is old, as far as the page is seen."""
        if not self.isVisible():
            return
        parts, self._old = self._old, set()
        for part in PARTS:
            if part in parts:
                self._redraw(part)

    def _redraw_next(self) -> None:
        """Redraw one old part and come back for the next: all at once would hold the window for several frames."""
        began = time.perf_counter()
        turns = [(self._turn + at) % len(PARTS) for at in range(1, len(PARTS) + 1)]
        turn = next((turn for turn in turns if PARTS[turn] in self._old), None)
        if turn is None or not self.isVisible():
            return
        self._turn = turn
        self._old.discard(PARTS[turn])
        if not self._redraw(PARTS[turn], at_once=False):
            self._old.add(PARTS[turn])
        spent = (time.perf_counter() - began) * 1000
        self._timer.setInterval(round(min(max(EASE * spent, QUICKEST_MS), SLOWEST_MS)))
        if self._old:
            self._timer.start()

    def _redraw(self, part: str, *, at_once: bool = True) -> bool:
        """Redraw a part; False where some of it is left for another turn."""
        run = self._workspace.run
        if run.state == "none" and part != "controls":
            return True
        if part == "controls":
            self.controls.refresh()
            self.changes.refresh()
        elif part == "curves":
            return self.curves.refresh(at_once=at_once)
        elif part == "probes":
            self.probes.refresh()
        else:
            students, baselines = (evaluations(run.history, name) for name in ("student", "baseline"))
            self.transfer.set_task(run.task)
            self.transfer.set_evaluations(students, baselines, is_live=run.is_live)
        return True

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what came while the page was not seen."""
        super().showEvent(event)
        self._fit()
        self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep to what fits."""
        super().resizeEvent(event)
        self._fit()

    def minimumSizeHint(self) -> QSize:
        """What the smallest window leaves; an error card being laid out must not push the window larger."""
        return QSize(theme().px(SMALLEST[0]), theme().px(SMALLEST[1]))

    def hasHeightForWidth(self) -> bool:
        """No: the same reason."""
        return False

    def _content(self) -> QWidget:
        made, px = QWidget(), theme().px
        column, row = QVBoxLayout(made), QHBoxLayout()
        column.setContentsMargins(px(16), px(16), px(16), px(14))
        column.setSpacing(px(12))
        row.setSpacing(px(14))
        row.addWidget(self.curves, 1)
        row.addWidget(self.probes)
        column.addWidget(self.error)
        column.addWidget(self.controls)
        column.addWidget(self.changes)
        column.addLayout(row, 1)
        column.addWidget(self.transfer)
        return made

    def _connect(self) -> None:
        workspace = self._workspace
        workspace.run.changed.connect(self._show_run)
        workspace.run.stateChanged.connect(self._show_state)
        workspace.run.eventsArrived.connect(self._take)
        workspace.view.lensChanged.connect(lambda _lens: self._mark("probes"))
        workspace.view.epochChanged.connect(lambda: self._mark("probes"))
        workspace.inputs.opened.connect(self._take_pictures)
        workspace.catalogueChanged.connect(lambda: self._mark("curves"))
        workspace.draft.changed.connect(self._offer)
        self.transfer.lookInside.connect(lambda: workspace.go_to("understand"))
        self.controls.adjust.toggled.connect(self.changes.setVisible)
        self.empty.acted.connect(self._begin)

    def _show_run(self) -> None:
        self.curves.start_over()
        self.probes.start_over()
        self._show_state()

    def _show_state(self) -> None:
        state = self._workspace.run.state
        self._stack.setCurrentIndex(0 if state == "none" else 1)
        if not self._workspace.run.is_live:
            self.changes.forget()
        recipe = self._workspace.run.recipe
        self.transfer.setVisible(recipe is None or any(teacher.path for teacher in recipe.teachers))
        self.error.refresh()
        self.controls.setVisible(self.error.isHidden())
        self._offer()
        self._old.update(PARTS)
        self.refresh()

    def _take(self, arrived: list[Event]) -> None:
        self.changes.take(arrived)
        parts = {"controls"}
        for event in arrived:
            if isinstance(event, Losses | Changed | Evaluated | Resumed):
                parts |= {"curves", "transfer"} if isinstance(event, Evaluated | Resumed) else {"curves"}
            elif isinstance(event, Glimpsed):
                parts.add("probes")
        self._mark(*parts)

    def _take_pictures(self) -> None:
        self.probes.forget_pictures()
        self._mark("probes")

    def _mark(self, *parts: str) -> None:
        self._old.update(parts)
        if self.isVisible() and not self._timer.isActive():
            self._timer.start()

    def _fit(self) -> None:
        compact, px = self.is_compact, theme().px
        self.curves.set_compact(compact)
        self.transfer.set_compact(compact)
        self.probes.setFixedWidth(px(330 if self.width() < px(COMPACT_WIDTH) else 428))

    def _offer(self) -> None:
        """Offer what leads on from an empty page."""
        is_complete = self._workspace.draft.is_complete
        self.empty.action.setText("Train" if is_complete else "Go to Setup")
        self.empty.below.setVisible(not is_complete)

    def _begin(self) -> None:
        if self._workspace.draft.is_complete:
            self._workspace.train()
        else:
            self._workspace.go_to("setup")
