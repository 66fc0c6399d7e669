"""A row of a list beside a field: the keyboard stays in the field and lights the row that Enter takes."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.controls import Hovered
from kdstudio.ui.widgets.painting import begin, box


class ChoiceRow(Hovered, QAbstractButton):
    """Takes clicks, never the keyboard. Derived classes draw their words on what `begin_row` gives."""

    def __init__(self, height: int, margin: int) -> None:
        super().__init__()
        self._height, self._margin, self._lit = height, margin, False
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_lit(self, lit: bool) -> None:
        """Mark the row that Enter would take."""
        self._lit = lit
        self.update()

    def sizeHint(self) -> QSize:
        """As high as was asked for."""
        return QSize(theme().px(300), theme().px(self._height))

    def begin_row(self) -> tuple[QPainter, QRectF]:
        """Draw the ground; return the painter and the place between the margins."""
        painter, px, rect = begin(self), theme().px, QRectF(self.rect())
        if self._lit or self.is_hovered:
            box(painter, rect, px(7), theme().colour("surface_3" if self._lit else "surface_2"))
        return painter, rect.adjusted(px(self._margin), 0, -px(self._margin), 0)
