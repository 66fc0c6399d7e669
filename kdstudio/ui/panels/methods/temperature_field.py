"""The training temperature: a log-spaced track with a typed value above it."""

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from kdstudio.ui.panels.methods import knob_schema
from kdstudio.ui.panels.methods.track import lay_out_track
from kdstudio.ui.theme import apply_role, theme
from kdstudio.ui.widgets.labels import Label
from kdstudio.ui.widgets.sliders import HIGHEST, LOWEST, LogSlider


class TemperatureField(QWidget):
    """`moved` follows the drag, for previews; `settled` comes once, for the draft.

    A temperature outside the track can be typed, or come from a recipe: the track then grows to reach it.
    """

    moved = Signal(float)
    settled = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("temperature")
        self.setAccessibleName("Training temperature")
        self.label, self.problem = Label("Training temperature", "smallm", "2"), Label("", "caption", "error")
        self.editor, self.track = QLineEdit(), LogSlider(LOWEST, HIGHEST, 4.0, "Training temperature", step=0.1)
        self.editor.setProperty("role", "h3")
        self.editor.setProperty("kind", "plain")
        apply_role(self.editor)
        self.editor.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.editor.setFixedSize(theme().px(64), theme().px(20))
        self.editor.setAccessibleName("Training temperature, typed")
        self._schema: dict[str, Any] = {"type": "number", "exclusiveMinimum": 0}
        self._value = 4.0
        lay_out_track(self, (self.label, self.editor), self.track, ("sharp", "soft")).addWidget(self.problem)
        self.problem.hide()
        self.track.moved.connect(self._follow)
        self.track.settled.connect(self._settle)
        self.editor.editingFinished.connect(self.settle)

    def set_schema(self, schema: dict[str, Any]) -> None:
        """Take bounds and help from the method's schema."""
        self._schema = schema
        for widget in (self.label, self.track, self.editor):
            widget.setToolTip(schema.get("description", ""))

    @property
    def fault(self) -> str:
        """What is wrong with the typed value, or nothing."""
        return knob_schema.problem(knob_schema.parse_text(self.editor.text(), self._schema), self._schema)

    def show_value(self, value: float) -> None:
        """Show the draft's temperature."""
        self._value = value
        if value > 0:
            self.track.set_range(min(LOWEST, value), max(HIGHEST, value))
            self.track.set_value(value)
        if knob_schema.parse_text(self.editor.text(), self._schema) != value or not self.editor.hasFocus():
            self.editor.setText(_typed(value))
        self._tell()

    def settle(self) -> None:
        """Hand on what was typed; words stay in the field with a line that says what to use."""
        value = knob_schema.parse_text(self.editor.text(), self._schema)
        self._tell()
        if isinstance(value, int | float) and value != self._value:
            self._settle(float(value))

    def _follow(self, value: float) -> None:
        self.editor.setText(_typed(value))
        self._tell()
        self.moved.emit(value)

    def _settle(self, value: float) -> None:
        if value != self._value:
            self._value = value
            self.settled.emit(value)

    def _tell(self) -> None:
        self.problem.setText(self.fault)
        self.problem.setVisible(bool(self.fault))


def _typed(value: float) -> str:
    return f"{value:.1f}" if abs(value * 10 - round(value * 10)) < 1e-9 else knob_schema.words(value)
