"""The inputs that an exported file answers otherwise than the student, with both answers."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kdstudio.data.face import Face
from kdstudio.recipe.report import Differing
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.input_tile import InputTile
from kdstudio.ui.widgets.labels import Heading, Label
from kdstudio.ui.widgets.layouts import emptied

SIDE, WIDE, ROOM = 56, 150, 5  # pixels of a picture and of what is read, and how many stand side by side

Faces = Callable[[int], Face | None]
"""What can be shown of a test input by its row in the data."""


class DifferingInputs(QWidget):
    """A row of them, the worst first; hidden where there is none."""

    def __init__(self, faces: Faces) -> None:
        super().__init__()
        self.setObjectName("differing")
        self._faces = faces
        self._differing: tuple[Differing, ...] = ()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(8))
        self.heading = Heading("", 3)
        column.addWidget(self.heading)
        self._row = QHBoxLayout()
        self._row.setSpacing(theme().px(14))
        column.addLayout(self._row)
        self.hide()

    def set_differing(self, differing: tuple[Differing, ...], *, passed: bool) -> None:
        """Show these; a file that passed may still answer a few inputs otherwise."""
        self._differing = differing
        same = all(one.before == one.after for one in differing)
        self.heading.setText("Furthest off" if same else "Answered otherwise")
        self.setVisible(bool(differing) and not (same and passed))
        self.refresh()

    def refresh(self) -> None:
        """Draw the inputs again: their data may have been read only now."""
        emptied(self._row)
        for one in self._differing[:ROOM]:
            self._row.addWidget(_Differing(one, self._faces(one.row)))
        self._row.addStretch()
        told = (f"input {one.row}: {one.before}, in the file {one.after}" for one in self._differing)
        self.setAccessibleName(f"{self.heading.text()}: {'; '.join(told)}")


class _Differing(QWidget):
    """One input: what it is, the student's answer, and the file's."""

    def __init__(self, one: Differing, face: Face | None) -> None:
        super().__init__()
        self.setAccessibleName(f"Input {one.row}")
        tile = InputTile(SIDE, f"Input {one.row}", lines=3, rows=3, wide=WIDE)
        tile.set_face(face, f"Input {one.row}")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(2))
        column.addWidget(tile, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(Label(one.before, "small", "2"))
        file = Label(f"→ {one.after}", "smallm", "1")
        file.setToolTip(f"The student says {one.before}, the file {one.after}.")
        column.addWidget(file)
