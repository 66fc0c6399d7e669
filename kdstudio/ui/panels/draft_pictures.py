"""Pictures of the draft's data for the Setup page: a few to look at, and the input that the teacher was asked about."""

from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Signal

from kdstudio.data.dataset import Dataset
from kdstudio.data.read import read
from kdstudio.ui.analyses import Analyses
from kdstudio.ui.inputs import InputSource

SHOWN = 14


class DraftPictures(QObject):
    """Reads the draft's data in the analysis thread, or shares what the window has open already.

    The window's own source may show the data of an earlier run; this one is always about the draft.
    """

    arrived = Signal()  # pictures, or that there are none any more
    pictureArrived = Signal(int, object)  # row of the validation inputs, (c, H, W)

    def __init__(self, analyses: Analyses, inputs: InputSource, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._analyses, self._inputs = analyses, inputs
        self._path = ""
        self._dataset: Dataset | None = None
        self.pictures: list[np.ndarray] = []

    def follow(self, path: str) -> None:
        """Look at other data; the same again does nothing."""
        if path == self._path:
            return
        self._path, self._dataset, self.pictures = path, None, []
        self.arrived.emit()
        if path:
            shared = self._inputs.dataset
            known = shared if shared is not None and str(shared.path) == path else None
            self._analyses.submit("setup pictures", lambda: _look(path, known), self._take)
        else:
            self._analyses.drop("setup pictures")

    def ask(self, row: int) -> None:
        """Ask for the validation input that the data set keeps at `row`; `pictureArrived` brings it."""
        dataset = self._dataset
        if dataset is not None:
            self._analyses.submit(
                "setup picture",
                lambda: _validation(dataset, row),
                lambda picture: self.pictureArrived.emit(row, picture),
            )

    def _take(self, found: tuple[Dataset, list[np.ndarray]] | None) -> None:
        if found is not None:
            self._dataset, self.pictures = found
            self.arrived.emit()


def _look(path: str, known: Dataset | None) -> tuple[Dataset, list[np.ndarray]] | None:
    from kdstudio.core.errors import KdStudioError

    try:
        dataset = known or read(Path(path))
        part = dataset.parts["train"]
        return dataset, list(part.read(np.unique(np.linspace(0, len(part) - 1, SHOWN).astype(np.int64))))
    except KdStudioError:  # the card says what is wrong with the data; here it only means that there are no pictures
        return None


def _validation(dataset: Dataset, row: int) -> np.ndarray | None:
    """A validation part that was taken out of the training inputs shares their rows."""
    inputs = dataset.parts.get("validation", dataset.parts["train"]).inputs
    found: np.ndarray | None = inputs.read(np.array([row]))[0] if 0 <= row < len(inputs) else None
    return found
