"""One value that is changed while a run goes on: a track, and the number above it to be typed."""

import math
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from kdstudio.ui.panels.methods import knob_schema
from kdstudio.ui.panels.train.run_dials import LEARNING_RATE, Dial
from kdstudio.ui.theme import apply_role, theme
from kdstudio.ui.widgets.labels import Label
from kdstudio.ui.widgets.sliders import HIGHEST, LOWEST, LogSlider, Slider

SETTLE_MS = 400  # after the last key on the track: a row of keys is one decision


class _Weight(Slider):
    """A linear track in steps of two figures."""

    def rounded(self, value: float) -> float:
        """Return the nearest number of two figures, within the ends."""
        return min(max(two_figures(value), self._lowest), self._highest)

    def set_value(self, value: float) -> None:
        """Move the knob; a key moves it by one in the second figure."""
        super().set_value(value)
        self._step = step_at(self._value, self._highest)


class _Ratio(LogSlider, _Weight):
    """A logarithmic track in steps of two figures."""


class DialField(QWidget):
    """`decided` comes once for each decision: when the knob is let go, after the last key, or on Enter."""

    decided = Signal(float)

    def __init__(self, dial: Dial) -> None:
        super().__init__()
        self.dial, self._value = dial, dial.start
        self.setObjectName(f"dial-{dial.key}")
        self.setAccessibleName(dial.words)
        name = f"{dial.words}, now"
        low, high, kind = _ends(dial)
        self.track = kind(low, high, dial.start, name)
        self.label, self.editor, self.note = Label(dial.name, "smallm", "2"), QLineEdit(), Label("", "micro", "2")
        self._dress()
        self._lay_out()
        self._patience = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._patience.timeout.connect(self._settle)
        self.track.moved.connect(self._follow)
        self.track.settled.connect(lambda _value: self._patience.start())
        self.editor.editingFinished.connect(self._take_typed)
        self.show_value(dial.start)

    @property
    def value(self) -> float:
        """What holds, or was asked for."""
        return self._value

    def show_value(self, value: float, note: str = "") -> None:
        """Show what holds, with a word about it; what is being chosen stays as it is."""
        self.note.setText(note)
        if self._patience.isActive() or self.track.is_held or (self.editor.hasFocus() and self.editor.isModified()):
            return
        self._value = value
        low, high, _ = _ends(self.dial)
        self.track.set_range(min(low, value) if value > 0 else low, max(high, value))
        self.track.set_value(value)
        self.editor.setText(knob_schema.words(value))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape takes back what was typed."""
        if event.key() == Qt.Key.Key_Escape and self.editor.isModified():
            self.editor.setText(knob_schema.words(self._value))
        else:
            super().keyPressEvent(event)

    def _follow(self, value: float) -> None:
        self._patience.stop()
        self.editor.setText(knob_schema.words(value))
        self.note.setText("")

    def _settle(self) -> None:
        self._decide(self.track.value())

    def _take_typed(self) -> None:
        if not self.editor.isModified():
            return
        self.editor.setModified(False)
        value = knob_schema.parse_text(self.editor.text(), self.dial.schema)
        problem = knob_schema.problem(value, self.dial.schema)
        if problem:
            self.show_value(self._value, problem)
        else:
            self._decide(float(value))

    def _decide(self, value: float) -> None:
        if value == self._value:
            return
        self.show_value(value)
        self.decided.emit(value)

    def _dress(self) -> None:
        editor, px = self.editor, theme().px
        editor.setAcceptDrops(False)  # files are dropped on the window, not into a field
        editor.setProperty("role", "h3")
        editor.setProperty("kind", "plain")
        apply_role(editor)
        editor.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        editor.setFixedSize(px(66), px(20))
        editor.setAccessibleName(f"{self.dial.words}, typed")
        editor.setObjectName(f"typed-{self.dial.key}")
        told = self.dial.schema.get("description", "")
        for widget in (self.label, editor, self.track):
            widget.setToolTip(told)
        self.setFocusProxy(self.track)

    def _lay_out(self) -> None:
        head, column = QHBoxLayout(), QVBoxLayout(self)
        head.setSpacing(theme().px(4))
        head.addWidget(self.label, 1)
        head.addWidget(self.editor)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.track)
        self.note.setFixedHeight(theme().px(16))
        column.addWidget(self.note)
        self.setMinimumWidth(theme().px(136))


def two_figures(value: float) -> float:
    """Return the nearest number of two figures: 0.0472 is 0.047."""
    return float(f"{value:.2g}")


def step_at(value: float, highest: float) -> float:
    """Return one in the second figure of a value, a hundredth of the track's end at 0."""
    return 10.0 ** (math.floor(math.log10(value)) - 1) if value > 0 else two_figures(highest / 100)


def _ends(dial: Dial) -> tuple[float, float, Any]:
    """Return the ends of a value's track, and what kind of track it is."""
    if dial.name == "Weight":
        return 0.0, max(1.0, two_figures(2 * dial.start)), _Weight
    if dial.key == LEARNING_RATE:
        return two_figures(dial.start / 100), min(10.0, two_figures(dial.start * 10)), _Ratio
    return min(LOWEST, dial.start), max(HIGHEST, dial.start), _Ratio
