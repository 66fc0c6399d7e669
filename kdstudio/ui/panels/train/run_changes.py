"""Changing one's mind while a run goes on: learning rate, weights, temperatures; each change marks the curves."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from kdstudio.core.errors import Problem
from kdstudio.core.events import Changed, Event, Noticed
from kdstudio.recipe.stages import STUDENT
from kdstudio.ui.panels.scrolled import scroll_area
from kdstudio.ui.panels.train.dial_field import DialField
from kdstudio.ui.panels.train.run_dials import Dial, changes, dials, present, told, words
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.buttons import Button
from kdstudio.ui.widgets.cards import Card, Divider
from kdstudio.ui.widgets.labels import Label, Paragraph
from kdstudio.ui.widgets.layouts import emptied
from kdstudio.ui.workspace import Workspace

_WHY_NOT = {
    "waiting": "The run has not begun yet.",
    "queued": "The run has not begun yet.",
    "stopping": "The run is being stopped.",
    "stopped": "The run is stopped: resume it to change these.",
    "finished": "The run is over: what its student learned stays.",
    "failed": "The run ended with an error: resume it to change these.",
    "interrupted": "The run was interrupted: resume it to change these.",
}
_HOW = "Student and baseline go on with the new value from their next step. Each change is marked on the curves."


class RunChanges(Card):
    """Shows what holds now. A decision is asked of the engine once, and holds when its event comes back."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(margins=(16, 10, 14, 8))
        self.setObjectName("runChanges")
        self.setAccessibleName("Change while it runs")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._workspace = workspace
        self._asked: dict[str, float] = {}  # values that the engine was asked for and has not told of
        self._drawn: list[Dial] | None = None
        self.fields: dict[str, DialField] = {}
        self.reason, self.undo = Paragraph("", "small"), Button("Undo", "secondary", "reset", size="small")
        self.undo.setObjectName("undoChange")
        self.reason.setObjectName("changesReason")
        self._row = QHBoxLayout()
        self._row.setSpacing(theme().px(18))
        self._lay_out()
        self.undo.clicked.connect(lambda _=False: self._take_back())

    @property
    def why_not(self) -> str:
        """Why nothing can be changed now; "" where it can."""
        if self._workspace.watcher.is_watching:
            return "Another program trains this run, and only it can change these."
        return _WHY_NOT.get(self._workspace.run.state, "")

    def take(self, arrived: list[Event]) -> None:
        """What was asked for holds now, or was refused."""
        for event in arrived:
            if isinstance(event, Changed):
                self._asked.pop(event.key, None)
            elif isinstance(event, Noticed):
                self._asked.pop(event.problem.where, None)

    def forget(self) -> None:
        """Nobody will answer any more: another run is shown, or this one has ended."""
        self._asked.clear()

    def refresh(self) -> None:
        """Show what holds in the stage that the run is in."""
        run, why_not = self._workspace.run, self.why_not
        if run.recipe is None:
            return
        known = dials(run.recipe, run.stage, self._workspace.catalogue)
        if known != self._drawn:
            self._draw(known)
        made = self._made()
        for key, field in self.fields.items():
            waits = "when the run goes on" if run.state == "paused" else "from the next step"
            now = present(field.dial, made)
            field.setEnabled(not why_not)
            if key in self._asked:
                field.show_value(self._asked[key], waits)
            else:
                field.show_value(now, f"was {words(field.dial.start)}" if now != field.dial.start else "")
        self.reason.set_words(why_not or (f"Last change: {told(made[-1], known)}." if made else _HOW))
        self.reason.setToolTip("" if why_not else _HOW)
        self.undo.setVisible(bool(made))
        self.undo.setEnabled(not why_not and not self._asked)

    def _made(self) -> list[Changed]:
        run = self._workspace.run
        return changes(run.history, run.stage.learner if run.stage is not None else STUDENT)

    def _ask(self, key: str, value: float) -> None:
        self._asked[key] = value
        self._workspace.trainer.change(key, value, lambda problems, _details: self._refused(key, problems))
        self.refresh()

    def _refused(self, key: str, problems: list[Problem]) -> None:
        self._asked.pop(key, None)
        for problem in problems:
            self._workspace.notices.tell(problem)
        self.refresh()

    def _take_back(self) -> None:
        """Change the last value back: one more change."""
        made = self._made()
        field = self.fields.get(made[-1].key) if made else None
        if field is not None:
            before = made[-1].old
            self._ask(field.dial.key, field.dial.start if before is None else float(before))

    def _draw(self, known: list[Dial]) -> None:
        emptied(self._row)
        self._drawn, self.fields = known, {dial.key: DialField(dial) for dial in known}
        for at, owner in enumerate(dict.fromkeys(dial.owner for dial in known)):
            if at:
                self._row.addWidget(Divider(vertical=True))
            self._row.addWidget(self._group(owner), sum(dial.owner == owner for dial in known))
        for key, field in self.fields.items():
            field.decided.connect(lambda value, key=key: self._ask(key, value))

    def _group(self, owner: str) -> QWidget:
        """Return the values of one method beside each other, under its name."""
        made, row = QWidget(), QHBoxLayout()
        column = QVBoxLayout(made)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(2))
        column.addWidget(Label(owner or "Optimizer", "caption", "3"))
        row.setSpacing(theme().px(16))
        for field in self.fields.values():
            if field.dial.owner == owner:
                row.addWidget(field)
        column.addLayout(row)
        column.addStretch()
        return made

    def _lay_out(self) -> None:
        px, row, side, inner = theme().px, QHBoxLayout(), QVBoxLayout(), QWidget()
        inner.setObjectName("scrolled")
        inner.setLayout(self._row)
        self._row.setContentsMargins(0, 0, 0, 0)
        area = scroll_area(inner)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFixedHeight(px(82))
        self.reason.setFixedWidth(px(210))
        side.setSpacing(px(6))
        side.addWidget(self.reason)
        side.addWidget(self.undo, 0, Qt.AlignmentFlag.AlignLeft)
        side.addStretch()
        row.setSpacing(px(18))
        row.addWidget(area, 1)
        row.addLayout(side)
        self.add(row)
