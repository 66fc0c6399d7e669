"""Asks a person which network the teacher's weights belong to, and puts the answer into the draft."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject

from kdstudio.core.errors import KdStudioError, Problem
from kdstudio.ui.panels.setup.ways_out import WaysOut
from kdstudio.ui.python_classes import module_classes
from kdstudio.ui.workspace import Workspace

AskFile = Callable[[str, str, Callable[[Path], None]], None]
_WEIGHTS = (".safetensors", ".bin", ".index.json")


class Naming(QObject):
    """Joins the buttons on the teacher's card with the file dialog and the draft."""

    def __init__(self, workspace: Workspace, ways_out: WaysOut, ask_file: AskFile, parent: QObject) -> None:
        super().__init__(parent)
        self._workspace, self._ways_out = workspace, ways_out
        title, pattern = "The Python file that defines the network", "Python files (*.py)"
        ways_out.pythonRequested.connect(lambda: ask_file(title, pattern, self.take_python))
        config = "The model's config.json"
        ways_out.configRequested.connect(lambda: ask_file(config, "Configurations (*.json)", self.take_config))
        ways_out.classChosen.connect(self._name)
        ways_out.architectureChosen.connect(self.take_architecture)
        ways_out.knobEdited.connect(self._take_knob)

    def take_python(self, path: Path) -> None:
        """List the classes of a Python file, without running it."""
        try:
            found = module_classes(path)
            if not found:
                raise KdStudioError(
                    f"“{path.name}” defines no class.", hint="Choose the file that defines the network."
                )
        except KdStudioError as error:
            self._workspace.notices.tell_error(error)
            return
        self._ways_out.offer(path, found)

    def take_config(self, path: Path) -> None:
        """Take the folder of a Hugging Face configuration as the teacher, or read the chosen weights with it."""
        if not any(file.name.endswith(_WEIGHTS) for file in path.parent.iterdir()):
            if self._workspace.draft.path("teacher"):
                self.take_architecture(str(path))
                return
            hint = "Copy the weights beside it (model.safetensors), and choose it again."
            message = f"There are no weights beside “{path.name}”."
            self._workspace.notices.tell(Problem(message=message, hint=hint, where=str(path), severity="warning"))
            return
        self._workspace.draft.set_path("teacher", path.parent)

    def take_architecture(self, name: str) -> None:
        """Read the teacher's weights as an architecture with its usual knobs, with a config.json, or ask again ("")."""
        self._say({"arch": name} if name else {}, "Choose architecture")

    def _take_knob(self, name: str, value: Any) -> None:
        first = self._workspace.draft.value["teachers"][0]
        said = {"arch": first.get("arch", ""), "knobs": {**(first.get("knobs") or {}), name: value}}
        self._say(said, f"Change {name}")

    def _name(self, code: str) -> None:
        if not code.endswith(":"):
            self._say({"code": code}, "Choose Python class")

    def _say(self, said: dict[str, Any], words: str) -> None:
        """Put what is said about the first teacher's weights in place of what was said before."""
        draft = self._workspace.draft
        first, *others = draft.value["teachers"]
        rest = {key: value for key, value in first.items() if key not in ("code", "arch", "knobs")}
        draft.replace({**draft.value, "teachers": [rest | said, *others]}, words)
