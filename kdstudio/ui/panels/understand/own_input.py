"""An input that is no part of the data: asking all models of the run about a picture or a text."""

from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from kdstudio.core.errors import Problem
from kdstudio.data.face import Face
from kdstudio.data.image.pictures import decode
from kdstudio.ui.panels.understand.one_input import OneInput
from kdstudio.ui.workspace import Workspace

SIDE = 64  # pixels of a picture that is shown before it is known how large the models' inputs are


class OwnInput(QObject):
    """Asks the engine; `answered` gives the answers and the input as the models see it, `failed` comes otherwise.

    An answer that is overtaken by another question, or by another run, is dropped.
    """

    answered = Signal(object, object)  # OneInput, Face
    failed = Signal()

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._asked: tuple[Path, Path | str] | None = None  # the run's folder; the picture or the text

    def ask(self, given: Path | str) -> None:
        """Ask about an image file, or about a text."""
        folder = self._workspace.run.folder
        if folder is None:
            return
        asked = self._asked = (folder, given)
        self._workspace.engine.ask(
            "classify",
            lambda answer: self._take(asked, answer),
            lambda problems, details: self._tell(asked, problems, details),
            run=str(folder),
            **({"text": given} if isinstance(given, str) else {"image": str(given)}),
        )

    def drop(self) -> None:
        """Wait for no answer any more."""
        self._asked = None

    def _take(self, asked: tuple[Path, Path | str], answer: dict[str, Any]) -> None:
        if asked != self._asked or asked[0] != self._workspace.run.folder:
            return
        given = asked[1]
        name = given.name if isinstance(given, Path) else ""
        one = OneInput(
            words=" · ".join(filter(None, (name, answer.get("note", "")))),
            class_names=tuple(answer["class_names"]),
            student=np.array(answer["student"]),
            teacher=None if answer["teacher"] is None else np.array(answer["teacher"]),
            baseline=None if answer["baseline"] is None else np.array(answer["baseline"]),
            target=None,
            task=self._workspace.run.task,
        )
        if isinstance(given, str):
            self.answered.emit(one, Face("text", words=given))
            return
        dataset = self._workspace.inputs.dataset
        is_image = dataset is not None and dataset.kind == "image"
        channels, high, wide = dataset.input_shape if dataset is not None and is_image else (3, SIDE, SIDE)
        self._workspace.analyses.submit(
            "own picture",
            lambda: decode(str(given), (channels, high, wide)),
            lambda picture: self.answered.emit(one, Face("image", picture)),
        )

    def _tell(self, asked: tuple[Path, Path | str], problems: list[Problem], details: str) -> None:
        if asked == self._asked:
            for problem in problems:
                self._workspace.notices.tell(problem, details)
            self.failed.emit()
