"""Home: what this is for, a demo in a minute, and the ways in."""

from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from kdstudio.core.errors import KdStudioError
from kdstudio.core.paths import resource
from kdstudio.ui.panels.contents import Contents
from kdstudio.ui.panels.home.computer_card import ComputerCard, facts
from kdstudio.ui.panels.home.drop_strip import DropStrip
from kdstudio.ui.panels.home.hero import Hero, stored_example
from kdstudio.ui.panels.home.link_card import ExampleCard
from kdstudio.ui.panels.home.recent_projects import RecentProjects, look_at
from kdstudio.ui.panels.scrolled import scroll_area
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.labels import Heading, Label
from kdstudio.ui.workspace import Workspace

COLUMN, NARROW = 1136, 1000  # pixels: the widest the column gets, and below what it stacks
SAMPLES = ("samples", "fashion.npz")
UNSEEN = 8  # the class that the second example leaves out: Bag


class HomePage(QWidget):
    """The main window opens the dialogs that the signals ask for; everything else goes through the workspace."""

    openModelRequested = Signal()
    openDataRequested = Signal()
    openProjectRequested = Signal()

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.setObjectName("home")
        self.setAccessibleName("Home")
        self._workspace = workspace
        self._trouble, self._has_pictures = "", False
        self.hero, self.strip = Hero(stored_example()), DropStrip()
        self.images = ExampleCard("image", "Images", "fashion items, 10 classes", 10)
        self.images.setObjectName("example-images")
        self.unseen = ExampleCard("understand", "A class it never saw", "no bag among its pictures", 1)
        self.unseen.setObjectName("example-unseen")
        self.unseen.setToolTip(
            "The student learns from the teacher's doubts about other things alone. Look at Bag in Understand, and at "
            "Class biases in Calibration (Hinton, Vinyals, Dean 2015, section 3)."
        )
        self.recent, self.computer = RecentProjects(), ComputerCard()
        self.computer.set_facts(facts(None, 0, 0))
        self._lay_out()
        self._connect()

    def refresh(self) -> None:
        """Look again at recent projects, pictures and memory; a hidden page waits until it is seen."""
        if not self.isVisible():
            return
        paths, analyses = self._workspace.settings.recent_projects(), self._workspace.analyses
        analyses.submit("recent projects", lambda: look_at(paths), self.recent.set_projects)
        if not self._has_pictures and resource(*SAMPLES).exists():
            analyses.submit("example pictures", lambda: _one_of_each(resource(*SAMPLES)), self._take_pictures)
        self._show_computer()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up, once what can be drawn at once is drawn."""
        super().showEvent(event)
        QTimer.singleShot(0, self, self.refresh)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Stack where there is no room side by side."""
        super().resizeEvent(event)
        wide = event.size().width()
        is_narrow = wide < theme().px(NARROW)
        self.hero.set_compact(is_narrow)
        self.hero.setMaximumHeight(theme().px(1000 if is_narrow else 440))
        self._low.setDirection(QBoxLayout.Direction.TopToBottom if is_narrow else QBoxLayout.Direction.LeftToRight)
        self.computer.set_columns(4 if is_narrow else 2)
        beside = QBoxLayout.Direction.TopToBottom if is_narrow else QBoxLayout.Direction.LeftToRight
        self._shelf.setDirection(beside)
        room = wide - theme().px(380) if is_narrow else min(wide, theme().px(COLUMN)) // 2 - theme().px(290)
        self.images.set_shown(max(0, min(10, room // theme().px(52))))

    def _show_computer(self) -> None:
        import psutil

        memory = psutil.virtual_memory()
        self.computer.set_facts(facts(self._workspace.machine, memory.total, memory.available, self._trouble))

    def _check_again(self) -> None:
        self._trouble = ""
        self._workspace.machine = None
        self._show_computer()
        self._workspace.ask_machine()

    def _engine_died(self, how: str) -> None:
        if self._workspace.machine is None:
            self._trouble = f"engine {how}"
            self._show_computer()

    def _take_pictures(self, pictures: list[np.ndarray]) -> None:
        self._has_pictures = True
        self.images.set_pictures(pictures)
        self.unseen.set_pictures(pictures[UNSEEN : UNSEEN + 1])

    def _open_recent(self, path: str) -> None:
        try:
            self._workspace.open_project(Path(path))
        except (KdStudioError, OSError) as error:
            self._workspace.notices.tell_error(error)

    def _connect(self) -> None:
        workspace = self._workspace
        for part in (self.hero, self.recent):
            part.demoRequested.connect(workspace.open_demo)
        self.images.clicked.connect(lambda: workspace.open_demo(start=False))
        self.unseen.clicked.connect(lambda: workspace.open_demo("unseen", start=False))
        self.recent.chosen.connect(self._open_recent)
        self.computer.checkRequested.connect(self._check_again)
        self.strip.openModelRequested.connect(self.openModelRequested)
        self.strip.openDataRequested.connect(self.openDataRequested)
        self.strip.openProjectRequested.connect(self.openProjectRequested)
        workspace.machineChanged.connect(self._show_computer)
        workspace.engine.died.connect(self._engine_died)
        workspace.projectChanged.connect(self.refresh)

    def _lay_out(self) -> None:
        px = theme().px
        inner, middle = Contents(), QWidget()
        middle.setMaximumWidth(px(COLUMN))
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, px(24), 0, px(24))
        column.setSpacing(px(12))
        self.examples = QWidget()
        shelf = QVBoxLayout(self.examples)
        shelf.setContentsMargins(0, px(6), 0, 0)
        shelf.setSpacing(px(8))
        head = QHBoxLayout()
        head.setSpacing(px(8))
        head.addWidget(Heading("Examples", 2))
        head.addWidget(Label("each opens ready to train", "small", "3"), 1)
        shelf.addLayout(head)
        self._shelf = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._shelf.setSpacing(px(12))
        self._shelf.addWidget(self.images, 3)
        self._shelf.addWidget(self.unseen, 2)
        shelf.addLayout(self._shelf)
        if not resource(*SAMPLES).exists():
            self.examples.hide()
        self._low = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._low.setSpacing(px(12))
        self._low.addWidget(self.recent, 1)
        self._low.addWidget(self.computer, 1)
        column.addWidget(self.hero, 4)
        column.addWidget(self.strip)
        column.addWidget(self.examples)
        column.addLayout(self._low)
        column.addStretch(1)
        row = QHBoxLayout(inner)
        row.setContentsMargins(px(24), 0, px(24), 0)
        row.addStretch(1)
        row.addWidget(middle, 1000)
        row.addStretch(1)
        self.area = scroll_area(inner)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setAccessibleName("Home")
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.area)


def _one_of_each(path: Path) -> list[np.ndarray]:
    """Return the first training input of each class."""
    from kdstudio.data.read import read  # all readers come with it

    part = read(path).parts["train"]
    _, first = np.unique(part.targets, return_index=True)
    return list(part.read(first))
