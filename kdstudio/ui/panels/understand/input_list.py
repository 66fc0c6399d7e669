"""All inputs of a split in a column, to be sorted and walked through."""

from PySide6.QtCore import Signal

from kdstudio.core.rows import Rows
from kdstudio.ui.panels.understand.no_match import NoMatch
from kdstudio.ui.panels.understand.sample_actions import SampleActions
from kdstudio.ui.panels.understand.sample_grid import SampleGrid
from kdstudio.ui.panels.understand.sample_pictures import SamplePictures
from kdstudio.ui.panels.understand.samples import samples_of
from kdstudio.ui.panels.understand.seen import Seen
from kdstudio.ui.view import Selection
from kdstudio.ui.widgets.cards import Card
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
    """Shows what was selected in its own order; otherwise every input that passes the filter, sorted.

    `arranged` says that `rows` has changed by sorting, `inputChosen` gives the row of a tile, `widened` asks to take
    away what was added last to filter or selection.
    """

    inputChosen = Signal(int)
    arranged = Signal()
    widened = Signal()

    def __init__(self, pictures: SamplePictures) -> None:
        super().__init__("Inputs", " ", margins=(14, 12, 8, 10))
        self._seen: Seen | None = None
        self._selection = Selection()
        self._rows = Rows()
        self.sort = Segmented(ORDERS, "Sort inputs", height=26)
        self.sort.setObjectName("sortInputs")
        self.grid = SampleGrid(pictures, least=118)
        self.grid.setObjectName("inputGrid")
        self.empty = NoMatch()
        self.empty.acted.connect(self.widened)
        self.foot = SampleActions()
        self.add(self.sort)
        self.add(self.grid, 1)
        self.add(self.empty, 1)
        self.add(self.foot)
        self.sort.chosen.connect(self._rearrange)
        self.grid.chosen.connect(self.inputChosen)

    def rows(self) -> Rows:
        """The rows of the data in the order of the list."""
        return self._rows

    def set_seen(self, seen: Seen) -> None:
        """List other answers."""
        self._seen = seen
        there = [(name, words) for name, words in ORDERS if name in seen.orders]
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
        self.sort.setVisible(not selected and (seen.teacher is not None or "error" in seen.orders))
        if selected:
            self._rows = self._selection.rows.within(seen.index)
        else:
            self._rows = seen.listed.get(self.sort.value(), seen.listed["telling"])
            if self._selection:
                self._rows = self._rows.within(self._selection.rows)
        self.caption.setText(f"{count(len(self._rows))} selected" if self._selection else count(len(self._rows)))
        self.grid.set_inputs(self._rows, samples_of(seen), 1 + ("baseline" in seen.labels) + ("teacher" in seen.labels))
        self.grid.setVisible(bool(self._rows))
        self.empty.set_selection(self._selection, is_empty=not self._rows)
        self.foot.set_inputs(len(self._rows), is_selected=bool(self._selection))
