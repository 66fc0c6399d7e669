"""Inputs for an exported file: the shape that it wants, and test inputs of the data written as image files."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PySide6.QtCore import QTemporaryDir
from PySide6.QtGui import QImage

from kdstudio.data.face import Face
from kdstudio.recipe.report import ExportReport
from kdstudio.ui.inputs import InputSource
from kdstudio.ui.truth import target_words
from kdstudio.ui.widgets.pictures import to_rgb


def input_shape(report: ExportReport, inputs: InputSource) -> tuple[int, int, int] | None:
    """Return (c, H, W) that an exported file takes: as told beside it, else that of the data, else None."""
    try:
        told = json.loads((report.folder / "preprocessing.json").read_text(encoding="utf-8"))
        channels, high, wide = told["input"]["shape"][1:]
        return int(channels), int(high), int(wide)
    except (OSError, ValueError, KeyError, TypeError):
        part = inputs.part("test")
        if part is None or part.inputs.kind != "image":
            return None
        channels, high, wide = part.inputs.shape
        return channels, high, wide


@dataclass(frozen=True, slots=True)
class TestInput:
    """One test input: the row where the data keeps it, what it truly is, and for an image a file of it."""

    __test__ = False  # not a test case

    row: int
    face: Face
    truth: str
    file: Path | None = None


class TestInputs:
    """Goes through the test inputs and writes each image as a PNG into a temporary folder of its own."""

    __test__ = False  # not a test case

    def __init__(self, inputs: InputSource) -> None:
        self._inputs = inputs
        self._folder = QTemporaryDir()
        self._at = -1

    def next(self) -> TestInput | None:
        """Return the next test input; None where there is no test data."""
        part = self._inputs.part("test")
        if part is None or not len(part) or not self._folder.isValid():
            return None
        self._at = (self._at + 1) % len(part)
        row = int(part.index[self._at])
        face = self._inputs.face("test", row)
        if face is None:
            return None
        truth = self._truth(part.targets[self._at])
        if face.kind != "image" or face.picture is None:
            return TestInput(row, face, truth)
        path = Path(self._folder.filePath(f"test-{row}.png"))
        return TestInput(row, face, truth, path) if _write(face.picture, path) else None

    def _truth(self, target: np.ndarray) -> str:
        dataset = self._inputs.dataset
        return "" if dataset is None else target_words(target, dataset.task, dataset.class_names)


def _write(picture: np.ndarray, path: Path) -> bool:
    rgb = to_rgb(picture)
    high, wide, _ = rgb.shape
    return QImage(rgb.tobytes(), wide, high, 3 * wide, QImage.Format.Format_RGB888).save(str(path))
