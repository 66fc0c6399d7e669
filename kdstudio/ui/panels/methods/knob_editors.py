"""One knob of a form: typed text, a choice, a switch or pairs of layers. All of them speak the same way.

`show_value` follows the draft without a signal, `valueEdited` tells what a person chose, `settle` hands on at once what
is still being typed, and `fault` says what is wrong with what stands there.
"""

import json
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kdstudio.ui.panels.methods import knob_schema
from kdstudio.ui.panels.methods.pairs_knob import PairsKnob
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.fields import Combo, Field
from kdstudio.ui.widgets.labels import Label, Paragraph
from kdstudio.ui.widgets.toggles import CheckBox

TYPING_MS = 600  # after a pause of this length the draft follows what is typed


class TextKnob(Field):
    """A number, several numbers, or a word. What cannot be used stays in the field with a line that says why."""

    valueEdited = Signal(object)

    def __init__(self, label: str, schema: dict[str, Any]) -> None:
        absent = any(form.get("type") == "null" for form in knob_schema.alternatives(schema))
        super().__init__(label, help=schema.get("description", ""), placeholder="all" if absent else "")
        self._schema = schema
        self._value: Any = None
        self._told = Paragraph("", "caption", "error")
        self._told.hide()
        column = self.layout()
        assert column is not None
        column.addWidget(self._told)
        self._timer = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._timer.timeout.connect(self.settle)
        self.edited.connect(self._typed)
        self.settled.connect(lambda _text: self.settle())
        self.editor.installEventFilter(self)

    @property
    def fault(self) -> str:
        """What is wrong with the text, or nothing."""
        return knob_schema.problem(self._parsed(), self._schema)

    def set_problem(self, words: str) -> None:
        """Say what is wrong in as many lines as it takes: knobs are narrow."""
        super().set_problem(words)
        self.problem.hide()
        self._told.set_words(words)
        self._told.setVisible(bool(words))

    def show_value(self, value: Any) -> None:
        """Show the draft's value; text that is being typed is only replaced by another value."""
        if value == self._value and self._timer.isActive():
            return
        self._timer.stop()
        self._value = value
        if self._parsed() != value or not self.editor.hasFocus():
            self.set_value(knob_schema.words(value))
        self.set_problem(knob_schema.problem(value, self._schema))

    def settle(self) -> None:
        """Hand on what was typed."""
        self._timer.stop()
        value = self._parsed()
        self.set_problem(self.fault)
        if value != self._value:
            self._value = value
            self.valueEdited.emit(value)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Settle before a shortcut such as F5 does something with the draft."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            saves = event.key() == Qt.Key.Key_S and event.modifiers() & Qt.KeyboardModifier.ControlModifier
            if saves or Qt.Key.Key_F1 <= event.key() <= Qt.Key.Key_F35:
                self.settle()
        return super().eventFilter(watched, event)

    def _typed(self, _text: str) -> None:
        self._timer.start()
        if not self.fault:
            self.set_problem("")

    def _parsed(self) -> Any:
        return knob_schema.parse_text(self.value(), self._schema)


class ChoiceKnob(Combo):
    """One of a few values; `values` replaces those of the schema where the machine knows better (devices)."""

    valueEdited = Signal(object)

    def __init__(self, label: str, schema: dict[str, Any], values: list[tuple[Any, str]] | None = None) -> None:
        pairs = values or [(value, knob_schema.choice_words(value)) for value in knob_schema.choices(schema)]
        super().__init__(label, [(json.dumps(v), words) for v, words in pairs], help=schema.get("description", ""))
        self.fault = ""
        self.chosen.connect(lambda key: self.valueEdited.emit(json.loads(key)))

    def show_value(self, value: Any) -> None:
        """Show the draft's value; one that is no choice is added, so that it is seen."""
        key = json.dumps(value)
        if self.editor.findData(key) < 0:
            self.editor.addItem(knob_schema.choice_words(value), key)
        self.set_value(key)

    def settle(self) -> None:
        """A choice is never half made."""


class SwitchKnob(QWidget):
    """Yes or no, as high as a field with its label, so that it stands in line with them."""

    valueEdited = Signal(object)

    def __init__(self, label: str, schema: dict[str, Any]) -> None:
        super().__init__()
        self.box = CheckBox(label)
        self.box.setToolTip(schema.get("description", ""))
        self.setAccessibleName(label)
        self.setFocusProxy(self.box)
        self.fault = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(5))
        column.addWidget(Label("", "smallm", "2"))
        self.box.setFixedHeight(theme().px(34))
        column.addWidget(self.box)
        column.addStretch()
        self.box.clicked.connect(lambda checked: self.valueEdited.emit(bool(checked)))

    def show_value(self, value: Any) -> None:
        """Show the draft's value."""
        self.box.setChecked(bool(value))

    def settle(self) -> None:
        """A switch is never half set."""


KnobEditor = TextKnob | ChoiceKnob | SwitchKnob | PairsKnob


def knob_editor(name: str, schema: dict[str, Any], values: list[tuple[Any, str]] | None = None) -> KnobEditor:
    """Return the editor for one property of a JSON schema."""
    label = schema.get("title", name.replace("_", " ").capitalize())
    form = "choice" if values else knob_schema.kind(schema)
    made: KnobEditor
    if form == "choice":
        made = ChoiceKnob(label, schema, values)
    elif form == "switch":
        made = SwitchKnob(label, schema)
    elif form == "pairs":
        made = PairsKnob(label, schema)
    else:
        made = TextKnob(label, schema)
    made.setObjectName(f"knob-{name}")
    return made
