"""Setup: who teaches, who learns, from what, and how."""

import json
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from kdstudio.core.errors import Problem
from kdstudio.recipe.choices import DataChoice
from kdstudio.ui.draft_value import source_of
from kdstudio.ui.latencies import WAITING, Latencies
from kdstudio.ui.panels.methods.method_mix import without_labels
from kdstudio.ui.panels.setup.checks import check_rows, recipe_problems, row
from kdstudio.ui.panels.setup.data_card import DataCard
from kdstudio.ui.panels.setup.details_drawer import DetailsDrawer
from kdstudio.ui.panels.setup.draft_inputs import DraftInputs
from kdstudio.ui.panels.setup.naming import Naming
from kdstudio.ui.panels.setup.recipe_card import RecipeCard
from kdstudio.ui.panels.setup.recipe_preview import ASKED, BORN, UNASKED
from kdstudio.ui.panels.setup.role_card import RoleCard
from kdstudio.ui.panels.setup.student_card import StudentCard
from kdstudio.ui.panels.setup.teacher_card import TeacherCard
from kdstudio.ui.pulls import Pulls
from kdstudio.ui.teachers import born
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.buttons import Button
from kdstudio.ui.widgets.labels import Heading, Label
from kdstudio.ui.workspace import Workspace

WIDE, TALL = 1100, 720  # pixels of the page below which the cards lose their pictures


