"""A sheet over the window: it does not block, and is gone when it is closed."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.buttons import Button
from kdstudio.ui.widgets.labels import Heading


class Dialog(QDialog):
    """A window-modal sheet with a title; Escape closes it and it is gone."""

    def __init__(self, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        px = theme().px
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(px(24), px(20), px(24), px(20))
        self.column.setSpacing(px(12))
        self.column.addWidget(Heading(title, 1))

    def add_buttons(self, *buttons: Button) -> None:
        """Put buttons at the lower right."""
        row = QHBoxLayout()
        row.setSpacing(theme().px(8))
        row.addStretch()
        for button in buttons:
            row.addWidget(button)
        self.column.addLayout(row)
