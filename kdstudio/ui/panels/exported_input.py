"""Inputs for an exported file: the shape that it wants, and test inputs of the data written as image files."""

import json
from pathlib import Path

import numpy as np
from PySide6.QtCore import QTemporaryDir
from PySide6.QtGui import QImage

from kdstudio.ui.inputs import InputSource
from kdstudio.ui.panels.export_files import root
from kdstudio.ui.widgets.pictures import to_rgb


def input_shape(file: Path, inputs: InputSource) -> tuple[int, int, int] | None:
    """Return (c, H, W) that an exported file takes: as told beside it, else that of the data, else None."""
    try:
        told = json.loads((root(file) / "preprocessing.json").read_text(encoding="utf-8"))
        channels, high, wide = told["input"]["shape"][1:]
        return int(channels), int(high), int(wide)
    except (OSError, ValueError, KeyError, TypeError):
        part = inputs.part("test")
        if part is None or part.inputs.kind != "image":
            return None
        channels, high, wide = part.inputs.shape
        return channels, high, wide


class TestInputs:
    """Goes through the test inputs and writes each as a PNG into a temporary folder of its own."""

    __test__ = False  # not a test case

    def __init__(self, inputs: InputSource) -> None:
        self._inputs = inputs
        self._folder = QTemporaryDir()
        self._at = -1

    def next(self) -> tuple[Path, np.ndarray, str] | None:
        """Return file, picture (c, H, W) and what it truly is; None where there is no test data."""
        part = self._inputs.part("test")
        if part is None or not len(part) or not self._folder.isValid():
            return None
        self._at = (self._at + 1) % len(part)
        row = int(part.index[self._at])
        picture = self._inputs.picture("test", row)
        if picture is None:
            return None
        path = Path(self._folder.filePath(f"test-{row}.png"))
        return (path, picture, self._truth(int(part.targets[self._at]))) if _write(picture, path) else None

    def _truth(self, target: int) -> str:
        names = self._inputs.dataset.class_names if self._inputs.dataset is not None else ()
        return names[target] if 0 <= target < len(names) else ""


def _write(picture: np.ndarray, path: Path) -> bool:
    rgb = to_rgb(picture)
    high, wide, _ = rgb.shape
    return QImage(rgb.tobytes(), wide, high, 3 * wide, QImage.Format.Format_RGB888).save(str(path))
