"""The Layers tab: did the student become like its teacher inside, more than a student without one?"""

from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QStackedWidget, QWidget

from kdstudio.core.errors import Problem
from kdstudio.core.events import Event, Progress
from kdstudio.ui.charts.grids import Grids
from kdstudio.ui.charts.panel_menu import PanelMenu
from kdstudio.ui.panels.understand.inside import (
    Inside,
    asked_words,
    class_grids,
    class_words,
    inside,
    layer_grids,
    layer_words,
)
from kdstudio.ui.panels.understand.seen import Seen
from kdstudio.ui.tabs.tab import Tab
from kdstudio.ui.widgets.cards import Card
from kdstudio.ui.widgets.labels import Label, Paragraph
from kdstudio.ui.widgets.messages import EmptyState
from kdstudio.ui.widgets.segmented import Segmented

MODES = [("layers", "Layers"), ("classes", "Classes")]
TITLES = {"layers": "How alike the layers are", "classes": "Which classes features hold alike"}
READING = {
    "layers": "A cell says how alike a layer of the teacher and one of the other model are: whether they find the same "
    "inputs alike (linear CKA, unbiased: 1 the same but for rotation and size, 0 nothing in common). Front layers are "
    "at the top and at the left. Maps are averaged over their places, tokens over the text. What the student has more "
    "than the one without teacher came from the teacher.",
    "classes": "A cell is the cosine between the mean features of two classes, right before the answer, less the mean "
    "over all classes: 1 the same direction, −1 opposite ones.",
}
_LIVE = "The layers are compared when the run has ended: until then they change, and the run needs this computer."
_ASKING = "Asking the models about the test inputs…"
_AGAIN = "Try again"


class LayersTab(Tab):
    """Shows what the run's folder keeps; asks the engine where there is nothing yet, and says why where that fails."""

    key, title, tile = "layers", "Layers", "structure"

    def make(self) -> QWidget:
        """Return the card with the grids, and the words that stand there until they are known."""
        self._shown: Inside | None = None
        self._asked: tuple[Path, int] | None = None  # the run that is being asked about, and the ask's number
        self.mode = Segmented(MODES, "What is compared")
        self.grids = Grids(TITLES["layers"])
        self.grids.setObjectName("layerGrids")
        self.menu = PanelMenu(self.grids, self)
        self.card = Card(TITLES["layers"], " ", margins=(16, 11, 12, 12))
        for control in (self.mode, self.menu):
            self.card.add_action(control)
        self.sentence = Paragraph("", "small")
        self.told = Label("", "small", "2")
        self.card.add(self.grids, 1)
        self.card.add(self.told)
        self.card.add(self.sentence)
        self.waiting = EmptyState(_ASKING, icon="columns")
        self.waiting.setObjectName("waiting")
        self.waiting.acted.connect(self._ask_again)
        self.mode.chosen.connect(lambda _: self._draw())
        self.grids.pointed.connect(self._point)
        self.workspace.engine.eventsArrived.connect(self._hear)
        self.workspace.run.changed.connect(self._forget)
        self.workspace.run.stateChanged.connect(self._state_changed)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.waiting)
        self.stack.addWidget(self.card)
        return self.stack

    def against(self, seen: Seen) -> str:
        """Without a teacher there is nothing to compare."""
        return "There is no teacher whose layers could be compared." if seen.teacher is None else ""

    def refresh(self) -> None:
        """Read what is kept; ask where there is nothing."""
        seen, run = self.exploration.seen, self.workspace.run
        folder = run.folder
        if seen is None or folder is None or self.against(seen):
            return
        if run.is_live:
            self._say(_LIVE)
        elif self._shown is None and self._asked is None:
            self.workspace.analyses.submit("layers", lambda: inside(folder), lambda found: self._read(folder, found))

    def _read(self, folder: Path, found: Inside | None) -> None:
        if found is not None:
            self._take(found)
        elif self._asked is None and folder == self.workspace.run.folder:
            self._ask(folder)

    def _ask(self, folder: Path) -> None:
        self._say(_ASKING)
        number = self.workspace.engine.ask(
            "layers",
            lambda answer: self._answered(folder, answer),
            lambda problems, _details: self._refused(folder, problems),
            run=str(folder),
        )
        self._asked = (folder, number)

    def _ask_again(self) -> None:
        folder = self.workspace.run.folder
        if folder is not None and self._asked is None:
            self._ask(folder)

    def _answered(self, folder: Path, answer: dict[str, Any]) -> None:
        self._asked = None
        if answer["note"]:
            self._say(f"The layers cannot be seen: {answer['note']}.", _AGAIN if answer["again"] else "")
            return
        self.workspace.analyses.submit("layers", lambda: inside(folder), self._written)

    def _written(self, found: Inside | None) -> None:
        if found is None:
            self._say("What was found cannot be read back from the run’s folder.", _AGAIN)
        else:
            self._take(found)

    def _refused(self, folder: Path, problems: list[Problem]) -> None:
        self._asked = None
        if folder == self.workspace.run.folder:
            self._say(" ".join(filter(None, (problems[0].message, problems[0].hint))), _AGAIN)

    def _hear(self, ask: int, events: list[Event]) -> None:
        for event in events:
            if self._asked is not None and ask == self._asked[1] and isinstance(event, Progress):
                share = f", {event.done / event.total:.0%}" if event.total else ""
                self._say(f"{event.doing}{share}…")

    def _forget(self) -> None:
        if self._asked is not None:
            self.workspace.engine.cancel(self._asked[1])
        self._shown = self._asked = None
        self.workspace.analyses.drop("layers")
        self._say(_ASKING)

    def _state_changed(self) -> None:
        """A run that goes on makes another best student."""
        if self.workspace.run.is_live and self._shown is not None:
            self._forget()

    def _say(self, words: str, action: str = "") -> None:
        self.waiting.set_words(words, action)
        self.stack.setCurrentWidget(self.waiting)

    def _take(self, found: Inside) -> None:
        if found.folder != self.workspace.run.folder:
            return
        self._shown = found
        self.mode.set_choices(MODES if found.found.classes else MODES[:1])
        self.mode.setVisible(bool(found.found.classes))
        self.stack.setCurrentWidget(self.card)
        self._draw()

    def _draw(self) -> None:
        shown, mode = self._shown, self.mode.value()
        if shown is None:
            return
        is_layers = mode == "layers"
        rows, grids = layer_grids(shown) if is_layers else class_grids(shown)
        self.grids.set_grids(rows, grids, TITLES[mode], is_signed=not is_layers)
        self.card.title.setText(TITLES[mode])
        self.card.title.setToolTip(READING[mode])
        self.card.setAccessibleName(TITLES[mode])
        self.card.setAccessibleDescription(READING[mode])
        self.card.caption.setText(asked_words(shown, mode))
        self.menu.set_title(TITLES[mode])
        self.sentence.set_words(layer_words(shown) if is_layers else class_words(shown))
        self._point("")

    def _point(self, words: str) -> None:
        self.told.setText(words or "Point at a cell, or use the arrow keys, to read it.")
