"""What each layer of a run's student can do without: what the run keeps of it, or the engine is asked."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from kdstudio.analysis.sensitivity import Sensitivity, sentence
from kdstudio.core.errors import Problem
from kdstudio.core.events import Event, Progress
from kdstudio.core.layout import RunFolder
from kdstudio.project.sensitivity import read_sensitivity
from kdstudio.ui.charts.panel_menu import PanelMenu
from kdstudio.ui.charts.sensitivity_grid import SensitivityGrid
from kdstudio.ui.panels.scrolled import scrolled
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.buttons import Button
from kdstudio.ui.widgets.cards import Card
from kdstudio.ui.widgets.labels import Label, Paragraph
from kdstudio.ui.widgets.messages import EmptyState
from kdstudio.ui.widgets.painting import count
from kdstudio.ui.widgets.progress import ProgressLine
from kdstudio.ui.widgets.segmented import Segmented
from kdstudio.ui.workspace import Workspace

TITLE = "What each layer can do without"
READING = (
    "A row is a layer, a column the share of it that is taken out, the weakest first; all other layers stay whole "
    "and nothing is trained. The number is what the student then scores on validation inputs; the stronger the colour, "
    "the more of its score is kept. Layers that must lose the same channels, as a shortcut ties them, are one row."
)
_ASK = {
    "channels": "Measure which layers can do without some of their channels, before you prune.",
    "weights": "Measure which layers can do without some of their weights, before you prune.",
}
_MEASURE, _KEY = "Measure the layers", "sensitivity"


class SensitivityCard(Card):
    """Shows the picture for one run and one unit; measuring begins with a button, and can be stopped."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(TITLE, " ", margins=(16, 11, 12, 12))
        self.setObjectName("sensitivity")
        self.set_reading(READING)
        self._workspace = workspace
        self._folder, self._unit = Path(), "channels"
        self._asked = 0  # the number of the open question
        self._found: Sensitivity | None = None
        self.kind = Segmented([("scores", "Score"), ("agreements", "Agreement")], "What is measured")
        self.grid = SensitivityGrid()
        self.grid.setObjectName("sensitivityGrid")
        self.menu = PanelMenu(self.grid, self)
        self.told, self.sentence = Label("", "small", "2"), Paragraph("", "small")
        self.waiting = EmptyState("", icon="columns")
        self.doing, self.line, self.stop = (
            Label("", "small", "2"),
            ProgressLine("Measuring"),
            Button("Stop", "secondary"),
        )
        self.stack = QStackedWidget()
        self._lay_out()
        self.kind.chosen.connect(lambda _: self._draw())
        self.grid.pointed.connect(lambda words: self.told.setText(words or "Point at a cell, or use the arrow keys."))
        self.waiting.acted.connect(self._ask)
        self.stop.clicked.connect(self.give_up)
        workspace.engine.eventsArrived.connect(self._hear)

    def show_run(self, folder: Path, unit: str) -> None:
        """Show what is kept of a run; what was asked before is given up."""
        self._folder, self._unit = folder, unit
        self.give_up()
        self._workspace.analyses.submit(_KEY, lambda: read_sensitivity(RunFolder(folder), unit), self._take)

    def give_up(self) -> None:
        """Nobody waits for what was asked any more."""
        if self._asked:
            self._workspace.engine.cancel(self._asked)
        self._asked, self._found = 0, None
        self._workspace.analyses.drop(_KEY)
        self._say(_ASK[self._unit], _MEASURE)

    def _ask(self) -> None:
        folder, unit = self._folder, self._unit
        self._show_progress(None)
        self._asked = self._workspace.engine.ask(
            "sensitivity",
            lambda answer: self._answered(folder, unit, answer),
            lambda problems, _details: self._refused(problems),
            run=str(folder),
            unit=unit,
        )

    def _answered(self, folder: Path, unit: str, answer: dict[str, Any]) -> None:
        self._asked = 0
        if answer["note"]:
            words = answer["note"]
            self._say(f"{words[0].upper()}{words[1:]}.", "Try again")
            return
        self._workspace.analyses.submit(_KEY, lambda: read_sensitivity(RunFolder(folder), unit), self._take)

    def _refused(self, problems: list[Problem]) -> None:
        self._asked = 0
        message, hint = problems[0].message, problems[0].hint
        self._say(f"{message[:1].upper()}{message[1:].rstrip('.')}. {hint}".strip(), "Try again")

    def _hear(self, ask: int, events: list[Event]) -> None:
        for event in events:
            if self._asked and ask == self._asked and isinstance(event, Progress):
                self._show_progress(event)

    def _show_progress(self, event: Progress | None) -> None:
        self.doing.setText(event.doing if event is not None else "Waiting for the engine")
        self.line.set_share(event.done / event.total if event is not None and event.total else None)
        self.stack.setCurrentWidget(self._work)
        self._show_controls(is_shown=False)

    def _say(self, words: str, action: str = "") -> None:
        self.waiting.set_words(words, action)
        self.stack.setCurrentWidget(self.waiting)
        self.caption.setText(" ")
        self._show_controls(is_shown=False)

    def _take(self, found: Sensitivity | None) -> None:
        if found is None or not found.kinds:
            self._say(_ASK[self._unit] if found is None else "There is nothing to measure by.", _MEASURE)
            return
        self._found = found
        self.kind.set_choices([(kind, found.measure(kind)[0].partition(" ")[0]) for kind in found.kinds])
        some = "" if found.inputs == found.of else f"{count(found.inputs)} of "
        self.caption.setText(f"best student, {some}{count(found.of)} validation inputs")
        self.stack.setCurrentWidget(self._shown)
        self._show_controls(is_shown=True)
        self._draw()

    def _show_controls(self, *, is_shown: bool) -> None:
        self.kind.setVisible(is_shown and self._found is not None and len(self._found.kinds) > 1)
        self.menu.setVisible(is_shown)

    def _draw(self) -> None:
        if self._found is not None:
            kind = self.kind.value()
            self.grid.set_found(self._found, kind)
            self.menu.set_title(self.grid.title())
            self.sentence.set_words(sentence(self._found, kind))
            self.grid.pointed.emit("")

    def _lay_out(self) -> None:
        px = theme().px
        for control in (self.kind, self.menu):
            self.add_action(control)
        self._work, self._shown = QWidget(), QWidget()
        self._work.setAccessibleName("Measuring")
        self._shown.setAccessibleName("Measured")
        column = QVBoxLayout(self._work)
        column.setContentsMargins(px(40), 0, px(40), 0)
        column.setSpacing(px(10))
        column.addStretch()
        for part in (self.doing, self.line):
            column.addWidget(part)
        column.addWidget(self.stop, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch()
        area = scrolled(self.grid, spacing=0, stretch=False)
        area.setAccessibleName("Layers")
        column = QVBoxLayout(self._shown)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(area, 1)
        column.addWidget(self.told)
        column.addWidget(self.sentence)
        for page in (self.waiting, self._work, self._shown):
            self.stack.addWidget(page)
        self.add(self.stack, 1)
