"""What can be done about weights of an unknown network: choose its architecture, or name its class or config."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from kdstudio.recipe.problems import Catalogue
from kdstudio.ui.panels.methods.knob_form import KnobForm
from kdstudio.ui.students import student_items
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.buttons import Button
from kdstudio.ui.widgets.fields import Combo
from kdstudio.ui.widgets.labels import Label

CHOOSE_WORDS = "Choose an architecture"
CLASS_WORDS = "Point to a Python class…"
CONFIG_WORDS = "Open a Hugging Face config…"


class WaysOut(QWidget):
    """The architectures with their knobs, and buttons that ask for a file; then the list of a Python file's classes."""

    pythonRequested = Signal()
    configRequested = Signal()
    classChosen = Signal(str)  # FILE.py:Class
    architectureChosen = Signal(str)
    knobEdited = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("ways-out")
        self.setAccessibleName("What is this network?")
        self._file, self._catalogue, self._shown = "", Catalogue(), ""
        self.knobs: KnobForm | None = None
        self.architecture = Combo("", [])
        self.architecture.setObjectName("weights-architecture")
        self.architecture.setAccessibleName("Architecture of the weights")
        self.architecture.editor.setAccessibleName("Architecture of the weights")
        self.architecture.editor.setToolTip("What fits and what does not is said below, for each choice.")
        self.architecture.chosen.connect(self.architectureChosen)
        self.python, self.config = Button(CLASS_WORDS, size="small"), Button(CONFIG_WORDS, size="small")
        self.python.setObjectName("point-to-class")
        self.python.setToolTip("Reads the file to list its classes. It is run only once you trust it.")
        self.config.setObjectName("open-config")
        self.config.setToolTip("The config.json that Hugging Face saves with a model, beside the weights or elsewhere.")
        self.classes = Combo("Class", [])
        self.classes.setObjectName("python-class")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(6))
        column.addWidget(Label("What is this network?", "smallm", "2"))
        self._room = QScrollArea()
        self._room.setWidgetResizable(True)
        self._room.setFrameShape(QFrame.Shape.NoFrame)
        self._room.setMinimumHeight(theme().px(64))
        self._room.hide()
        for widget in (self.architecture, self._room, self.python, self.config, self.classes):
            column.addWidget(widget)
        self.classes.hide()
        self.python.clicked.connect(self.pythonRequested)
        self.config.clicked.connect(self.configRequested)
        self.classes.chosen.connect(lambda name: self.classChosen.emit(f"{self._file}:{name}"))

    def set_catalogue(self, catalogue: Catalogue) -> None:
        """Offer these architectures."""
        self._catalogue, self._shown = catalogue, "-"

    def show_said(self, name: str, knobs: dict[str, Any]) -> None:
        """Show which architecture was chosen, and its knobs."""
        entry = self._catalogue.student(name)
        if name != self._shown:
            self._shown = name
            known = student_items(self._catalogue)
            self.architecture.set_choices([("", CHOOSE_WORDS), *known], name if entry is not None else "")
            self.knobs = None
            self._room.setVisible(entry is not None)
            if entry is not None:
                self.knobs = KnobForm(entry.knobs)
                self.knobs.edited.connect(self.knobEdited)
                self._room.setWidget(self.knobs)  # the former form is deleted
                for surface in (self.knobs, self._room.viewport()):
                    surface.setAutoFillBackground(False)  # the card's own shows
        for button in (self.python, self.config):  # other answers to the same question
            button.setVisible(not name)
        if self.knobs is not None:
            self.knobs.show_values(knobs)

    def offer(self, file: Path, classes: list[str]) -> None:
        """Take the only class of a file, or let the person choose."""
        self._file = str(file)
        if len(classes) == 1:
            self.classChosen.emit(f"{file}:{classes[0]}")
            return
        self.classes.set_choices([("", f"Choose a class of {file.name}"), *((name, name) for name in classes)])
        self.classes.show()
