"""Which layer of the student is compared with which layer of the teacher: automatic, or pair by pair."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kdstudio.ui.panels.methods import knob_schema
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.buttons import IconButton, LinkButton
from kdstudio.ui.widgets.cards import Glyph
from kdstudio.ui.widgets.fields import Combo, ComboBox
from kdstudio.ui.widgets.labels import MarkLabel

AUTO, CHOSEN = "auto", "chosen"
Pair = tuple[str, str]


class PairRow(QWidget):
    """One pair: the student's layer, the teacher's, and a cross."""

    changed = Signal()
    removed = Signal()

    def __init__(self, number: int, ours: Sequence[str], theirs: Sequence[str]) -> None:
        super().__init__()
        self.own, self.other = ComboBox(f"Student layer {number}"), ComboBox(f"Teacher layer {number}")
        self.cross = IconButton("close", f"Remove pair {number}", size=26, glyph=14)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme().px(8))
        for box, layers in ((self.own, ours), (self.other, theirs)):
            for layer in layers:
                box.addItem(short(layer), layer)
            box.activated.connect(lambda _at: self.changed.emit())
        row.addWidget(self.own, 1)
        row.addWidget(Glyph("arrow-right", "text_3", 14, "is compared with"))
        row.addWidget(self.other, 1)
        row.addWidget(self.cross)
        self.cross.clicked.connect(lambda _=False: self.removed.emit())

    def pair(self) -> Pair:
        """The two layers by name."""
        return self.own.currentData(), self.other.currentData()

    def show_pair(self, pair: Sequence[str]) -> None:
        """Show two layers; one that is not known is added, so that it is seen."""
        for box, layer in zip((self.own, self.other), pair, strict=True):
            if box.findData(layer) < 0:
                box.addItem(short(layer), layer)
            box.setCurrentIndex(box.findData(layer))
            box.setToolTip(layer)


class PairsKnob(QWidget):
    """“Automatic”, or a list of pairs once the layers of both models are known. Speaks as the other knobs do."""

    valueEdited = Signal(object)

    def __init__(self, label: str, schema: dict[str, Any]) -> None:
        super().__init__()
        self.setAccessibleName(label)
        self._schema = schema
        self._value: Any = AUTO
        self._layers: tuple[Sequence[str], Sequence[str]] = ((), ())
        self.rows: list[PairRow] = []
        choices = [(AUTO, "Automatic"), (CHOSEN, "Chosen one by one")]
        self.mode = Combo(label, choices, help=schema.get("description", ""))
        self.mode.editor.setMaximumWidth(theme().px(210))
        self.add = LinkButton("Add pair", "plus")
        self.add.setObjectName("add-pair")
        self.setFocusProxy(self.mode)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme().px(6))
        self._column.addWidget(self.mode)
        self._sides = _sides()
        self._column.addWidget(self._sides)
        self._column.addWidget(self.add, 0, Qt.AlignmentFlag.AlignLeft)
        self.add.hide()
        self.mode.chosen.connect(self._choose_mode)
        self.add.clicked.connect(lambda: self._tell([*self._value, self._proposed()]))

    @property
    def fault(self) -> str:
        """What is wrong with the pairs, or nothing."""
        return knob_schema.problem(self._value, self._schema)

    def set_layers(self, ours: Sequence[str], theirs: Sequence[str]) -> None:
        """Offer these layers; empty where they are not known yet."""
        if (list(ours), list(theirs)) == tuple(map(list, self._layers)):
            return
        self._layers = ours, theirs
        reason = "" if ours and theirs else "The layers are known once teacher, student and data have been opened."
        self.mode.grey_out(CHOSEN, reason)
        self._draw()

    def show_value(self, value: Any) -> None:
        """Show the draft's value."""
        if value != self._value or (value != AUTO and not self.rows):
            self._value = value
            self._draw()

    def settle(self) -> None:
        """A choice is never half made."""

    def _draw(self) -> None:
        pairs = [] if self._value == AUTO else list(self._value)
        while len(self.rows) > len(pairs) or (self.rows and self.rows[0].property("layers") != str(self._layers)):
            row = self.rows.pop()
            row.hide()
            row.setParent(None)
            row.deleteLater()
        while len(self.rows) < len(pairs):
            self._add_row()
        for row, pair in zip(self.rows, pairs, strict=True):
            row.show_pair(pair)
            row.cross.setEnabled(len(pairs) > 1)
        self.mode.set_value(AUTO if self._value == AUTO else CHOSEN)
        self._sides.setVisible(bool(pairs))
        self.add.setVisible(bool(pairs) and all(self._layers))

    def _add_row(self) -> None:
        row = PairRow(len(self.rows) + 1, *self._layers)
        row.setProperty("layers", str(self._layers))
        row.changed.connect(lambda: self._tell([row.pair() for row in self.rows]))
        row.removed.connect(lambda: self._tell([other.pair() for other in self.rows if other is not row]))
        self._column.insertWidget(2 + len(self.rows), row)
        self.rows.append(row)

    def _choose_mode(self, mode: str) -> None:
        if mode == AUTO:
            self._tell(AUTO)
        elif self._value == AUTO:
            self._tell([self._proposed()])

    def _proposed(self) -> Pair:
        """Return the layers half way through both networks."""
        ours, theirs = self._layers
        return ours[(len(ours) - 1) // 2], theirs[(len(theirs) - 1) // 2]

    def _tell(self, value: Any) -> None:
        self.valueEdited.emit(value if value == AUTO else [list(pair) for pair in value])


def _sides() -> QWidget:
    """Whose layers are at the left, and whose at the right."""
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 0, theme().px(26), 0)
    row.setSpacing(theme().px(30))
    row.addWidget(MarkLabel("student", "Student", "smallm"), 1)
    row.addWidget(MarkLabel("teacher", "Teacher", "smallm"), 1)
    made.hide()
    return made


def short(layer: str) -> str:
    """Return a layer's name without what all have in common."""
    return layer.removeprefix("net.").removeprefix("network.")
