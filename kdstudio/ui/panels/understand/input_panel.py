"""The Input tab: one input in large with every class of its answers, and all inputs to walk through."""

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from kdstudio.core.measures import figures
from kdstudio.data.face import Face
from kdstudio.ui.panels.scrolled import scrolled
from kdstudio.ui.panels.understand.input_list import InputList
from kdstudio.ui.panels.understand.inspector_facts import AnswerRow, show_answer
from kdstudio.ui.panels.understand.numbers_view import NumbersView
from kdstudio.ui.panels.understand.one_input import OneInput
from kdstudio.ui.panels.understand.sample_pictures import SamplePictures
from kdstudio.ui.panels.understand.seen import OUTCOMES, Seen
from kdstudio.ui.panels.understand.transfer_numbers import fraction
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.butterfly import Butterfly
from kdstudio.ui.widgets.butterfly_rows import Answers, Order
from kdstudio.ui.widgets.cards import Card, Divider
from kdstudio.ui.widgets.input_tile import InputTile
from kdstudio.ui.widgets.labels import Heading, Label, MarkLabel, ValueRow
from kdstudio.ui.widgets.segmented import Segmented

LARGE, SMALL = 208, 136  # the picture, and where a low page has the facts below it
_SURENESS = "The student’s, at temperature 1; and for how many inputs it is smaller."
_ERROR = "How far the student is from the truth, and for how many inputs it is closer."
ORDERS = [("teacher", "Teacher"), ("student", "Student"), ("difference", "Difference"), ("class", "Class")]


