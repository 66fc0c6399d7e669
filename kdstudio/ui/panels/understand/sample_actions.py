"""The line below a grid of inputs: how many are shown, and what can be done with all of them."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.buttons import Button, IconButton
from kdstudio.ui.widgets.labels import Label


class SampleActions(QWidget):
    """`sliced`: save the selection as a slice; `pinned`: pin it as probes; `exported`: write what is listed as CSV."""

    sliced = Signal()
    pinned = Signal()
    exported = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.counted = Label("", "small", "2")
        self.counted.setObjectName("counted")
        self.slice, self.csv = (Button(words, "ghost", icon, size="small") for words, icon in _BUTTONS)
        self.slice.setToolTip("Keep the selected inputs under a name (S)")
        self.csv.setToolTip("Save the row numbers of these inputs with truth and answers")
        self.pin = IconButton("pin", "Pin the selected inputs as probes of the next run")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme().px(2))
        row.addWidget(self.counted, 1)
        row.addWidget(self.pin)
        row.addWidget(self.slice)
        row.addWidget(self.csv)
        self.pin.clicked.connect(self.pinned)
        self.slice.clicked.connect(self.sliced)
        self.csv.clicked.connect(self.exported)

    def set_inputs(self, listed: int, *, is_selected: bool) -> None:
        """Say how many inputs are listed, and whether they are a selection."""
        for button in (self.slice, self.pin):
            button.setEnabled(listed > 0 and is_selected)
        self.csv.setEnabled(listed > 0)


_BUTTONS = (("Save as slice", "bookmark"), ("CSV", "table"))
