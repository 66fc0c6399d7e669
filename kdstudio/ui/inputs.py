"""The data behind the pictures: read by the window itself, in the analysis thread, through `data`."""

from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Signal

from kdstudio.core.errors import KdStudioError
from kdstudio.data.dataset import Dataset, Part
from kdstudio.data.read import read
from kdstudio.data.splits import Splits, divide
from kdstudio.recipe.choices import DataChoice
from kdstudio.ui.analyses import Analyses


class InputSource(QObject):
    """The data set that is shown, divided as its recipe says. Pictures are decoded one by one, when asked for."""

    opened = Signal()

    def __init__(self, analyses: Analyses, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._analyses = analyses
        self._key: tuple[str, str, int] | None = None
        self._rows: dict[str, dict[int, int]] = {}
        self.dataset: Dataset | None = None
        self.splits: Splits | None = None

    def open(self, choice: DataChoice, seed: int) -> None:
        """Read and divide a data set in the analysis thread; a data set that cannot be read gives no pictures."""
        key = (choice.path, choice.model_dump_json(), seed)
        if key == self._key:
            return
        self._key, self.dataset, self.splits, self._rows = key, None, None, {}
        if choice.path:
            self._analyses.submit("inputs", lambda: _opened(choice, seed), self._take)

    def part(self, split: str) -> Part | None:
        """Return one split, or None before the data is open."""
        if self.splits is None:
            return None
        return {"train": self.splits.train, "validation": self.splits.validation, "test": self.splits.test}.get(split)

    def picture(self, split: str, row: int) -> np.ndarray | None:
        """Return the input (c, H, W), uint8 or float32 0..1, that predictions name by `row`, or None."""
        part = self.part(split)
        if part is None:
            return None
        if split not in self._rows:
            self._rows[split] = {int(index): position for position, index in enumerate(part.index)}
        position = self._rows[split].get(row)
        return None if position is None else part.read(np.array([position]))[0]

    def _take(self, found: tuple[Dataset, Splits] | None) -> None:
        if found is not None:
            self.dataset, self.splits = found
            self.opened.emit()


def _opened(choice: DataChoice, seed: int) -> tuple[Dataset, Splits] | None:
    try:
        dataset = read(Path(choice.path))
        return dataset, divide(dataset, choice, seed)
    except KdStudioError:  # the engine's check says what is wrong, in the card
        return None
