"""What can be done about weights of a network that nobody knows: name its Python class, or its Hugging Face config."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.buttons import Button
from kdstudio.ui.widgets.fields import Combo
from kdstudio.ui.widgets.labels import Label

CLASS_WORDS = "Point to a Python class…"
CONFIG_WORDS = "Open a Hugging Face config…"


class WaysOut(QWidget):
    """Buttons that ask for a file; once a Python file was chosen, the list of its classes."""

    pythonRequested = Signal()
    configRequested = Signal()
    classChosen = Signal(str)  # FILE.py:Class

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("ways-out")
        self.setAccessibleName("What is this network?")
        self._file = ""
        self.python, self.config = Button(CLASS_WORDS, size="small"), Button(CONFIG_WORDS, size="small")
        self.python.setObjectName("point-to-class")
        self.python.setToolTip("Reads the file to list its classes. It is run only once you trust it.")
        self.config.setObjectName("open-config")
        self.config.setToolTip("A config.json with the weights beside it, as Hugging Face saves models.")
        self.classes = Combo("Class", [])
        self.classes.setObjectName("python-class")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(6))
        column.addWidget(Label("What is this network?", "smallm", "2"))
        for widget in (self.python, self.config, self.classes):
            column.addWidget(widget)
        self.classes.hide()
        self.python.clicked.connect(self.pythonRequested)
        self.config.clicked.connect(self.configRequested)
        self.classes.chosen.connect(lambda name: self.classChosen.emit(f"{self._file}:{name}"))

    def offer(self, file: Path, classes: list[str]) -> None:
        """Take the only class of a file, or let the person choose."""
        self._file = str(file)
        if len(classes) == 1:
            self.classChosen.emit(f"{file}:{classes[0]}")
            return
        self.classes.set_choices([("", f"Choose a class of {file.name}"), *((name, name) for name in classes)])
        self.classes.show()
