"""The control card: buttons, where the run stands, how far it is; the question before a run is discarded."""

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedLayout, QVBoxLayout, QWidget

from kdstudio.ui.panels.run_words import standing
from kdstudio.ui.panels.train.run_buttons import RunButtons
from kdstudio.ui.shown_run import ShownRun
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.buttons import Button
from kdstudio.ui.widgets.cards import Card
from kdstudio.ui.widgets.labels import Heading, Label
from kdstudio.ui.widgets.progress import ProgressLine
from kdstudio.ui.workspace import Workspace


class RunControls(Card):
    """One card of one height, whatever it says; the question takes the place of the buttons."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(margins=(12, 11, 18, 11))
        self.setObjectName("runControls")
        self.setAccessibleName("Run")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._workspace = workspace
        self.buttons, self.question = RunButtons(), QWidget()
        self.adjust = Button("Adjust")
        self.adjust.setObjectName("adjustRun")
        self.adjust.setToolTip("Change temperature, weights and learning rate while it runs")
        self.adjust.setCheckable(True)
        self.title, self.note = Heading("", 3), Label("", "small", "2")
        self.right, self.faint = Label("", "h3", elide=False), Label("", "small", "2", elide=False)
        self.progress = ProgressLine("Progress of the run", height=5)
        for name in ("title", "note", "right", "faint", "progress"):
            getattr(self, name).setObjectName(f"run-{name}")
        self._pages = QStackedLayout()
        self._pages.addWidget(self._row())
        self._pages.addWidget(self.question)
        self._fill_question()
        self.add(self._pages)
        self._connect()

    def refresh(self) -> None:
        """Say where the shown run stands now."""
        run = self._workspace.run
        is_ours = not self._workspace.watcher.is_watching
        self.buttons.set_state(run.state, has_summary=run.summary is not None, is_ours=is_ours)
        self.buttons.restart.setVisible(self._workspace.engine.is_silent and is_ours and run.is_live)
        if run.state not in ("queued", "running", "paused"):
            self._pages.setCurrentIndex(0)
        self._tell(run)

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(theme().px(600), super().sizeHint().height())

    def ask_to_discard(self) -> None:
        """Ask in place whether the run shall really go."""
        self._pages.setCurrentIndex(1)
        self.keep.setFocus()

    def _tell(self, run: ShownRun) -> None:
        now = standing(run, self._workspace.queue.place(run.folder))
        note = now.note if not self._workspace.watcher.is_watching else f"{now.note}, trained by another program"
        if self._workspace.engine.is_silent and run.is_live:
            note = "The engine does not answer. It may come back; a restart goes on from the last checkpoint."
        for label, words in ((self.title, now.title), (self.note, note.removeprefix(", ")), (self.right, now.right)):
            label.setText(words)
        self.faint.setText(f"· {now.faint}" if now.faint and now.right else now.faint)
        self.progress.set_share(now.share, "student" if now.is_moving or run.state == "finished" else "baseline")
        self.setAccessibleDescription(", ".join(w for w in (now.title, now.note, now.right, now.faint) if w))

    def _row(self) -> QWidget:
        made = QWidget()
        row, left, words, column = QHBoxLayout(made), QHBoxLayout(), QHBoxLayout(), QVBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme().px(24))
        words.setSpacing(theme().px(10))
        words.addWidget(self.title)
        words.addWidget(self.note, 1)
        words.addWidget(self.right)
        words.addWidget(self.faint)
        column.setSpacing(theme().px(8))
        column.addLayout(words)
        column.addWidget(self.progress)
        left.setSpacing(theme().px(8))
        left.addWidget(self.buttons)
        left.addWidget(self.adjust)
        row.addLayout(left)
        row.addLayout(column, 1)
        return made

    def _fill_question(self) -> None:
        row = QHBoxLayout(self.question)
        row.setContentsMargins(theme().px(6), 0, 0, 0)
        row.setSpacing(theme().px(8))
        row.addWidget(Heading("Discard this run?", 3))
        row.addWidget(Label("Its curves, answers and weights are deleted. The recipe stays.", "small", "2"), 1)
        self.discard, self.keep = Button("Discard run", "destructive", "trash"), Button("Keep training")
        self.discard.setObjectName("discardRun")
        self.keep.setObjectName("keepTraining")
        row.addWidget(self.keep)
        row.addWidget(self.discard)

    def _connect(self) -> None:
        workspace, buttons = self._workspace, self.buttons
        buttons.pauseAsked.connect(workspace.trainer.pause)
        buttons.proceedAsked.connect(workspace.trainer.proceed)
        buttons.resumeAsked.connect(workspace.resume)
        buttons.stopAsked.connect(lambda: workspace.trainer.stop("best"))
        buttons.discardAsked.connect(self.ask_to_discard)
        buttons.restartAsked.connect(workspace.trainer.restart)
        workspace.queue.changed.connect(self.refresh)
        workspace.engine.silent.connect(lambda _: self.refresh())
        buttons.forceAsked.connect(workspace.trainer.force)
        buttons.lookAsked.connect(lambda: workspace.go_to("understand"))
        buttons.againAsked.connect(workspace.train)
        self.keep.clicked.connect(lambda _=False: self._pages.setCurrentIndex(0))
        self.discard.clicked.connect(lambda _=False: self._discard())

    def _discard(self) -> None:
        self._pages.setCurrentIndex(0)
        self._workspace.trainer.stop("discard")
