"""How much is learned from the teacher and how much from the labels."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.labels import Label
from kdstudio.ui.widgets.sliders import ShareSlider


class ShareField(QWidget):
    """`settled` gives the teacher's share, 0 to 1, once a drag or a key is over."""

    settled = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("learn-from")
        self.setAccessibleName("Learn from")
        self.track = ShareSlider()
        self.track.setToolTip("How much each step follows the teacher’s answers, and how much the true labels.")
        self._teacher, self._labels = Label("", "smallm", "teacher"), Label("", "smallm", "2")
        line = QWidget()
        line.setFixedHeight(theme().px(22))
        head, foot = QHBoxLayout(line), QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(theme().px(8))
        head.addWidget(Label("Learn from", "smallm", "2"), 1)
        head.addWidget(self._teacher)
        head.addWidget(self._labels)
        foot.addWidget(Label("teacher", "micro", "2"))
        foot.addStretch()
        foot.addWidget(Label("labels", "micro", "2"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(1))
        column.addWidget(line)
        column.addSpacing(theme().px(2))
        column.addWidget(self.track)
        column.addLayout(foot)
        self.setFocusProxy(self.track)
        self.track.moved.connect(self._tell)
        self.track.settled.connect(self.settled)

    def show_value(self, share: float) -> None:
        """Show the draft's share."""
        self.track.set_value(share)
        self._tell(share)

    def _tell(self, share: float) -> None:
        self._teacher.setText(f"teacher {share:.0%}")
        self._labels.setText(f"labels {1 - share:.0%}")
