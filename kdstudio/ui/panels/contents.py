"""What lies inside a scroll area."""

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget


class Contents(QWidget):
    """As high as its contents are at its width; paragraphs alone would ask for their height at the narrowest."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("scrolled")

    def minimumSizeHint(self) -> QSize:
        """Whatever the area has; where no paragraph asks for a height, what the fields need."""
        layout = self.layout()
        if layout is None or layout.hasHeightForWidth():
            return QSize(0, 0)
        return QSize(0, layout.minimumSize().height())
