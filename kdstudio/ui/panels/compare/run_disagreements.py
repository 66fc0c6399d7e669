"""Inputs on which two models name different classes: both answers in one butterfly, one model at each side."""

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from kdstudio.core.types import Predictions, softened
from kdstudio.ui.inputs import InputSource
from kdstudio.ui.panels.compare.versus import Versus
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.butterfly import Butterfly
from kdstudio.ui.widgets.butterfly_rows import Answers
from kdstudio.ui.widgets.buttons import IconButton
from kdstudio.ui.widgets.input_tile import InputTile
from kdstudio.ui.widgets.labels import Heading, Label, Paragraph
from kdstudio.ui.widgets.painting import count

SIDE = 76
READING = (
    "One input on which the two name different classes, with the first model’s answer at the left and the second’s at "
    "the right; inputs that one of them gets right come first."
)


class RunDisagreements(QFrame):
    """Left and Right walk through the inputs; those that one of the two gets right come first."""

    def __init__(self, inputs: InputSource) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.setAccessibleName("Where they disagree")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._inputs, self._names, self._at = inputs, ("", ""), 0
        self._shown: Versus | None = None
        self._temperature = 1.0
        self.place, self.truth = Label("", "caption", "3"), Paragraph("", "small", "2")
        self.tile, self.butterfly = InputTile(SIDE, "Input"), Butterfly(top=5, legend=False)
        self.back = IconButton("chevron-left", "Previous disagreement", size=24, glyph=14)
        self.on = IconButton("chevron-right", "Next disagreement", size=24, glyph=14)
        self._lay_out()
        self.back.clicked.connect(lambda: self.step(-1))
        self.on.clicked.connect(lambda: self.step(1))
        inputs.opened.connect(self._draw)

    def show_versus(self, shown: Versus | None, names: tuple[str, str], temperature: float) -> None:
        """Show the inputs of two models, the first of them now."""
        self._shown, self._names, self._temperature, self._at = shown, names, temperature, 0
        self._draw()

    def step(self, by: int) -> None:
        """Go to another input; at the ends it stays."""
        if self._shown is not None and len(self._shown.places):
            self._at = min(max(self._at + by, 0), len(self._shown.places) - 1)
            self._draw()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self.step(step)

    def _draw(self) -> None:
        shown = self._shown
        has = shown is not None and bool(len(shown.places)) and shown.first.task != "regression"
        for widget in (self.tile, self.butterfly, self.back, self.on):
            widget.setVisible(has)
        if shown is None or not has:
            self.place.setText("")
            self.truth.set_words("" if shown is None else "They name the same class for every input.")
            return
        position = int(shown.places[self._at])
        row, target = int(shown.first.index[position]), shown.first.truth[position]
        self.place.setText(f"{count(self._at + 1)} of {count(len(shown.places))} inputs")
        self.butterfly.set_sides(self._names, ("student", "baseline" if shown.is_baseline else "student"))
        self.tile.set_face(self._inputs.face(shown.first.split, row), f"Input {row}")
        self.truth.set_words(self._sentence(shown, position))
        two = [softened(np.asarray(one.logits[position]), one.task, self._temperature) for one in shown_two(shown)]
        truth = (int(target),) if target >= 0 and shown.first.task == "classification" else ()
        is_several = shown.first.task == "multi_label"
        self.butterfly.set_answers(Answers(shown.first.class_names, two[0], two[1], None, truth, is_several))

    def _sentence(self, shown: Versus, position: int) -> str:
        if shown.first.task != "classification":
            return f"Input {int(shown.first.index[position])}: they give different labels."
        names, target = shown.first.class_names, int(shown.first.targets[position])
        said = [names[int(one.labels[position])] for one in shown_two(shown)]
        told = f"{self._names[0]} says {said[0]}, {self._names[1]} says {said[1]}."
        if target < 0:
            return told
        right = [at for at, one in enumerate(shown_two(shown)) if int(one.labels[position]) == target]
        return f"{told} It is {names[target]}" + (
            f": {self._names[right[0]]} is right." if right else ": both are wrong."
        )

    def _lay_out(self) -> None:
        px = theme().px
        head, top, column = QHBoxLayout(), QHBoxLayout(), QVBoxLayout(self)
        head.setSpacing(px(4))
        heading = Heading("Where they disagree", 2)
        heading.setToolTip(READING)
        self.setAccessibleDescription(READING)
        head.addWidget(heading, 1)
        for widget in (self.place, self.back, self.on):
            head.addWidget(widget)
        top.setSpacing(px(12))
        top.addWidget(self.tile, 0, Qt.AlignmentFlag.AlignTop)
        top.addWidget(self.truth, 1, Qt.AlignmentFlag.AlignVCenter)
        column.setContentsMargins(*(px(m) for m in (16, 10, 12, 10)))
        column.setSpacing(px(8))
        column.addLayout(head)
        column.addLayout(top)
        column.addWidget(self.butterfly, 1)


def shown_two(shown: Versus) -> tuple[Predictions, Predictions]:
    """Return the answers of both."""
    return shown.first, shown.second
