"""The data behind the pages: read by the window itself, in the analysis thread, through `data`."""

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from kdstudio.core.errors import KdStudioError
from kdstudio.data.labels import AUTO
from kdstudio.recipe.choices import DataChoice
from kdstudio.ui.analyses import Analyses

if TYPE_CHECKING:
    from kdstudio.data.dataset import Dataset, Kind, Part
    from kdstudio.data.face import Face
    from kdstudio.data.splits import Splits


class InputSource(QObject):
    """The data set that is shown, divided as its recipe says. Inputs are decoded one by one, when asked for."""

    opened = Signal()

    def __init__(self, analyses: Analyses, parent: QObject | None = None, name: str = "inputs") -> None:
        super().__init__(parent)
        self._analyses, self._name = analyses, name  # under which it asks, so that two do not supersede each other
        self._key: tuple[str, str, int, str] | None = None
        self._rows: dict[str, dict[int, int]] = {}
        self.source: DataChoice | None = None  # which inputs and classes there are, without how they are divided
        self.task = AUTO  # what the targets were asked to be taken as
        self.dataset: Dataset | None = None
        self.splits: Splits | None = None

    def open(self, choice: DataChoice, seed: int, task: str = AUTO) -> None:
        """Read and divide a data set in the analysis thread; a data set that cannot be read shows nothing."""
        key = (choice.path, choice.model_dump_json(), seed, task)
        if key == self._key:
            return
        self._key, self.dataset, self.splits, self._rows = key, None, None, {}
        self.source, self.task = choice.source, task
        if choice.path:
            self._analyses.submit(self._name, lambda: _opened(choice, seed, task), self._take)

    def part(self, split: str) -> "Part | None":
        """Return one split, or None before the data is open."""
        if self.splits is None:
            return None
        return {"train": self.splits.train, "validation": self.splits.validation, "test": self.splits.test}.get(split)

    @property
    def kind(self) -> "Kind":
        """What one input is; images before the data is open."""
        return self.dataset.kind if self.dataset is not None else "image"

    def face(self, split: str, row: int) -> "Face | None":
        """Return what can be shown of the input that predictions name by `row`, or None where it cannot be read."""
        part = self.part(split)
        if part is None:
            return None
        if split not in self._rows:
            self._rows[split] = {int(index): position for position, index in enumerate(part.index)}
        position = self._rows[split].get(row)
        if position is None:
            return None
        from kdstudio.data.face import face

        try:
            return face(part.inputs, part.read(np.array([position]))[0])
        except KdStudioError:  # one damaged file among many: its place stays empty
            return None

    def _take(self, found: "tuple[Dataset, Splits] | None") -> None:
        if found is not None:
            self.dataset, self.splits = found
            self.opened.emit()


def _opened(choice: DataChoice, seed: int, task: str) -> "tuple[Dataset, Splits] | None":
    from kdstudio.data.read import chosen  # all readers come with it: not before the first data set is read
    from kdstudio.data.splits import divide

    try:
        dataset = chosen(choice, task)
        return dataset, divide(dataset, choice, seed)
    except KdStudioError:  # the engine's check says what is wrong, in the card
        return None
