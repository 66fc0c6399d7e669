"""The runs that wait, one below the other: which is next, moved up and down, taken out."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kdstudio.project import facts
from kdstudio.project.facts import Facts
from kdstudio.recipe.change import differences
from kdstudio.recipe.recipe import Recipe
from kdstudio.ui.panels.popover import Popover
from kdstudio.ui.panels.scrolled import scrolled
from kdstudio.ui.run_queue import RunQueue, ordinal
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.buttons import Button, IconButton
from kdstudio.ui.widgets.labels import Heading, Label, Paragraph

WIDTH, MOST = 560, 6  # pixels, and rows that are seen at once
_MEANING = (
    "Each begins when the one before has finished, was stopped or failed. They lie in the project’s folder: after a "
    "restart they still wait, until you start the queue."
)


class QueueRow(QWidget):
    """One run that waits."""

    moveAsked = Signal(int)  # to which place, counted from 0
    removeAsked = Signal()

    def __init__(self, queue: RunQueue, run: Path, shown: Recipe | None) -> None:
        """`shown` is the recipe that its own is compared with."""
        super().__init__()
        at, count, told = queue.waiting.index(run), len(queue.waiting), facts.read(run)
        recipe, title = queue.recipe(run), queue.title(run)
        self.run = run
        self.setAccessibleName(f"{title}, {ordinal(at + 1)} in the queue")
        self.first = Button("Next", "secondary", size="small")
        self.first.setToolTip("Let this run begin before the others that wait.")
        self.up, self.down = IconButton("chevron-up", "Move up"), IconButton("chevron-down", "Move down")
        self.remove = IconButton("close", "Take out of the queue")
        for button, to in ((self.first, 0), (self.up, at - 1), (self.down, at + 1)):
            button.setEnabled(0 <= to < count and to != at)
            button.clicked.connect(lambda _=False, to=to: self.moveAsked.emit(to))
        self.remove.clicked.connect(self.removeAsked)
        for button in (self.first, self.up, self.down, self.remove):
            button.setAccessibleDescription(title)
        self._lay_out(ordinal(at + 1), title, made_of(told, recipe), unlike(recipe, shown))

    def _lay_out(self, place: str, title: str, made_of: str, unlike: str) -> None:
        row, words, px = QHBoxLayout(self), QVBoxLayout(), theme().px
        row.setContentsMargins(0, px(4), 0, px(4))
        row.setSpacing(px(4))
        number = Label(place, "smallm", "3")
        number.setFixedWidth(px(32))
        words.setSpacing(0)
        words.addWidget(Label(title, "bodym", "1"))
        told = Label(made_of, "small", "2")
        self.setToolTip(unlike)
        words.addWidget(told)
        row.addWidget(number, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addLayout(words, 1)
        row.addSpacing(px(6))
        for button in (self.first, self.up, self.down, self.remove):
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)


def made_of(told: Facts, recipe: Recipe | None) -> str:
    """Return `lenet-8-16 · soft targets + 1 · T 4 · 30 epochs`."""
    names = [name.replace("_", " ") for name, _ in sorted(told.methods, key=lambda one: -one[1])]
    methods = names[0] + (f" + {len(names) - 1}" if len(names) > 1 else "") if names else ""
    temperature = f"T {told.temperature:g}" if told.temperature is not None and told.has_teacher else ""
    epochs = f"{recipe.epochs} epoch{'s' if recipe.epochs != 1 else ''}" if recipe is not None else ""
    return " · ".join(filter(None, (told.student, methods, temperature, epochs)))


def unlike(recipe: Recipe | None, shown: Recipe | None) -> str:
    """Return in what a recipe is unlike the one that is shown, a line for each value; nothing where nothing is."""
    if recipe is None or shown is None:
        return ""
    found = differences(shown.to_value(), recipe.to_value())
    rows = [f"{path}: {old} → {new}" for path, old, new in found if new != "auto"]  # which the shown one has resolved
    return "\n".join(["Unlike the run that is shown:", *rows]) if rows else ""


class QueueList(Popover):
    """Opens above a button, and follows the queue while it is open."""

    def __init__(self, parent: QWidget, queue: RunQueue, shown: Recipe | None) -> None:
        """`shown` is the recipe of the run that is shown."""
        super().__init__(parent, "Queue", WIDTH)
        self.setObjectName("queue-list")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._queue, self._shown = queue, shown
        self.rows: list[QueueRow] = []
        self._body: QWidget | None = None
        meaning = Paragraph(_MEANING, "small", "2")
        meaning.setFixedSize(self.inner_width, meaning.heightForWidth(self.inner_width))
        self.column.addWidget(Heading("Queue", 3))
        self.column.addWidget(meaning)
        queue.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the queue as it is now; an empty one closes."""
        if not self._queue.waiting:
            self.close()
            return
        if self._body is not None:
            self._body.hide()
            self._body.setParent(None)
            self._body.deleteLater()
        self.rows = [QueueRow(self._queue, run, self._shown) for run in self._queue.waiting]
        for row in self.rows:
            row.moveAsked.connect(lambda to, run=row.run: self._move(run, to))
            row.removeAsked.connect(lambda run=row.run: self._queue.remove(run))
        self._body = scrolled(*self.rows, spacing=0)
        self._body.setFixedHeight(min(MOST, len(self.rows)) * self.rows[0].sizeHint().height())
        self.column.addWidget(self._body)
        self.adjustSize()

    def open_at(self, widget: QWidget) -> None:
        """Show it above `widget`, the keyboard on the first run."""
        super().open_at(widget)
        self.rows[0].remove.setFocus(Qt.FocusReason.PopupFocusReason)

    def _move(self, run: Path, to: int) -> None:
        self._queue.move(run, to)
        row = next((row for row in self.rows if row.run == run), None)
        if row is not None:  # the keyboard goes with it
            (row.up if row.up.isEnabled() else row.down).setFocus(Qt.FocusReason.OtherFocusReason)
