"""Keeps the input inspector on the current input: lens, pin, and inputs from outside the data."""

from pathlib import Path

from PySide6.QtCore import QObject

from kdstudio.data.face import Face
from kdstudio.ui.panels.understand.exploration import Exploration
from kdstudio.ui.panels.understand.input_inspector import InputInspector
from kdstudio.ui.panels.understand.one_input import OneInput
from kdstudio.ui.panels.understand.own_input import OwnInput
from kdstudio.ui.workspace import Workspace


class Inspection(QObject):
    """Joins an inspector with the workspace. `is_own` says that it shows an input from outside the data."""

    def __init__(self, workspace: Workspace, exploration: Exploration, inspector: InputInspector) -> None:
        super().__init__(inspector)
        self._workspace, self._exploration, self._inspector = workspace, exploration, inspector
        self.own = OwnInput(workspace, self)
        self.is_own = False
        inspector.set_lens(workspace.view.lens)
        inspector.imageDropped.connect(self.ask_about)
        inspector.textAsked.connect(self.ask_about_text)
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
            self._inspector.set_input(self._exploration.one(row), self._exploration.face(row))
            self._show_pin()

    def ask_about(self, path: Path) -> None:
        """Ask all models about an image file, and show what they answer."""
        self._inspector.wait()
        self.own.ask(path)

    def ask_about_text(self, words: str) -> None:
        """Ask all models about a text."""
        self._inspector.wait()
        self.own.ask(words)

    def _show_own(self, one: OneInput, face: Face) -> None:
        self.is_own = True
        self._inspector.rest()
        self._inspector.set_input(one, face)

    def _pin(self, pinned: bool) -> None:
        if self._workspace.view.current is not None:
            self._workspace.draft.pin(self._workspace.view.current, pinned)

    def _show_pin(self) -> None:
        seen, row = self._exploration.seen, self._workspace.view.current
        self._inspector.set_pinned(
            row in self._workspace.draft.pinned(), seen is not None and seen.split == "validation"
        )
