"""One method of a recipe: what it is, its weight and its knobs, and its place among the others."""

import html
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from kdstudio.recipe.choices import MethodChoice
from kdstudio.recipe.problems import Entry
from kdstudio.ui.draft import Draft
from kdstudio.ui.panels.methods.knob_editors import TextKnob
from kdstudio.ui.panels.methods.knob_form import KnobForm
from kdstudio.ui.panels.methods.method_help import formula
from kdstudio.ui.panels.methods.method_needs import known_layers, unmet_by_files
from kdstudio.ui.panels.methods.papers import authors, link
from kdstudio.ui.panels.methods.pull_line import PullLine
from kdstudio.ui.panels.methods.reorder import Grip
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.buttons import IconButton
from kdstudio.ui.widgets.cards import Glyph
from kdstudio.ui.widgets.labels import Heading, Label, Paragraph

_WEIGHT = MethodChoice.model_json_schema()["properties"]["weight"]


class MethodRow(QFrame):
    """Follows one method of the draft, `methods[at]`. An unknown one, whose plug-in is gone, has only its weight."""

    moveRequested = Signal(int)  # −1 up, +1 down
    removeRequested = Signal()
    helpRequested = Signal()
    pressed = Signal()

    def __init__(self, draft: Draft, at: int, name: str, entry: Entry | None) -> None:
        super().__init__()
        self.setProperty("kind", "row")
        self.setObjectName(f"method-{at}")
        self._draft, self.at, self.name, self.entry = draft, at, name, entry
        self.title = entry.title if entry is not None else name.replace("_", " ").capitalize()
        self.setAccessibleName(f"Method {at + 1}: {self.title}")
        self.up, self.down = (
            IconButton("chevron-up", f"Move {self.title} up (Alt+Up)", size=24),
            IconButton("chevron-down", f"Move {self.title} down (Alt+Down)", size=24),
        )
        self.grip = Grip(f"Drag to move {self.title}, or press Alt+Up or Alt+Down")
        self.help, self.remove = IconButton("help", "What it does", size=24), IconButton("close", "Remove", size=24)
        self.weight = TextKnob("Weight", _WEIGHT)
        self.weight.setObjectName(f"weight-{at}")
        self.weight.label.hide()
        self.weight.setFixedWidth(theme().px(72))
        self.form = KnobForm(entry.knobs if entry is not None else {})
        self.form.setObjectName(f"form-methods[{at}]")
        self._reason = Label("", "small", "2")
        self.pull = PullLine()
        self._trouble = _beside(Glyph("alert", "warning", 14), self._reason)
        self._lay_out()
        self.weight.valueEdited.connect(lambda value: self._edit("weight", value, typed=True))
        self.form.edited.connect(lambda knob, value: self._edit(knob, value, typed=self.form.is_typed(knob)))
        self.up.clicked.connect(lambda _=False: self.moveRequested.emit(-1))
        self.down.clicked.connect(lambda _=False: self.moveRequested.emit(1))
        self.remove.clicked.connect(lambda _=False: self.removeRequested.emit())
        self.help.clicked.connect(lambda _=False: self.helpRequested.emit())

    def refresh(self) -> None:
        """Show what the draft has."""
        methods = self._draft.value["methods"]
        self.form.set_layers(*known_layers(self._draft))
        self.weight.show_value(methods[self.at].get("weight", 1.0))
        self.form.show_values(methods[self.at])
        self.up.setEnabled(self.at > 0)
        self.down.setEnabled(self.at < len(methods) - 1)
        self.remove.setEnabled(len(methods) > 1)
        self.remove.set_words("Remove" if len(methods) > 1 else "The only method cannot be removed")
        reason = unmet_by_files(self.entry, self._draft) if self.entry is not None else "This method is not known here."
        self._reason.setText(reason)
        self._trouble.setVisible(bool(reason))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Turn to this method."""
        super().mousePressEvent(event)
        self.pressed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Alt with an arrow moves the row, wherever in it the keyboard is."""
        by = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if by is not None and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.grip.setFocus(Qt.FocusReason.OtherFocusReason)
            self.moveRequested.emit(by)
        else:
            super().keyPressEvent(event)

    def settle(self) -> None:
        """Hand on what is being typed."""
        self.weight.settle()
        self.form.settle()

    def faults(self) -> list[str]:
        """Return what is wrong in the fields."""
        fault = self.weight.fault
        own = [f"Weight of {self.title}: {fault[:1].lower()}{fault[1:]}"] if fault else []
        return [*own, *self.form.faults()]

    def _edit(self, name: str, value: Any, *, typed: bool) -> None:
        title = name if name == "weight" else self.form.editors[name].accessibleName().lower()
        self._draft.change(f"methods[{self.at}].{name}", value, f"Change {title}", typed=typed)

    def _lay_out(self) -> None:
        px = theme().px
        column = QVBoxLayout(self)
        column.setContentsMargins(px(8), px(6), px(8), px(10))
        column.setSpacing(px(6))
        head = QHBoxLayout()
        head.setSpacing(px(2))
        head.addWidget(self.grip, 0, Qt.AlignmentFlag.AlignVCenter)
        head.addSpacing(px(2))
        head.addWidget(Heading(self.title, 3), 1)
        head.addWidget(Label("Weight", "smallm", "2", elide=False))
        head.addSpacing(px(6))
        head.addWidget(self.weight)
        head.addSpacing(px(4))
        for button in (self.up, self.down, self.help, self.remove):
            head.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        column.addLayout(head)
        if self.entry is not None:
            column.addWidget(_explained(self.entry))
            if words := formula(self.entry.name):
                line = Label(words, "micro", "3")
                line.setObjectName("formula")
                line.setToolTip(words)
                column.addWidget(line)
        column.addWidget(self._trouble)
        column.addWidget(self.pull)
        if self.form.editors:
            column.addSpacing(px(2))
            column.addWidget(self.form)


def _explained(entry: Entry) -> Paragraph:
    """What a method does, and its paper to open."""
    told, address = Paragraph("", "small"), link(entry.paper)
    told.setTextInteractionFlags(
        Qt.TextInteractionFlag.LinksAccessibleByMouse | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
    )
    told.setOpenExternalLinks(True)
    name = html.escape(authors(entry.paper)).replace(" ", "&nbsp;")
    cited = f' <a href="{html.escape(address)}">{name}</a>' if address else ""
    told.set_html(html.escape(entry.help) + cited, f"{entry.help} {authors(entry.paper)}".strip())
    told.setToolTip(entry.paper)
    return told


def _beside(*widgets: QWidget) -> QWidget:
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(theme().px(8))
    for widget in widgets:
        row.addWidget(widget, int(isinstance(widget, Label)), Qt.AlignmentFlag.AlignVCenter)
    return made
