"""Asks what a selection is to be called."""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from kdstudio.ui.panels.popover import Popover
from kdstudio.ui.widgets.fields import Field
from kdstudio.ui.widgets.labels import Heading


class SliceName(Popover):
    """Enter saves, Escape leaves everything as it was; `against` says why a name cannot be taken."""

    saved = Signal(str)

    def __init__(self, parent: QWidget, title: str, name: str, against: Callable[[str], str]) -> None:
        super().__init__(parent, title, 360)
        self.setObjectName("sliceName")
        self._against = against
        self.name = Field("Name", name, help="Slices keep rows of the data, for other epochs and other runs on it.")
        self.column.addWidget(Heading(title, 2))
        self.column.addWidget(self.name)
        self.name.editor.returnPressed.connect(self.save)
        self.name.edited.connect(lambda _: self.name.set_problem(""))
        self.add_save(self.save)

    def save(self) -> None:
        """Hand over the name, if it can be taken."""
        problem = self._against(self.name.value())
        if problem:
            self.name.set_problem(problem)
            self.adjustSize()
            return
        self.saved.emit(self.name.value().strip())
        self.close()
