"""A few inputs that are read, side by side for comparison: lines of text, or rows of a table below their names."""

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from kdstudio.data.face import MISSING, Face
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.painting import LEFT, begin, text

LINES, PITCH = 4, 23  # as high as two rows of pictures
COLUMN = 88  # pixels: the least width of a column of a table


class ExampleLines(QWidget):
    """One input a line; of a table, as many columns as there is room for."""

    def __init__(self) -> None:
        super().__init__()
        self._faces: list[Face] = []
        self.setAccessibleName("Training inputs")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def faces(self) -> list[Face]:
        """What is shown, the first lines of it."""
        return self._faces

    def set_faces(self, faces: list[Face]) -> None:
        """Show these inputs."""
        self._faces = faces
        self.setAccessibleDescription("; ".join(face.line for face in faces[:LINES]))
        self.setToolTip("\n".join(face.line[:200] for face in faces[:LINES]))
        self.update()

    def sizeHint(self) -> QSize:
        """All lines."""
        return QSize(theme().px(240), theme().px(LINES * PITCH))

    def minimumSizeHint(self) -> QSize:
        """Narrow lines."""
        return QSize(theme().px(80), theme().px(LINES * PITCH))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the lines, with hairlines between them."""
        if not self._faces:
            return
        painter = begin(self)
        for at in range(1, LINES):
            painter.fillRect(QRectF(0, at * theme().px(PITCH), self.width(), 1), theme().colour("line"))
        if self._faces[0].kind == "table":
            self._paint_table(painter)
            return
        for at, face in enumerate(self._faces[:LINES]):
            text(painter, self._line(at), face.line, "small", "text_1", LEFT)

    def _paint_table(self, painter: QPainter) -> None:
        names = [name for name, _ in self._faces[0].cells]
        shown = min(len(names), max(1, self.width() // theme().px(COLUMN)))
        rows = [face.cells for face in self._faces[: LINES - 1]]
        wide = self.width() / shown
        for column in range(shown):
            room = QRectF(column * wide, 0, wide - theme().px(8), 0)
            for at in range(len(rows) + 1):
                line = self._line(at)
                place = QRectF(room.left(), line.top(), room.width(), line.height())
                if at == 0:
                    text(painter, place, names[column], "caption", "text_3", LEFT)
                else:
                    value = rows[at - 1][column][1]
                    text(painter, place, value, "small", "text_3" if value == MISSING else "text_1", LEFT)

    def _line(self, at: int) -> QRectF:
        pitch = theme().px(PITCH)
        return QRectF(0, at * pitch + 1, self.width(), pitch - 1)
