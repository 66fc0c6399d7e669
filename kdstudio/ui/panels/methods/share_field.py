"""How much is learned from the teacher and how much from the labels."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from kdstudio.ui.panels.methods.track import lay_out_track
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
        head = (Label("Learn from", "smallm", "2"), self._teacher, self._labels)
        lay_out_track(self, head, self.track, ("teacher", "labels"))
        self.track.moved.connect(self._tell)
        self.track.settled.connect(self.settled)

    def show_value(self, share: float) -> None:
        """Show the draft's share."""
        self.track.set_value(share)
        self._tell(share)

    def _tell(self, share: float) -> None:
        self._teacher.setText(f"teacher {share:.0%}")
        self._labels.setText(f"labels {1 - share:.0%}")
