"""How many channels of the student's file are taken out before it goes on."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.labels import Label
from kdstudio.ui.widgets.sliders import Slider

MOST, STEP = 0.9, 0.05
_HELP = "Share of the channels or hidden units that are taken out, the weakest first; the rest is trained on."


class PruneSlider(QWidget):
    """`moved` gives the share while it is dragged, None for nothing; `settled` says that the drag is over."""

    moved = Signal(object)
    settled = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("prune")
        self.setAccessibleName("Prune the student")
        self.track, self.share = Slider(0.0, MOST, 0.0, "Prune", step=STEP), Label("", "smallm", "student")
        self.track.setObjectName("prune-share")
        self.track.setToolTip(_HELP)
        self.share.setFixedWidth(theme().px(40))
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(theme().px(8))
        line.addWidget(Label("Prune", "small", "3", elide=False))
        line.addWidget(self.track, 1)
        line.addWidget(self.share)
        self.track.moved.connect(lambda value: self.moved.emit(round(value, 2) or None))
        self.track.settled.connect(lambda _: self.settled.emit())

    def show_share(self, share: float | None) -> None:
        """Show the draft's share."""
        self.track.set_value(share or 0.0)
        self.share.setText(f"{share or 0:.0%}")
