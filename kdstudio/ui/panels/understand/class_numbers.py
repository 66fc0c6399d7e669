"""Each class's own numbers: by how much it changed with the teacher, in recall, precision, divergence, calibration."""

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout

from kdstudio.analysis.per_class import FEW
from kdstudio.ui.charts.dumbbells import Dumbbell, Dumbbells
from kdstudio.ui.panels.scrolled import scrolled
from kdstudio.ui.panels.understand.class_doubt import Classes
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.buttons import Button
from kdstudio.ui.widgets.cards import Card
from kdstudio.ui.widgets.labels import Label
from kdstudio.ui.widgets.segmented import Segmented

SHORT = {"recall": "Recall", "precision": "Precision", "kl": "KL", "ece": "ECE"}
HELP = {
    "recall": "Of the inputs of a class, the share that is answered right.",
    "precision": "Of the answers that name a class, the share that is right.",
    "kl": "Mean divergence from the teacher’s answers on a class, at the training temperature; lower is nearer.",
    "ece": "Expected calibration error on the inputs of a class; lower is better.",
}
READING = "○ without teacher, ◆ student, ● teacher: each row is a class, and a click on it selects its inputs."
SORTS = {"change": "By change", "similar": "By similarity", "count": "By inputs"}


class ClassNumbers(Card):
    """A row for each class; `chosen` gives the class that was clicked."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__("Per class", " ", margins=(14, 11, 10, 8))
        self.set_reading(READING)
        self._classes: Classes | None = None
        self.body.setSpacing(theme().px(5))
        self.measure = Segmented([*((key, words) for key, words in SHORT.items())], "Number", height=24)
        self.sort = Button(SORTS["change"], "ghost", size="small")
        self.sort.setToolTip("Sort by change, by similarity as in the matrices, or by how many inputs a class has.")
        self._sorted = "change"
        line = QHBoxLayout()
        line.addWidget(self.measure)
        line.addStretch()
        line.addWidget(self.sort)
        self.rows = Dumbbells()
        self.rows.setObjectName("classRows")
        self.small = Label("", "caption", "3")
        self.add(line)
        self.add(scrolled(self.rows), 1)
        self.add(self.small)
        self.measure.chosen.connect(self._show)
        self.sort.clicked.connect(self._resort)
        self.rows.chosen.connect(self.chosen)

    def set_classes(self, classes: Classes) -> None:
        """Show other answers."""
        self._classes = classes
        there = [(key, SHORT[key]) for key in SHORT if key in classes.numbers]
        self.setVisible(bool(there))
        if there:
            self.measure.set_choices(there)
            self._show()

    def _show(self) -> None:
        classes = self._classes
        if classes is None:
            return
        key = self.measure.value()
        values = classes.numbers[key]
        other = "baseline" if "baseline" in values else "teacher" if "teacher" in values else ""
        change = values["student"] - values[other] if other else np.full(len(classes.order), np.nan)
        order = self._order(classes, change)
        names = classes.seen.class_names
        rows = [
            Dumbbell(
                int(k),
                names[k],
                {who: float(value[k]) for who, value in values.items()},
                float(change[k]),
                int(classes.count[k]),
                bool(classes.count[k] < FEW),
            )
            for k in order
        ]
        self.rows.set_rows(rows, is_percent=key != "kl")
        unit = "" if key == "kl" else ", pts"
        than = {"baseline": "student − without", "teacher": "student − teacher", "": "student"}[other]
        self.caption.setText(than + unit)
        self.set_reading(f"{HELP[key]} {READING}")
        few = sum(row.is_small for row in rows)
        self.small.setText(f"Grey: fewer than {FEW} inputs, too few to tell." if few else "")
        self.small.setVisible(bool(few))

    def _resort(self) -> None:
        names = list(SORTS)
        self._sorted = names[(names.index(self._sorted) + 1) % len(names)]
        self.sort.setText(SORTS[self._sorted])
        self._show()

    def _order(self, classes: Classes, change: np.ndarray) -> np.ndarray:
        if self._sorted == "count":
            return np.argsort(-classes.count, kind="stable")
        return classes.order if self._sorted == "similar" else np.argsort(-change, kind="stable")
