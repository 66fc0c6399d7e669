"""A picture that is no part of the data: asking all models of the run about it."""

from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from kdstudio.core.errors import Problem
from kdstudio.data.images import decode
from kdstudio.ui.panels.seen import OneInput
from kdstudio.ui.workspace import Workspace

SIDE = 64  # pixels of a picture that is shown before it is known how large the models' inputs are


class OwnPicture(QObject):
    """Asks the engine; `answered` gives the answers and the picture as the models see it, `failed` comes otherwise.

    An answer that is overtaken by another question, or by another run, is dropped.
    """

    answered = Signal(object, object)  # OneInput, (c, H, W) uint8
    failed = Signal()

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._asked: tuple[Path, Path] | None = None  # the run's folder, the picture

    def ask(self, path: Path) -> None:
        """Ask about an image file."""
        folder = self._workspace.run.folder
        if folder is None:
            return
        asked = self._asked = (folder, path)
        self._workspace.engine.ask(
            "classify",
            lambda answer: self._take(asked, answer),
            lambda problems, details: self._tell(asked, problems, details),
            run=str(folder),
            image=str(path),
        )

    def drop(self) -> None:
        """Wait for no answer any more."""
        self._asked = None

    def _take(self, asked: tuple[Path, Path], answer: dict[str, Any]) -> None:
        if asked != self._asked or asked[0] != self._workspace.run.folder:
            return
        one = OneInput(
            words=" · ".join(filter(None, (asked[1].name, answer.get("note", "")))),
            class_names=tuple(answer["class_names"]),
            student=np.array(answer["student"]),
            teacher=None if answer["teacher"] is None else np.array(answer["teacher"]),
            baseline=None if answer["baseline"] is None else np.array(answer["baseline"]),
        )
        dataset = self._workspace.inputs.dataset
        part = next(iter(dataset.parts.values())) if dataset is not None else None
        is_image = part is not None and part.inputs.kind == "image"
        channels, high, wide = part.inputs.shape if part is not None and is_image else (3, SIDE, SIDE)
        self._workspace.analyses.submit(
            "own picture",
            lambda: decode(str(asked[1]), (channels, high, wide)),
            lambda picture: self.answered.emit(one, picture),
        )

    def _tell(self, asked: tuple[Path, Path], problems: list[Problem], details: str) -> None:
        if asked == self._asked:
            for problem in problems:
                self._workspace.notices.tell(problem, details)
            self.failed.emit()
