"""How many channels of the student's file are taken out before it goes on, or how many of its weights."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.labels import Label
from kdstudio.ui.widgets.segmented import Segmented
from kdstudio.ui.widgets.sliders import Slider

MOST, STEP = {"channels": 0.9, "weights": 0.99}, 0.05
_HELP = "Share of the channels or hidden units that are taken out, the weakest first; the rest is trained on."
_WEIGHTS = "Share of the single weights that become zeros and stay so, the smallest first; the rest is trained on."


class PruneSlider(QWidget):
    """`moved` gives the share while it is dragged, None for nothing; `settled` says that the drag is over.

    `turned` gives what goes: channels, or single weights.
    """

    moved = Signal(object)
    turned = Signal(str)
    settled = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("prune")
        self.setAccessibleName("Prune the student")
        self.track, self.share = Slider(0.0, MOST["channels"], 0.0, "Prune", step=STEP), Label("", "smallm", "student")
        self.track.setObjectName("prune-share")
        self.track.setToolTip(_HELP)
        self.share.setFixedWidth(theme().px(40))
        self.unit = Segmented([("channels", "Channels"), ("weights", "Weights")], "Prune what", height=22)
        self.unit.setObjectName("prune-unit")
        self.unit.setToolTip("Whole channels, or single weights.")
        self._word, self._is_compact = Label("Prune", "small", "3", elide=False), False
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(theme().px(8))
        line.addWidget(self._word)
        line.addWidget(self.unit)
        line.addWidget(self.track, 1)
        line.addWidget(self.share)
        self.track.moved.connect(lambda value: self.moved.emit(round(value, 2) or None))
        self.track.settled.connect(lambda _: self.settled.emit())
        self.unit.chosen.connect(self.turned)

    def set_compact(self, is_compact: bool) -> None:
        """Leave the word out where there is no room for it beside what it is about."""
        self._is_compact = is_compact
        self._word.setVisible(not (self.unit.isVisibleTo(self) and is_compact))

    def show_share(self, share: float | None, unit: str) -> None:
        """Show the draft's share, and what it is of."""
        self.unit.setVisible(bool(share))
        self._word.setVisible(not (share and self._is_compact))
        self.unit.set_value(unit)
        self.track.setToolTip(_WEIGHTS if unit == "weights" else _HELP)
        self.track.set_range(0.0, MOST[unit])
        self.track.set_value(share or 0.0)
        self.share.setText(f"{share or 0:.0%}")
