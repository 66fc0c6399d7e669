"""How the shown run is looked at: lens temperature, epoch, split and the selection that every panel follows."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QObject, Signal

from kdstudio.core.rows import Rows

LOWEST, HIGHEST = 0.5, 20.0


@dataclass(frozen=True, slots=True)
class Selection:
    """Which inputs are selected: rows of the data (as in Predictions.index), in the order to go through them."""

    rows: Rows = field(default_factory=Rows)
    words: str = ""  # for the breadcrumb, what was chosen: "Inherited mistakes"; "" for all inputs
    filter: str = ""  # what was typed to narrow that

    def __bool__(self) -> bool:
        """Whether anything was chosen or typed; otherwise all inputs are meant."""
        return bool(self.words or self.filter)


class View(QObject):
    """One selection, one lens and one epoch for the whole window. The lens changes what is seen, never a run."""

    lensChanged = Signal(float)
    tieChanged = Signal(bool)
    epochChanged = Signal()
    splitChanged = Signal()
    selectionChanged = Signal()
    filterChanged = Signal()
    currentChanged = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.lens = 4.0
        self.training_temperature = 4.0
        self.is_tied = True
        self.epoch: int | str = "last"  # a number while scrubbing, otherwise last or best
        self.split = "validation"
        self.chosen = Selection()  # as a cell, a bar or a lasso chose it
        self.filter = ""  # what was typed, and can be understood
        self._passing: Rows | None = None  # what the filter lets pass; None while that is not known
        self.selection = Selection()  # what is chosen and passes
        self.current: int | None = None  # the row in the inspector

    def set_lens(self, temperature: float, *, by_hand: bool = True) -> None:
        """Look at softer or sharper answers; moving the lens by hand unties it from the training temperature."""
        temperature = min(max(temperature, LOWEST), HIGHEST)
        if by_hand and self.is_tied and abs(temperature - self.training_temperature) > 1e-6:
            self.is_tied = False
            self.tieChanged.emit(False)
        if temperature != self.lens:
            self.lens = temperature
            self.lensChanged.emit(temperature)

    def tie(self, tied: bool) -> None:
        """Tie the lens to the training temperature, or let it go."""
        if tied != self.is_tied:
            self.is_tied = tied
            self.tieChanged.emit(tied)
        if tied:
            self.set_lens(self.training_temperature, by_hand=False)

    def set_training_temperature(self, temperature: float) -> None:
        """A run or a draft has this training temperature."""
        self.training_temperature = temperature
        if self.is_tied:
            self.set_lens(temperature, by_hand=False)

    def set_epoch(self, epoch: int | str) -> None:
        """Look at another epoch."""
        if epoch != self.epoch:
            self.epoch = epoch
            self.epochChanged.emit()

    def set_split(self, split: str) -> None:
        """Look at validation or test inputs; rows of one mean nothing in the other, so what was chosen goes."""
        if split != self.split:
            self.split, self._passing = split, None
            self.choose_all()
            self.splitChanged.emit()

    def select(self, rows: np.ndarray | Sequence[int], words: str) -> None:
        """Choose inputs; the first one that the filter lets pass comes into the inspector."""
        self.chosen = Selection(Rows(rows), words)
        self._combine()
        self.selectionChanged.emit()
        if self.selection.rows:
            self.show(self.selection.rows[0])

    def choose_all(self) -> None:
        """Choose nothing in particular: all inputs that the filter lets pass."""
        self.chosen = Selection()
        self._combine()
        self.selectionChanged.emit()

    def set_filter(self, words: str) -> None:
        """Narrow what is chosen, or all inputs; `narrow` says by what, once it is known."""
        if words != self.filter:
            self.filter = words
            if not words:
                self.narrow(None)
            self.filterChanged.emit()

    def narrow(self, rows: np.ndarray | None) -> None:
        """Let these rows pass, in this order where nothing is chosen; None lets all pass."""
        self._passing = None if rows is None else Rows(rows)
        former = self.selection
        self._combine()
        if self.selection == former:
            return
        self.selectionChanged.emit()
        if self.selection.rows and self.current not in self.selection.rows:
            self.show(self.selection.rows[0])

    def clear(self) -> None:
        """Choose and filter nothing: all inputs."""
        self.set_filter("")
        self.choose_all()

    def step(self, by: int) -> None:
        """Go to the next or previous input of the selection; at its ends it stays."""
        rows = self.selection.rows
        if rows:
            at = rows.position(self.current) if self.current in rows else -1 if by > 0 else 1
            self.show(rows[min(max(at + by, 0), len(rows) - 1)])

    def show(self, row: int) -> None:
        """Bring an input into the inspector."""
        if row != self.current:
            self.current = row
            self.currentChanged.emit()

    def _combine(self) -> None:
        if self._passing is None:
            self.selection = self.chosen
        elif self.chosen:
            rows = self.chosen.rows.within(self._passing)
            self.selection = Selection(rows, self.chosen.words, self.filter)
        else:
            self.selection = Selection(self._passing, "", self.filter)
