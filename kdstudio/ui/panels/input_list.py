"""All inputs of a split in a column, to be sorted, filtered and walked through."""

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit

from kdstudio.ui.panels.sample_grid import SampleGrid
from kdstudio.ui.panels.sample_pictures import SamplePictures
from kdstudio.ui.panels.samples import samples_of
from kdstudio.ui.panels.seen import Seen
from kdstudio.ui.theme import apply_role
from kdstudio.ui.view import Selection
from kdstudio.ui.widgets.cards import Card
from kdstudio.ui.widgets.messages import EmptyState
from kdstudio.ui.widgets.painting import count
from kdstudio.ui.widgets.segmented import Segmented

ORDERS = [("telling", "Telling"), ("kl", "Far apart"), ("confidence", "Unsure"), ("error", "Largest error")]
_MEANT = {
    "telling": "Telling: what shows best what was passed on.",
    "kl": "Far apart: where teacher and student differ most.",
    "confidence": "Unsure: least confident student.",
    "error": "Largest error: where the student is furthest from the truth.",
}


class InputList(Card):
    """Shows the selection where there is one, in its own order; otherwise every input, sorted and filtered.

    `arranged` says that `rows` has changed by sort or filter, `inputChosen` gives the row of a tile.
    """

    inputChosen = Signal(int)
    arranged = Signal()

    def __init__(self, pictures: SamplePictures) -> None:
        super().__init__("Inputs", " ", margins=(14, 12, 8, 10))
        self._seen: Seen | None = None
        self._selection = Selection()
        self._rows: list[int] = []
        self.sort = Segmented(ORDERS, "Sort inputs", height=26)
        self.sort.setObjectName("sortInputs")
        self.filter = QLineEdit()
        self.filter.setObjectName("filterInputs")
        self.filter.setPlaceholderText("Filter by class")
        self.filter.setAccessibleName("Filter inputs by class")
        self.filter.setClearButtonEnabled(True)
        self.filter.setProperty("role", "body")
        apply_role(self.filter)
        self.grid = SampleGrid(pictures, least=118)
        self.grid.setObjectName("inputGrid")
        self.empty = EmptyState("No input of such a class.", "Clear filter", icon="search")
        self.empty.setVisible(False)
        self.empty.acted.connect(self.filter.clear)
        for widget in (self.sort, self.filter):
            self.add(widget)
        self.add(self.grid, 1)
        self.add(self.empty, 1)
        self.sort.chosen.connect(self._rearrange)
        self.filter.textChanged.connect(self._rearrange)
        self.grid.chosen.connect(self.inputChosen)

    def rows(self) -> list[int]:
        """The rows of the data in the order of the list."""
        return list(self._rows)

    def set_seen(self, seen: Seen) -> None:
        """List other answers."""
        self._seen = seen
        there = [(name, words) for name, words in ORDERS if name in seen.orders]
        self.filter.setPlaceholderText("Filter by label" if seen.task == "multi_label" else "Filter by class")
        self.sort.set_choices(there)
        self.sort.setToolTip(" ".join(_MEANT[name] for name, _ in there))
        self._arrange()

    def set_selection(self, selection: Selection) -> None:
        """List the selected inputs; all of them where nothing is selected."""
        self._selection = selection
        self._arrange()

    def sort_by(self, order: str) -> None:
        """Sort all inputs by "telling", "kl", "confidence" or "error"."""
        self.sort.set_value(order)
        self._rearrange()

    def _rearrange(self) -> None:
        self._arrange()
        self.arranged.emit()

    def _arrange(self) -> None:
        seen = self._seen
        if seen is None:
            return
        selected = bool(self._selection.words)
        self.filter.setVisible(not selected and seen.task != "regression")
        self.sort.setVisible(not selected and (seen.teacher is not None or "error" in seen.orders))
        if selected:
            self._rows = [row for row in self._selection.rows if row in seen.by_row]
        else:
            order = seen.orders.get(self.sort.value(), seen.orders["telling"])
            self._rows = seen.rows(order[_matching(seen, order, self.filter.text())]).tolist()
        self.caption.setText(f"{count(len(self._rows))} selected" if selected else count(len(self._rows)))
        self.grid.set_inputs(self._rows, samples_of(seen), 1 + ("baseline" in seen.labels) + ("teacher" in seen.labels))
        self.grid.setVisible(bool(self._rows))
        self.empty.setVisible(not self._rows)


def _matching(seen: Seen, order: np.ndarray, words: str) -> np.ndarray:
    """Return which of the positions in `order` have a class like `words` as truth or as anybody's answer, bool."""
    wanted = words.strip().casefold()
    if not wanted or seen.task == "regression":
        return np.ones(len(order), dtype=bool)
    classes = [k for k, name in enumerate(seen.class_names) if wanted in name.casefold()]
    if seen.task == "multi_label":
        answers = [one.logits[:, classes] > 0 for one in (seen.student, seen.teacher, seen.baseline) if one is not None]
        return np.asarray(np.logical_or.reduce([seen.targets[:, classes] == 1, *answers]).any(axis=1)[order])
    hit = np.isin(seen.targets, classes)
    for labels in seen.labels.values():
        hit |= np.isin(labels, classes)
    return np.asarray(hit[order])
