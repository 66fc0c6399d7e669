"""What the recipe's temperature does to this teacher: its real answer to a real input, and what that means."""

from dataclasses import replace
from typing import Any

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kdstudio.core.types import sigmoid
from kdstudio.data.face import Face
from kdstudio.ui.widgets.messages import EmptyState
from kdstudio.ui.widgets.split_preview import SplitPreview, Weights
from kdstudio.ui.widgets.temperature_preview import TemperaturePreview

UNASKED = "Choose a teacher and data. This shows what temperature does to the teacher’s answers."
ASKED = "The teacher is asked as soon as it and the data can be opened."
BORN = "This teacher comes into being in the run: it has no answers yet that temperature could soften."
NO_TEMPERATURE = "This method has no temperature: it does not soften the teacher’s answers."


class RecipePreview(QWidget):
    """A sentence until the teacher has answered, then three temperatures side by side."""

    anotherRequested = Signal()
    sentenceChanged = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("preview")
        self.setAccessibleName("Temperature preview")
        self.shown, self.empty = TemperaturePreview(), EmptyState(UNASKED, icon="bulb")
        self.split = SplitPreview()
        self.shown.another.setObjectName("another-image")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.empty)
        column.addWidget(self.shown)
        column.addWidget(self.split)
        self.shown.hide()
        self.split.hide()
        self._weights: Weights | None = None
        self._waiting = UNASKED
        self._answer: dict[str, Any] | None = None
        self._temperature: float | None = 4.0
        self.shown.anotherRequested.connect(self.anotherRequested)
        self.split.anotherRequested.connect(self.anotherRequested)

    @property
    def row(self) -> int:
        """The validation input that is shown, −1 without one."""
        return int(self._answer["row"]) if self._answer is not None else -1

    def set_answer(self, answer: dict[str, Any] | None) -> None:
        """Show the engine's answer to `preview`, or that there is none."""
        self._answer = answer
        if answer is not None:
            logits, names = np.array(answer["logits"]), tuple(answer["class_names"])
            self.shown.set_answer(logits, names, None, answer.get("task", "classification"), answer.get("truth", ""))
        self._tell()

    def set_waiting(self, words: str) -> None:
        """Say what the teacher's answer waits for."""
        self._waiting = words
        self._tell()

    def set_face(self, row: int, face: Face | None) -> None:
        """Show the input beside the answer, if it is still the one that is shown."""
        if self._answer is not None and row == self.row:
            self.shown.set_face(face)
            self.split.set_face(face)
            self._tell()

    def set_temperature(self, temperature: float | None) -> None:
        """Follow the slider; None for a method without a temperature."""
        self._temperature = temperature
        if temperature is not None and temperature > 0:
            self.shown.set_temperature(temperature)
        self._tell()

    def set_weights(self, alpha: float, beta: float) -> None:
        """Show the answer as decoupled distillation takes it apart, at the temperature that is set."""
        self._weights = Weights(alpha, beta, 1.0)
        self._tell()

    def set_whole(self) -> None:
        """Show the answer as it is."""
        self._weights = None
        self._tell()

    @property
    def is_split(self) -> bool:
        """Whether the answer is shown in its two parts: there are others, and the true class is known."""
        answer = self._answer
        is_known = answer is not None and answer["target"] >= 0 and len(answer["class_names"]) > 2
        return is_known and self._weights is not None and self._temperature is not None

    def sentence(self) -> str:
        """Return what the numbers mean, or nothing without numbers."""
        if self.is_split:
            return self.split.sentence()
        off = self.shown.off_the_top()
        if self._answer is not None and self._answer.get("task") == "multi_label" and self._temperature is not None:
            return labels_sentence(self._temperature, np.array(self._answer["logits"]), self.shown.noun)
        if self._answer is None or self._temperature is None or off is None:
            return ""
        return sentence(self._temperature, off, len(self._answer["class_names"]), self.shown.noun)

    def _tell(self) -> None:
        is_numbers = self._answer is not None and self._answer.get("task") == "regression"
        is_shown = self._answer is not None and (self._temperature is not None or is_numbers)
        if self.is_split and self._answer and self._weights and self._temperature:
            weights = replace(self._weights, temperature=self._temperature)
            names = tuple(self._answer["class_names"])
            self.split.set_answer(np.array(self._answer["logits"]), self._answer["target"], names, weights)
        self.shown.setVisible(is_shown and not self.is_split)
        self.split.setVisible(self.is_split)
        self.empty.setVisible(not is_shown)
        self.empty.set_words(NO_TEMPERATURE if self._temperature is None else self._waiting)
        self.sentenceChanged.emit(self.sentence())


def sentence(temperature: float, off: float, classes: int, noun: str = "image") -> str:
    """Return what it means that `off` of an answer is not on its top class; 1 − 1/C is all that can be moved."""
    start = f"At T {temperature:.3g} this teacher moves {off:.0%} of its answer to this {noun} off the top class: "
    share = off / (1 - 1 / classes) if classes > 1 else 0.0
    if share < 0.1:
        return start + "hardly more than a label tells. A higher temperature shows which classes look alike."
    if share > 0.8:
        return start + "the right one nearly drowns among the others. A lower temperature keeps it clear."
    return start + "enough to show which classes look alike, without drowning the right one."


def labels_sentence(temperature: float, logits: np.ndarray, noun: str) -> str:
    """Return what a temperature makes of a teacher's yes or no for each label, which sum to nothing."""
    said = int((logits > 0).sum())
    count = f"{said} label{'s' * (said != 1)}" if said else "no label"
    sure = [float(np.maximum(p, 1 - p).mean()) for p in (sigmoid(logits), sigmoid(logits, temperature))]
    start = (
        f"This teacher gives {count} to this {noun}. At T {temperature:.3g} it is {sure[1]:.0%} sure of each on average"
    )
    return f"{start}, at T 1 {sure[0]:.0%}: what it leaves open tells the student which labels nearly apply."
