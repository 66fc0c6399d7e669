"""This computer: what training can use, told by the engine, and how much memory is free right now."""

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.buttons import LinkButton
from kdstudio.ui.widgets.cards import Card, Glyph
from kdstudio.ui.widgets.labels import Label


@dataclass(frozen=True, slots=True)
class Fact:
    """One line: whether it is fine, its name and its value; `hint` says what to do where it is not."""

    name: str
    value: str
    icon: str = "check"
    token: str = "truth"
    hint: str = ""


def facts(machine: dict[str, Any] | None, total: int, free: int, trouble: str = "") -> list[Fact]:
    """Return what to say; `total` (0: not known yet) and `free` memory in bytes, `trouble` where no engine starts."""
    memory = Fact("Memory", f"{total / 1e9:.0f} GB, {free / 1e9:.0f} free")
    if not total:
        memory = Fact("Memory", "looking…", "clock", "text_3")
    if machine is None:
        look = Fact("", trouble or "looking…", *(("alert", "error") if trouble else ("clock", "text_3")))
        named = [Fact(name, look.value, look.icon, look.token) for name in ("Processor", "PyTorch", "Graphics card")]
        return [named[0], memory, *named[1:]]
    graphics = [device for device in machine["devices"] if device["kind"] != "cpu"]
    if graphics:
        first, size = graphics[0], graphics[0].get("memory_bytes")
        card = Fact("Graphics card", str(first["name"]) + (f", {size / 1e9:.0f} GB" if size else ""))
    elif machine.get("advice"):
        card = Fact("Graphics card", "there, but not used", "alert", "warning", str(machine["advice"]))
    else:
        card = Fact("Graphics card", "none, not needed", "info", "text_3")
    threads, version = machine["threads"], str(machine["torch"]).partition("+")[0]
    return [
        Fact("Processor", f"{threads} thread{'s' if threads != 1 else ''}"),
        memory,
        Fact("PyTorch", version.removesuffix(".0")),
        card,
    ]


_IN_LINE = (8, 10, 6, 11)  # the widths that the four facts need, in proportion


class ComputerCard(Card):
    """Four facts in two columns, or in one line where the card is wide and low."""

    checkRequested = Signal()

    def __init__(self) -> None:
        super().__init__("This computer")
        self.setObjectName("computer")
        self.again = LinkButton("Check again")
        self.again.setObjectName("check-computer")
        self.again.clicked.connect(self.checkRequested)
        self.add_action(self.again)
        self._lines = [_Line() for _ in range(4)]
        self._grid = QGridLayout()
        self._grid.setVerticalSpacing(theme().px(8))
        self.add(self._grid)
        self.body.addStretch(1)
        self.set_columns(2)

    def set_columns(self, columns: int) -> None:
        """Lay the facts out in 2 or 4 columns, or in 1."""
        rows = len(self._lines) // columns
        for at, line in enumerate(self._lines):
            self._grid.addWidget(line, at % rows, at // rows)
        self._grid.setHorizontalSpacing(theme().px(32 if columns < 4 else 20))
        for column in range(4):
            self._grid.setColumnStretch(column, 0 if column >= columns else _IN_LINE[column] if columns == 4 else 1)

    def set_facts(self, found: list[Fact]) -> None:
        """Show four facts."""
        for line, fact in zip(self._lines, found, strict=True):
            line.show_fact(fact)


class _Line(QWidget):
    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme().px(8))
        self._glyph = Glyph("clock", "text_3", 14)
        self._name, self._value = Label("", "small", "2"), Label("", "smallm")
        row.addWidget(self._glyph)
        row.addWidget(self._name)
        row.addStretch(1)
        row.addWidget(self._value)

    def show_fact(self, fact: Fact) -> None:
        self._glyph.set_icon(fact.icon, fact.token)
        self._name.setText(fact.name)
        self._value.setText(fact.value)
        self._value.set_tone("error" if fact.token == "error" else "1")
        self.setAccessibleName(f"{fact.name}: {fact.value}")
        self.setAccessibleDescription(fact.hint)
        self.setToolTip(fact.hint)
