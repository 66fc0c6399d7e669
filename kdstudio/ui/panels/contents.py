"""What lies inside a scroll area."""

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget


class Contents(QWidget):
    """As high as its contents are at its width; paragraphs alone would ask for their height at the narrowest."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("scrolled")

    def minimumSizeHint(self) -> QSize:
        """Whatever the area has."""
        return QSize(0, 0)