class InputPanel(QWidget):
    """A list at the left, the current input at the right; `inputChosen` gives the row of an input."""

    inputChosen = Signal(int)

    def __init__(self, pictures: SamplePictures) -> None:
        super().__init__()
        self.setObjectName("input")
        self._one: OneInput | None = None
        self._seen: Seen | None = None
        self._lens = 4.0
        self.list = InputList(pictures)
        self.list.setFixedWidth(theme().px(300))
        self.list.inputChosen.connect(self.inputChosen)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme().px(10))
        row.addWidget(self.list)
        row.addWidget(self._large(), 1)

    def set_seen(self, seen: Seen) -> None:
        """Show other answers."""
        self._seen = seen
        is_numbers = seen.task == "regression"
        self.classes.setVisible(not is_numbers)
        self.numbers.setVisible(is_numbers)
        if is_numbers:
            self.numbers.set_seen(seen)
        what = "Difference from teacher" if is_numbers else "KL to teacher"
        self.distance.set_name(what)
        self.sureness.set_name("Error" if is_numbers else "Confidence")
        self.sureness.setToolTip(_ERROR if is_numbers else _SURENESS)
        self.list.set_seen(seen)

    def set_input(self, one: OneInput | None, face: Face | None) -> None:
        """Show an input in large, or nothing."""
        self._one = one
        self.picture.set_face(face, one.words if one is not None else "No input")
        self._arrange()
        self.title.setText(one.words if one is not None else "No input")
        if one is not None and one.row is not None:
            self.list.grid.set_current(one.row)
        self._tell()
        self._soften()
        self._answer()

    def set_lens(self, temperature: float) -> None:
        """Soften the answers at another temperature."""
        self._lens = temperature
        self._soften()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put picture and butterfly side by side where there is no height for one above the other."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """A picture stands beside the facts, words stand above them."""
        right, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        high = self.height() >= theme().px(540)
        self._box.setDirection(down if high else right)
        self.picture.set_side(LARGE if self.height() >= theme().px(480) else SMALL)
        is_read = self.picture.is_read
        self._about.setDirection(right if high and not is_read else down)
        self._facts.setDirection(right if high and is_read else down)
        self._facts.setSpacing(theme().px(36 if high and is_read else 7))
        self._rule.setVisible(not (high and is_read))

    def _large(self) -> Card:
        card = Card(margins=(16, 14, 10, 12))
        card.setAccessibleName("The current input")
        self.title = Heading("No input", 2)
        self.picture = InputTile(LARGE, role="reading", lines=5, rows=7)
        self.outcome = ValueRow("Outcome")
        self.distance, self.sureness = ValueRow("KL to teacher"), ValueRow("Confidence")
        self.distance.setToolTip("At the training temperature, and for how many inputs it is smaller.")
        self.sureness.setToolTip(_SURENESS)
        self.truth = MarkLabel("check", "–", "h2", "truth")
        self.answers = {who: AnswerRow(who) for who in ("teacher", "student", "baseline")}
        self._rule = Divider()
        self._facts = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._facts.addLayout(_column(self.title, self.truth, *self.answers.values()), 1)
        self._facts.addLayout(_column(self._rule, self.outcome, self.distance, self.sureness), 1)
        self._about = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._about.setSpacing(theme().px(18))
        self._about.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignTop)
        self._about.addLayout(self._facts, 1)
        self._box = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._box.setSpacing(theme().px(14))
        self._box.addLayout(self._about)
        self.classes, self.numbers = QWidget(), NumbersView()
        self.classes.setLayout(self._every_class())
        self.numbers.inputChosen.connect(self.inputChosen)
        self.numbers.hide()
        self._box.addWidget(self.classes, 1)
        self._box.addWidget(self.numbers, 1)
        card.add(self._box, 1)
        return card

    def _every_class(self) -> QVBoxLayout:
        self.butterfly = Butterfly()
        self.butterfly.setObjectName("largeButterfly")
        self.butterfly.set_unfolded(True)
        self.order = Segmented(ORDERS, "Order of classes", height=26)
        self.order.chosen.connect(self._sort)
        row = QHBoxLayout()
        row.addWidget(Label("Sorted by", "small", "2"))
        row.addWidget(self.order)
        row.addStretch()
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(6))
        column.addLayout(row)
        column.addWidget(scrolled(self.butterfly, stretch=False), 1)
        return column

    def _sort(self, order: Order) -> None:
        self.butterfly.set_order(order)

    def _answer(self) -> None:
        one = self._one
        for who, row in self.answers.items():
            show_answer(row, one, who)
        self.truth.setVisible(one is not None and bool(one.truth_words))
        self.truth.set_words(one.truth_words if one is not None else "")

    def _soften(self) -> None:
        if self._one is not None and self._one.task == "regression":
            self.numbers.set_input(self._one)
            return
        self.butterfly.set_answers(Answers((), None) if self._one is None else self._one.answers(self._lens))

    def _tell(self) -> None:
        seen, one = self._seen, self._one
        at = seen.index.position(one.row) if seen is not None and one is not None else -1
        for row in (self.outcome, self.distance, self.sureness):
            row.setVisible(at >= 0)
        if seen is None or one is None or one.row is None or at < 0:
            return
        self.outcome.setVisible(bool(seen.outcome(one.row)))
        self.outcome.set_value(OUTCOMES.get(seen.outcome(one.row), "–"))
        if seen.kl is not None:
            far = figures(float(seen.kl[at])) if seen.task == "regression" else fraction(float(seen.kl[at]))
            self.distance.set_value(f"{far}, above {_above(seen.kl, at)}")
        else:
            self.distance.set_value("–")
            self.distance.hide()
        if seen.confidence is not None:
            self.sureness.set_value(f"{seen.confidence[at]:.0%}, above {_above(seen.confidence, at)}")
        elif seen.errors is not None and seen.errors.any() and len(seen.class_names) == 1:
            self.sureness.set_value(f"{figures(float(seen.errors[at]))}, above {_above(seen.errors, at)}")
        else:
            self.sureness.hide()


def _column(*widgets: QWidget) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(theme().px(7))
    for widget in widgets:
        column.addWidget(widget)
    column.addStretch()
    return column


def _above(values: np.ndarray, at: int) -> str:
    """Return for which share of the inputs the value is smaller."""
    return f"{float(np.mean(values < values[at])):.0%}"
