"""Keeps the input inspector on the current input: lens, pin, and pictures from outside the data."""

from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject

from kdstudio.ui.panels.exploration import Exploration
from kdstudio.ui.panels.input_inspector import InputInspector
from kdstudio.ui.panels.own_picture import OwnPicture
from kdstudio.ui.panels.seen import OneInput
from kdstudio.ui.workspace import Workspace


class Inspection(QObject):
    """Joins an inspector with the workspace. `is_own` says that it shows a picture that was dropped on it."""

    def __init__(self, workspace: Workspace, exploration: Exploration, inspector: InputInspector) -> None:
        super().__init__(inspector)
        self._workspace, self._exploration, self._inspector = workspace, exploration, inspector
        self.own = OwnPicture(workspace, self)
        self.is_own = False
        inspector.set_lens(workspace.view.lens)
        inspector.imageDropped.connect(self.ask_about)
        inspector.backAsked.connect(self.show_current)
        inspector.pinned.connect(self._pin)
        self.own.answered.connect(self._show_own)
        self.own.failed.connect(inspector.rest)
        workspace.view.lensChanged.connect(inspector.set_lens)
        workspace.view.currentChanged.connect(self.show_current)
        workspace.inputs.opened.connect(self.show_current)
        workspace.draft.changed.connect(self._show_pin)
        exploration.seenChanged.connect(self.show_current)

    def show_current(self) -> None:
        """Show the current input of the data."""
        seen, row = self._exploration.seen, self._workspace.view.current
        self.own.drop()
        self.is_own = False
        self._inspector.rest()
        if seen is not None and row is not None and self._exploration.is_active:
            self._inspector.set_input(seen.one(row), self._exploration.picture(row))
            self._show_pin()

    def ask_about(self, path: Path) -> None:
        """Ask all models about an image file, and show what they answer."""
        self._inspector.hint.setText("Asking the models…")
        self.own.ask(path)

    def _show_own(self, one: OneInput, picture: np.ndarray) -> None:
        self.is_own = True
        self._inspector.rest()
        self._inspector.set_input(one, picture)

    def _pin(self, pinned: bool) -> None:
        if self._workspace.view.current is not None:
            self._workspace.pin(self._workspace.view.current, pinned)

    def _show_pin(self) -> None:
        seen, row = self._exploration.seen, self._workspace.view.current
        self._inspector.set_pinned(row in self._workspace.pinned(), seen is not None and seen.split == "validation")
