"""Inputs of the draft's data for the Setup page: a few to look at, and the one that the teacher was asked about."""

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from kdstudio.core.errors import KdStudioError
from kdstudio.core.spread import spread
from kdstudio.data.face import Face, face
from kdstudio.data.labels import AUTO
from kdstudio.recipe.choices import DataChoice
from kdstudio.ui.analyses import Analyses
from kdstudio.ui.inputs import InputSource

if TYPE_CHECKING:
    from kdstudio.data.dataset import Dataset, Inputs

SHOWN = 14


class DraftInputs(QObject):
    """Reads the draft's data in the analysis thread, or shares what the window has open already.

    The window's own source may show the data of an earlier run; this one is always about the draft.
    """

    arrived = Signal()  # examples, or that there are none any more
    faceArrived = Signal(int, object)  # row of the validation inputs, Face or None

    def __init__(self, analyses: Analyses, inputs: InputSource, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._analyses, self._inputs = analyses, inputs
        self._asked: tuple[DataChoice, str] | None = None
        self._dataset: Dataset | None = None
        self.examples: list[Face] = []

    def follow(self, source: DataChoice, task: str = AUTO) -> None:
        """Look at other data; the same again does nothing."""
        if (source, task) == self._asked:
            return
        self._asked, self._dataset, self.examples = (source, task), None, []
        self.arrived.emit()
        if source.path:
            is_shared = (self._inputs.source, self._inputs.task) == (source, task)
            known = self._inputs.dataset if is_shared else None
            self._analyses.submit("setup examples", lambda: _look(source, task, known), self._take)
        else:
            self._analyses.drop("setup examples")

    def ask(self, row: int) -> None:
        """Ask for the validation input that the data set keeps at `row`; `faceArrived` brings it."""
        dataset = self._dataset
        if dataset is not None:
            self._analyses.submit(
                "setup input",
                lambda: _validation(dataset, row),
                lambda found: self.faceArrived.emit(row, found),
            )

    def _take(self, found: "tuple[Dataset, list[Face]] | None") -> None:
        if found is not None:
            self._dataset, self.examples = found
            self.arrived.emit()


def _look(source: DataChoice, task: str, known: "Dataset | None") -> "tuple[Dataset, list[Face]] | None":
    from kdstudio.data.read import chosen  # all readers come with it

    try:
        dataset = known or chosen(source, task)
        part = dataset.parts["train"]
        return dataset, _faces(part.inputs, part.index[spread(len(part), SHOWN)])
    except KdStudioError:  # the card says what is wrong with the data; here it only means that there is nothing to see
        return None


def _faces(inputs: "Inputs", rows: np.ndarray) -> list[Face]:
    return [face(inputs, value) for value in inputs.read(rows)]


def _validation(dataset: "Dataset", row: int) -> Face | None:
    """A validation part that was taken out of the training inputs shares their rows."""
    inputs = dataset.parts.get("validation", dataset.parts["train"]).inputs
    try:
        return _faces(inputs, np.array([row]))[0] if 0 <= row < len(inputs) else None
    except KdStudioError:  # one damaged file among many
        return None
