"""The transfer strip: six tiles that say what came over, each with what it would be without a teacher."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from kdstudio.core.measures import Measure, measure
from kdstudio.core.targets import Task
from kdstudio.ui.panels.understand.transfer_numbers import METRICS, SHOWN, TransferNumbers
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.tiles import Line, Tile

_SHARES = {
    "accuracy": 15,
    "f1": 15,
    "ece": 13,
    "rmse": 17,
    "mae": 17,
}  # of the width; these are compared with the teacher as well


class TransferTiles(QWidget):
    """Accuracy, agreement, softness gap, similarity structure, inherited mistakes, calibration; or what a task has.

    `chosen` gives the metric of a tile that was clicked.
    """

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("What came over from the teacher")
        self._numbers: TransferNumbers | None = None
        self._lines: dict[str, list[Line]] = {}
        self._compact = False
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self.tiles: dict[str, Tile] = {}
        for metric in METRICS:
            tile = Tile(_measure(metric).short)
            tile.setObjectName(f"tile-{metric}")
            tile.clicked.connect(lambda _=False, metric=metric: self.chosen.emit(metric))
            self._row.addWidget(tile, _SHARES.get(metric, 12))
            self.tiles[metric] = tile
        self.set_task("classification")
        self.set_compact(False)

    def set_task(self, task: Task) -> None:
        """Show the numbers that a task has."""
        for metric, tile in self.tiles.items():
            tile.setVisible(metric in SHOWN[task])

    @property
    def shows_numbers(self) -> bool:
        """Whether there is anything on the tiles."""
        return self._numbers is not None

    def set_compact(self, compact: bool) -> None:
        """Use one line for value and comparison."""
        self._compact = compact
        self._row.setSpacing(theme().px(6 if compact else 8))
        for tile in self.tiles.values():
            tile.set_compact(compact)
        self._show()

    def set_numbers(self, numbers: TransferNumbers | None) -> None:
        """Show other numbers, or none."""
        self._numbers = numbers
        self._show()

    def set_lines(self, lines: dict[str, list[Line]]) -> None:
        """Show how the numbers came about, over the epochs."""
        self._lines = lines
        self._show()

    def set_active(self, metric: str) -> None:
        """Show which tile the page below explains; "" for none."""
        for name, tile in self.tiles.items():
            tile.set_active(name == metric)

    def _show(self) -> None:
        for metric, tile in self.tiles.items():
            if self._numbers is None or metric not in SHOWN[self._numbers.task]:
                tile.set_value("–")
                continue
            numbers = self._numbers
            value = numbers.value(metric)
            if self._compact:
                value = value.removeprefix("r ")
            tile.set_value(value, numbers.below(metric, compact=self._compact), self._lines.get(metric))
            meaning = measure(numbers.task, metric).meaning.format(lens=f"{numbers.temperature:.3g}")
            tile.setToolTip(f"{numbers.reason(metric)}. {meaning}" if numbers.reason(metric) else meaning)


def _measure(metric: str) -> Measure:
    """Return a measure by the first task that has it: it is called the same for all."""
    return measure(next(task for task, shown in SHOWN.items() if metric in shown), metric)
