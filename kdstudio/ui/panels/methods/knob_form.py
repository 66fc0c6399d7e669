"""A form drawn from a JSON schema: one editor for each property, in as many columns as there is room for.

Editors that need a line of their own come last.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from kdstudio.ui.panels.methods.knob_editors import KnobEditor, TextKnob, knob_editor
from kdstudio.ui.panels.methods.pairs_knob import PairsKnob
from kdstudio.ui.theme import theme

COLUMN = 138  # pixels that an editor needs at least

Values = dict[str, list[tuple[Any, str]]]


class KnobForm(QWidget):
    """The knobs of `schema` that `names` lists, or all. `edited` gives a knob's name and its new value."""

    edited = Signal(str, object)

    def __init__(
        self, schema: dict[str, Any], names: Iterable[str] | None = None, values: Values | None = None
    ) -> None:
        super().__init__()
        properties = schema.get("properties", {})
        self.defaults = {name: properties[name].get("default") for name in (properties if names is None else names)}
        self.editors: dict[str, KnobEditor] = {}
        self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme().px(12))
        self._grid.setVerticalSpacing(theme().px(10))
        for name in self.defaults:
            editor = knob_editor(name, properties[name], (values or {}).get(name))
            editor.valueEdited.connect(lambda value, name=name: self.edited.emit(name, value))
            self.editors[name] = editor
        self._arrange(1)

    def show_values(self, values: dict[str, Any]) -> None:
        """Show the draft's values; a knob that it does not name has its default."""
        for name, editor in self.editors.items():
            editor.show_value(values.get(name, self.defaults[name]))

    def set_layers(self, ours: Sequence[str], theirs: Sequence[str]) -> None:
        """Offer these layers of student and teacher where pairs of them are chosen."""
        for editor in self.editors.values():
            if isinstance(editor, PairsKnob):
                editor.set_layers(ours, theirs)

    def is_typed(self, name: str) -> bool:
        """Whether a knob's value is typed, and so arrives in pieces."""
        return isinstance(self.editors[name], TextKnob)

    def settle(self) -> None:
        """Hand on what is being typed."""
        for editor in self.editors.values():
            editor.settle()

    def faults(self) -> list[str]:
        """Return what is wrong in the fields, each with its label."""
        found = ((editor.accessibleName(), editor.fault) for editor in self.editors.values())
        return [f"{label}: {fault[:1].lower()}{fault[1:]}" for label, fault in found if fault]

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Use the room."""
        super().resizeEvent(event)
        gap = self._grid.horizontalSpacing()
        self._arrange(max(1, (event.size().width() + gap) // (theme().px(COLUMN) + gap)))

    def _arrange(self, columns: int) -> None:
        columns = max(1, min(columns, 4))
        if columns == self._columns:
            return
        self._columns = columns
        narrow = [editor for editor in self.editors.values() if not isinstance(editor, PairsKnob)]
        for at, editor in enumerate(narrow):
            self._grid.addWidget(editor, at // columns, at % columns, Qt.AlignmentFlag.AlignTop)
        below = -(-len(narrow) // columns)
        wide = [editor for editor in self.editors.values() if isinstance(editor, PairsKnob)]
        for at, pairs in enumerate(wide):
            self._grid.addWidget(pairs, below + at, 0, 1, columns)
        for column in range(4):
            self._grid.setColumnStretch(column, int(column < columns))