class SetupPage(QWidget):
    """The draft as three cards and a recipe. The main window opens the dialogs that the signals ask for."""

    chooseRequested = Signal(str)  # role: teacher, student, data
    loadRecipeRequested = Signal()
    trustRequested = Signal(str, str, str)  # a file's name, what it would run, its digest
    fileRequested = Signal(str, str, object)  # a dialog's title, which files, and who takes the Path

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.setObjectName("setup")
        self.setAccessibleName("Setup")
        self._workspace, self._draft = workspace, workspace.draft
        self._asked: tuple[Any, ...] | None = None  # what the shown preview depends on
        self._has_asked = False  # a check since this page exists: what came before it was not heard
        self._position = 0  # of the validation input that is shown
        self.inputs = DraftInputs(workspace.analyses, workspace.inputs, self)
        self.teacher, self.student = TeacherCard(self._draft), StudentCard(self._draft)
        self.data = DataCard(self._draft)
        self.recipe = RecipeCard(self._draft)
        self.footer = self.recipe.footer
        self.drawer = DetailsDrawer(self)
        self._latencies = Latencies(self._draft, workspace.engine, self)
        self.pulls = Pulls(self._draft, workspace.engine, self)
        self._latencies.arrived.connect(self.drawer.set_latency)
        self.swap = Button("Swap roles", "ghost", "swap")
        self.load = Button("Load recipe…", "secondary", "folder")
        self.swap.setObjectName("swap-roles")
        self.load.setObjectName("load-recipe")
        self._lay_out()
        self._connect()
        self._take_catalogue()

    @property
    def cards(self) -> tuple[RoleCard, ...]:
        """Teacher, student, data."""
        return (self.teacher, self.student, self.data)

    def settle(self) -> None:
        """Hand on what is being typed, so that nothing is lost."""
        self.student.settle()
        self.recipe.settle()

    def train(self) -> None:
        """Start training with what stands in the fields."""
        self.settle()
        if not self.why_not():
            self._workspace.train()

    def why_not(self) -> str:
        """Return why training cannot start, or nothing."""
        if self._workspace.queue.step(self._draft) in ("show", "waits"):
            return ""
        if waiting := self._waiting_for():
            return waiting
        faults = [*self.student.faults(), *self.recipe.faults()]
        check = self._draft.check
        wrong = [*recipe_problems(self._draft, self._workspace.catalogue), *(check.errors if check else ())]
        return faults[0] if faults else str(wrong[0]) if wrong else ""

    def refresh(self) -> None:
        """Show what the draft has; a hidden page waits until it is seen."""
        if not self.isVisible():
            return
        source = source_of(self._draft.value, "data")
        task = source.pop("task")
        self.inputs.follow(DataChoice.model_validate(source), task)
        for card in (self.teacher, self.student, self.data):
            card.refresh()
        self.recipe.refresh()
        self.swap.setEnabled(self._draft.can_swap())
        self.swap.setToolTip("" if self._draft.can_swap() else "Needs a teacher and a student that are both files.")
        self._refresh_footer()
        is_born = bool(born(self._draft.value["teachers"])[0])
        self.recipe.preview.set_waiting(BORN if is_born else ASKED if self._draft.is_complete else UNASKED)
        self._ask_preview()

    def hasHeightForWidth(self) -> bool:
        """The page takes what it gets: how much that is decides what it leaves out."""
        return False

    def minimumSizeHint(self) -> QSize:
        """What is left when the cards have lost their pictures."""
        return QSize(theme().px(860), theme().px(560))

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what changed while the page was hidden."""
        super().showEvent(event)
        self.refresh()
        if not self._has_asked and not self._draft.is_checking and self._draft.is_complete:
            self._draft.check_now()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the cards' pictures out where there is no room."""
        super().resizeEvent(event)
        px, size = theme().px, event.size()
        is_compact = size.width() < px(WIDE) or size.height() < px(TALL)
        for card in (self.teacher, self.student, self.data):
            card.set_compact(is_compact)
        margin = px(16 if is_compact else 24)
        self._column.setContentsMargins(margin, px(10 if is_compact else 20), margin, px(12 if is_compact else 16))
        self._caption.setVisible(not is_compact)
        self.recipe.set_compact(is_compact)
        self.drawer.place()

    def _refresh_footer(self) -> None:
        self.footer.set_estimate(check.estimate if (check := self._draft.check) else None, _memory_total())
        rows = check_rows(self._draft, self._workspace.catalogue)
        self.footer.set_checks(rows, is_checking=self._draft.is_checking, waiting_for=self._waiting_for())
        self.footer.set_train(self.why_not(), self._workspace.queue.step(self._draft))

    def _waiting_for(self) -> str:
        draft = self._draft
        missing = ["a teacher"] if draft.needs_teacher and not draft.value["teachers"] else []
        missing += [] if draft.path("data") else ["data"]
        return f"Choose {' and '.join(missing)} first" if missing else ""

    def _ask_preview(self) -> None:
        """Ask the teacher again when the teacher or the data is another one."""
        value, check = self._draft.value, self._draft.check
        if not self._draft.path("teacher"):
            self._asked = None
            self.recipe.preview.set_answer(None)
            return
        teachers = f"{value['teachers']} {value.get('blend')}"
        key = (teachers, self._draft.path("data"), str(value["data"]), value.get("seed", 0), value.get("task"))
        if check is None or check.teacher is None or self._draft.is_checking:
            if self._asked is not None and self._asked[:2] != key[:2]:
                self._asked = None
                self.recipe.preview.set_answer(None)
            return
        if key != self._asked:
            self._asked, self._position = key, 0
            self._draft.preview(0)

    def _ask_another(self) -> None:
        self._position += 1
        self._draft.preview(self._position)

    def _take_check(self) -> None:
        self._has_asked = self._has_asked or self._draft.is_checking
        self.refresh()

    def _take_preview(self, answer: dict[str, Any]) -> None:
        if self._asked is not None:
            self.recipe.preview.set_answer(answer)
            self.inputs.ask(int(answer["row"]))

    def _take_examples(self) -> None:
        self.data.set_examples(self.inputs.examples)
        if self.recipe.preview.row >= 0:
            self.inputs.ask(self.recipe.preview.row)

    def _take_catalogue(self) -> None:
        self.student.set_catalogue(self._workspace.catalogue)
        self.teacher.ways_out.set_catalogue(self._workspace.catalogue)
        self.recipe.set_catalogue(self._workspace.catalogue)
        self.refresh()

    def _take_machine(self) -> None:
        self.recipe.advanced.machine = self._workspace.machine or {}
        self.refresh()

    def _accept_unlabelled(self) -> None:
        value = self._draft.value
        methods = without_labels(value["methods"], self._workspace.catalogue)
        if methods:
            self._draft.replace({**value, "methods": methods}, "Continue without labels")

    def _connect(self) -> None:
        draft, workspace = self._draft, self._workspace
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(draft.end_typing)
        draft.changed.connect(self.refresh)
        draft.itemChanged.connect(lambda _role: self.refresh())
        draft.progressed.connect(lambda role: self.data.refresh() if role == "data" else None)
        draft.checked.connect(self._take_check)
        self.pulls.arrived.connect(lambda: self.recipe.advanced.methods.show_pulls(self.pulls))
        draft.previewed.connect(self._take_preview)
        workspace.catalogueChanged.connect(self._take_catalogue)
        workspace.machineChanged.connect(self._take_machine)
        workspace.run.stateChanged.connect(self.refresh)
        workspace.queue.changed.connect(self.refresh)
        self.inputs.arrived.connect(self._take_examples)
        self.inputs.faceArrived.connect(self.recipe.preview.set_face)
        self.data.unlabelledAccepted.connect(self._accept_unlabelled)
        for card in self.cards:
            card.chooseRequested.connect(lambda role=card.role: self.chooseRequested.emit(role))
            card.detailsRequested.connect(lambda role=card.role: self.show_details(role))
            card.repairAsked.connect(lambda problem, role=card.role: self._repair(role, problem))
        self.teacher.anotherRequested.connect(lambda: self.chooseRequested.emit("committee"))
        self.swap.clicked.connect(draft.swap)
        self.load.clicked.connect(self.loadRecipeRequested)
        self.recipe.preview.anotherRequested.connect(self._ask_another)
        self.recipe.advanced.methods.helpRequested.connect(self.drawer.open_help)
        self.footer.trainRequested.connect(self.train)
        self.footer.checkRequested.connect(self._check)
        self.naming = Naming(workspace, self.teacher.ways_out, self.fileRequested.emit, self)
        self.footer.repairAsked.connect(lambda problem: self._repair("", problem))

    def show_details(self, role: str) -> None:
        """Open the drawer that says everything about teacher, student or data."""
        item = self.student.item() if role == "student" else self._draft.item(role)
        if item is not None:
            is_model = role != "data" and item.parameters is not None
            self.drawer.open_for(role, item, self._draft, WAITING if is_model else "")
            if is_model:
                self._latencies.ask(role)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes the drawer."""
        if event.key() == Qt.Key.Key_Escape and self.drawer.isVisible():
            self.drawer.close_drawer()
        else:
            super().keyPressEvent(event)

    def _repair(self, role: str, problem: Problem) -> None:
        if problem.action == "trust":
            file = problem.where if Path(problem.where).is_file() else self._draft.path(role)
            self.trustRequested.emit(Path(file).name, row(problem).words, str(problem.value))
        elif problem.action == "class_map":
            self._draft.change("teachers[0].class_map", json.loads(str(problem.value)), "Use class map")
        elif problem.action == "adamw":
            own = self._draft.value.get("optimizer", {})
            chosen = {**own, "name": "adamw", "learning_rate": float(problem.value or 0)}
            self._draft.replace({**self._draft.value, "optimizer": chosen}, "Use AdamW")

    def _check(self) -> None:
        self.settle()
        self._draft.check_now()

    def _lay_out(self) -> None:
        px = theme().px
        self._caption = Label("Choose who teaches, who learns, and from what.", "body", "2")
        titles = QVBoxLayout()
        titles.setSpacing(0)
        titles.addWidget(Heading("Setup", 1))
        titles.addWidget(self._caption)
        head = QHBoxLayout()
        head.setSpacing(px(8))
        head.addLayout(titles, 1)
        head.addWidget(self.swap, 0, Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(self.load, 0, Qt.AlignmentFlag.AlignVCenter)
        cards = QHBoxLayout()
        cards.setSpacing(px(12))
        for card in self.cards:
            cards.addWidget(card, 1)
        self._column = QVBoxLayout(self)
        self._column.setSpacing(px(12))
        self._column.addLayout(head)
        self._column.addLayout(cards)
        self._column.addWidget(self.recipe, 1)


def _memory_total() -> int:
    import psutil

    return int(psutil.virtual_memory().total)
