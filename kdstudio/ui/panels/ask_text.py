"""A field for a text of one's own: Enter asks the models about it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from kdstudio.ui.theme import apply_role, theme
from kdstudio.ui.widgets.buttons import IconButton

LONGEST = 20_000  # letters; no model here reads further


class AskText(QWidget):
    """`asked` gives the text, without the spaces around it."""

    asked = Signal(str)

    def __init__(self, words: str = "Type or paste a text, Enter asks") -> None:
        super().__init__()
        self.setAccessibleName("Ask about a text")
        self.field, self.go = QLineEdit(), IconButton("arrow-right", "Ask about this text")
        self.field.setAcceptDrops(False)  # files are dropped on the window, not into a field
        self.field.setObjectName("askText")
        self.field.setPlaceholderText(words)
        self.field.setAccessibleName("Text to ask about")
        self.field.setClearButtonEnabled(True)
        self.field.setMaxLength(LONGEST)
        self.field.setProperty("role", "body")
        apply_role(self.field)
        self.field.returnPressed.connect(self._ask)
        self.field.textChanged.connect(self._look)
        self.go.clicked.connect(self._ask)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme().px(6))
        row.addWidget(self.field, 1)
        row.addWidget(self.go)
        self._look("")

    def _look(self, words: str) -> None:
        self.go.setEnabled(bool(words.strip()))

    def _ask(self) -> None:
        words = self.field.text().strip()
        if words:
            self.asked.emit(words)
