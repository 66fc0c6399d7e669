"""The strip on Home that says what may be dropped, with a button for those who rather choose."""

from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.buttons import Button
from kdstudio.ui.widgets.cards import Glyph
from kdstudio.ui.widgets.labels import Label
from kdstudio.ui.widgets.painting import begin

FORMATS = ".pt   .safetensors   .onnx   images   texts   tables   sounds   .kdproj"


class DropStrip(QWidget):
    """Dashed like every place for files; the window itself takes the drops."""

    openModelRequested = Signal()
    openDataRequested = Signal()
    openProjectRequested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("drop-strip")
        self.setAccessibleName("Open files")
        row = QHBoxLayout(self)
        row.setContentsMargins(*(theme().px(m) for m in (20, 18, 18, 18)))
        row.setSpacing(theme().px(10))
        row.addWidget(Glyph("download", "text_2", 20))
        words = QVBoxLayout()
        words.setContentsMargins(theme().px(6), 0, 0, 0)
        words.setSpacing(theme().px(2))
        words.addWidget(Label("Drop a teacher, student, dataset or project anywhere in this window", "h3"))
        words.addWidget(Label(FORMATS, "small", "3"))
        row.addLayout(words, 1)
        for name, label, signal in (
            ("open-model", "Open model…", self.openModelRequested),
            ("open-dataset", "Open dataset…", self.openDataRequested),
            ("open-project", "Open project…", self.openProjectRequested),
        ):
            button = Button(label)
            button.setObjectName(name)
            button.clicked.connect(signal)
            row.addWidget(button)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the dashes."""
        painter, now = begin(self), theme()
        pen = QPen(now.colour("text_2", 0.55), 1.5)
        pen.setDashPattern([3, 3])
        painter.setPen(pen)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), now.px(14), now.px(14))
