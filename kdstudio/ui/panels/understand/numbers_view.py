"""The numbers of one input in large: axes with everyone's answer, and where it lies among all inputs of the split."""

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kdstudio.ui.panels.scrolled import scrolled
from kdstudio.ui.panels.understand.one_input import OneInput
from kdstudio.ui.panels.understand.seen import Seen
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.fields import Combo
from kdstudio.ui.widgets.number_axes import NumberAxes, Numbers
from kdstudio.ui.widgets.number_scatter import NumberScatter


def numbers_of(one: OneInput, ranges: np.ndarray | None = None) -> Numbers:
    """Return the truth, where it is known, and all answers to one input."""
    truth = one.target if isinstance(one.target, np.ndarray) and not np.isnan(one.target).any() else None
    said = (("truth", truth), ("teacher", one.teacher), ("student", one.student), ("baseline", one.baseline))
    return Numbers(one.class_names, tuple((who, values) for who, values in said if values is not None), ranges)


class NumbersView(QWidget):
    """`inputChosen` gives the row of an input whose point was clicked."""

    inputChosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("numbersView")
        self._seen: Seen | None = None
        self._one: OneInput | None = None
        self._ranges: np.ndarray | None = None
        self.axes, self.scatter = NumberAxes(), NumberScatter()
        self.axes.setObjectName("numberAxes")
        self.scatter.setObjectName("numberScatter")
        self.which = Combo("", [])
        self.which.editor.setAccessibleName("Number")
        self.which.chosen.connect(lambda _name: self._show_points())
        self.scatter.chosen.connect(self._choose)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(8))
        self._area = scrolled(self.axes)
        for widget, stretch in ((self._area, 0), (self.which, 0), (self.scatter, 1)):
            column.addWidget(widget, stretch)

    def set_seen(self, seen: Seen) -> None:
        """Show the points of other answers; without any truth the teacher's answers lie across."""
        self._seen = seen
        stacks = [one.logits for one in (seen.student, seen.teacher, seen.baseline) if one is not None]
        every = np.concatenate([np.asarray(part, dtype=np.float64) for part in (seen.targets, *stacks)])
        self._ranges = np.stack([np.nanmin(every, axis=0), np.nanmax(every, axis=0)], axis=1)
        names = [(str(k), name) for k, name in enumerate(seen.class_names)]
        self.which.set_choices(names, self.which.value() or "0")
        self.which.setVisible(len(names) > 1)
        self._show_points()

    def set_input(self, one: OneInput | None) -> None:
        """Show an input, or none."""
        self._one = one
        self.axes.set_numbers(Numbers() if one is None else numbers_of(one, self._ranges))
        at = -1 if self._seen is None or one is None else self._seen.index.position(one.row)
        self.scatter.set_current(at)
        self._fit()

    def _fit(self) -> None:
        """Give the axes what they need, and of many numbers no more than half of the height."""
        wanted = self.axes.sizeHint().height() + theme().px(4)
        self._area.setFixedHeight(min(wanted, max(theme().px(120), self.height() // 2)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the height anew."""
        super().resizeEvent(event)
        self._fit()

    def _show_points(self) -> None:
        seen = self._seen
        if seen is None:
            return
        k = int(self.which.value() or 0)
        name = seen.class_names[k]
        if seen.has_labels:
            across, words = seen.targets[:, k], f"true {name}"
        elif seen.teacher is not None:
            across, words = seen.teacher.logits[:, k], f"teacher’s {name}"
        else:
            across, words = np.full(len(seen), np.nan), "truth (not known)"
        self.scatter.set_points(across, seen.student.logits[:, k], (words, f"student’s {name}"))
        self.set_input(self._one)

    def _choose(self, position: int) -> None:
        if self._seen is not None:
            self.inputChosen.emit(int(self._seen.student.index[position]))
