"""The card with the matrices: which ones are shown, in which colours, and the words above them."""

import numpy as np
from PySide6.QtCore import Signal

from kdstudio.ui.charts.matrices import Matrices
from kdstudio.ui.charts.matrix_cells import Matrix
from kdstudio.ui.charts.panel_menu import PanelMenu
from kdstudio.ui.panels.understand.class_doubt import Classes, Doubt
from kdstudio.ui.panels.understand.transfer_numbers import fraction
from kdstudio.ui.widgets.buttons import Button
from kdstudio.ui.widgets.cards import Card
from kdstudio.ui.widgets.segmented import Segmented

MODES = [("doubt", "Doubt"), ("counts", "Counts"), ("models", "Model vs model")]
TITLES = {"teacher": "Teacher", "student": "Student", "baseline": "Without teacher"}
READING = (
    "Each row is a class. Its cells say where the doubt goes when it is really that class: bright cells are classes "
    "that the model takes for alike. If the student’s picture looks like the teacher’s, the doubt was passed on. "
    "Click a cell to select its inputs."
)


class MatricesCard(Card):
    """Shows a `Doubt`. `modeChosen` asks for another mode, `chosen` gives whose cell, its classes (−1 for a whole row
    or column), and whether it is added to the selection.
    """

    modeChosen = Signal(str)
    chosen = Signal(str, int, int, bool)

    def __init__(self) -> None:
        super().__init__("Where the doubt goes", " ", margins=(16, 11, 12, 8))
        self.set_reading(READING)
        self._classes: Classes | None = None
        self._doubt: Doubt | None = None
        self._inside: np.ndarray | None = None  # the classes of the groups that were opened
        self.back = Button("All groups", "secondary", size="small")
        self.back.setObjectName("allGroups")
        self.back.setToolTip("Go back to the matrices of groups of classes.")
        self.back.clicked.connect(self._leave)
        self.mode = Segmented(MODES, "What the matrices count")
        self.against = Segmented([("student", "Student"), ("baseline", "Without")], "Whose difference", height=24)
        self.scale = Segmented(["lin", "log"], "Colour scale")
        self.scale.setToolTip("log makes small doubt visible")
        self.matrices = Matrices()
        self.matrices.setObjectName("matrices")
        self.matrices.set_switch(self.against)
        self.menu = PanelMenu(self.matrices, self)
        for control in (self.back, self.scale, self.mode, self.menu):
            self.add_action(control)
        self.add(self.matrices, 1)
        self.mode.chosen.connect(self.modeChosen)
        self.against.chosen.connect(self._show)
        self.scale.chosen.connect(lambda scale: self.matrices.set_log(scale == "log"))
        self.matrices.chosen.connect(self._choose)

    def set_doubt(self, classes: Classes, doubt: Doubt) -> None:
        """Show other matrices."""
        if self._inside is not None and not classes.groups:
            self._inside = None
        self._classes, self._doubt = classes, doubt
        modes = [mode for mode in MODES if mode[0] != "models" or classes.seen.teacher is not None]
        self.mode.set_choices(modes)
        has_both = classes.seen.baseline is not None and classes.seen.teacher is not None
        self.against.setVisible(has_both and doubt.mode != "models")
        self._show()

    def set_marked(self, i: int, j: int) -> None:
        """Ring a cell by its classes; −1 is a whole row or column, −2 none."""
        self.matrices.set_marked(self._place(i), self._place(j))

    def shown(self) -> list[str]:
        """Return whose matrix stands at each place."""
        if self._doubt is None:
            return []
        second = self.against.value() if not self.against.isHidden() else "student"
        if self._doubt.mode == "models":
            return [who for who in ("student", "baseline") if who in self._doubt.matrices]
        return [who for who in ("teacher", "student") if who in self._doubt.matrices] + (
            [f"{second}-difference"] if "teacher" in self._doubt.matrices else []
        )

    @property
    def is_grouped(self) -> bool:
        """Whether the cells are groups of classes."""
        return self._classes is not None and bool(self._classes.groups) and self._inside is None

    def _order(self, classes: Classes) -> np.ndarray:
        """Return the classes that are shown one by one, in their order."""
        return classes.order if self._inside is None else self._inside

    def _place(self, k: int) -> int:
        if k < 0 or self._classes is None:
            return k
        found = np.flatnonzero(self._order(self._classes) == k)
        return int(found[0]) if len(found) and not self.is_grouped else -2

    def _leave(self) -> None:
        self._inside = None
        self._show()

    def _open(self, i: int, j: int) -> None:
        """Show the classes of one group, or of two."""
        assert self._classes is not None
        groups = self._classes.groups
        self._inside = np.concatenate([groups[at] for at in sorted({at for at in (i, j) if at >= 0})])
        self._show()

    def _choose(self, which: int, i: int, j: int, adds: bool) -> None:
        if self._classes is None or which >= len(self.shown()):
            return
        if self.is_grouped:
            self._open(i, j)
            return
        order = self._order(self._classes)
        i, j = (int(order[at]) if at >= 0 else -1 for at in (i, j))
        self.chosen.emit(self.shown()[which].removesuffix("-difference"), i, j, adds)

    def _show(self) -> None:
        classes, doubt = self._classes, self._doubt
        if classes is None or doubt is None:
            return
        self.back.setVisible(self._inside is not None)
        order, is_share = self._order(classes), doubt.mode == "doubt"
        if self.is_grouped:
            ordered = doubt.grouped
            names = [f"{classes.seen.class_names[group[0]]} +{len(group) - 1}" for group in classes.groups]
        else:
            ordered = {who: matrix[np.ix_(order, order)] for who, matrix in doubt.matrices.items()}
            names = [classes.seen.class_names[k] for k in order]
        top = _top(*(ordered[who] for who in ordered if who != "baseline" or doubt.mode == "models"))
        least = 0.1 if is_share else 1.0
        made = []
        for name in self.shown():
            who, is_difference = name.removesuffix("-difference"), name.endswith("-difference")
            if is_difference:
                values = ordered[who] - ordered["teacher"]
                made.append(
                    Matrix("difference", "Difference", values, _top(values), 0.015 if is_share else 1.0, is_share)
                )
            else:
                made.append(Matrix(who, TITLES[who], ordered[who], top, least, is_share, self._caption(doubt, who)))
        self.matrices.set_matrices(made, names)
        self.caption.setText(self._reading(classes, doubt))

    def _caption(self, doubt: Doubt, who: str) -> str:
        if doubt.mode == "models":
            return "beside the teacher"
        found = doubt.correlations.get(who)
        if who != "student" or found is None:
            return ""
        alone = doubt.correlations.get("baseline")
        return f"r {fraction(found)} with teacher" + (f", without {fraction(alone)}" if alone is not None else "")

    def _reading(self, classes: Classes, doubt: Doubt) -> str:
        if self.is_grouped:
            extent = f", {doubt.extent}" if doubt.extent else ""
            told = {"doubt": f"share of the doubt, at T {doubt.temperature:.3g}"}.get(doubt.mode, "inputs")
            return f"groups of classes taken for alike; {told}{extent}; click to open them"
        named = f"{classes.said_by}’s class" if classes.said_by else "true class"
        if classes.present is not None:
            named = named.replace("class", "label")
        at = f"{doubt.temperature:.3g}"
        if doubt.mode == "models":
            return "row: teacher’s answer   column: the other’s answer"
        if doubt.mode == "counts":
            return f"row: {named}   column: answer, inputs"
        if classes.present is not None:
            return f"row: {named}   column: probability of another, at T {at}"
        extent = f", {doubt.extent}" if doubt.extent else ""
        return f"row: {named}   column: share of the doubt, at T {at}{extent}"


def _top(*matrices: np.ndarray) -> float:
    """Return the largest size of any value, at least a little more than nothing."""
    found = [float(np.nanmax(np.abs(matrix))) for matrix in matrices if np.isfinite(matrix).any()]
    return max([*found, 1e-9])
