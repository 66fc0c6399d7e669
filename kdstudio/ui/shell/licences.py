"""Help, Licences: whose work kdstudio stands on, with the text of each licence."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QPlainTextEdit, QVBoxLayout, QWidget

from kdstudio.core.licences import Licence
from kdstudio.ui.theme import apply_role, theme
from kdstudio.ui.widgets.buttons import Button
from kdstudio.ui.widgets.dialog import Dialog
from kdstudio.ui.widgets.labels import Label, Paragraph

ROW = 28
_KINDS = {
    "program": "program",
    "library": "library",
    "font": "font",
    "web": "in exported web pages",
    "data": "demo data",
}


class Licences(Dialog):
    """A list at the left, the chosen one's licence at the right. `found` is what core.licences gives."""

    def __init__(self, found: list[Licence], parent: QWidget) -> None:
        super().__init__("Licences", parent)
        self.setObjectName("licences")
        self.resize(theme().px(860), theme().px(600))
        self.column.addWidget(Paragraph("kdstudio is made of the work of many. Thank you.", "small", "3"))
        self.found = found
        self.list = QListWidget()
        self.list.setAccessibleName("Programs, libraries, fonts and data")
        self.list.setProperty("role", "body")
        apply_role(self.list)
        self.list.setFixedWidth(theme().px(240))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        for one in self.found:
            row = QListWidgetItem(one.name)
            row.setSizeHint(QSize(0, theme().px(ROW)))
            self.list.addItem(row)
        self.about = Label("", "bodym")
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName("Text of the licence")
        self.text.setProperty("role", "mono")
        apply_role(self.text)
        right = QVBoxLayout()
        right.setSpacing(theme().px(8))
        right.addWidget(self.about)
        right.addWidget(self.text, 1)
        halves = QHBoxLayout()
        halves.setSpacing(theme().px(16))
        halves.addWidget(self.list)
        halves.addLayout(right, 1)
        self.column.addLayout(halves, 1)
        done = Button("Close", "primary")
        done.clicked.connect(self.close)
        self.add_buttons(done)
        self.list.currentRowChanged.connect(self._show)
        self.list.setCurrentRow(0)
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show(self, row: int) -> None:
        one: Licence = self.found[row]
        named = " ".join(filter(None, (one.name, one.version)))
        self.about.setText(f"{named}, {_KINDS[one.kind]}: {one.licence}")
        self.text.setPlainText(one.text())
