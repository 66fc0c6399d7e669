"""The line above the charts: smoothing, steps or epochs or minutes, reset, and what else there is."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.buttons import IconButton
from kdstudio.ui.widgets.labels import Heading, Label
from kdstudio.ui.widgets.painting import probability
from kdstudio.ui.widgets.segmented import Segmented
from kdstudio.ui.widgets.sliders import Slider

SMOOTHING = 0.6
_PAIRS = {"fit": "Loss", "transfer": "Agreement", "teaching": "Gradients"}  # the first chart of each


class CurveToolbar(QWidget):
    """What is common to all charts. Where there is little room it has a picker of two charts instead of a heading."""

    smoothingMoved = Signal(float)
    axisChosen = Signal(str)
    pairChosen = Signal(str)
    resetAsked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.heading, self.caption = Heading("Curves", 2), Label("shared crosshair", "small", "3")
        self.picker = Segmented(list(_PAIRS.items()), "Charts", height=28)
        self.picker.setObjectName("chartPicker")
        self.picker.hide()
        self._name = Label("Smoothing", "small", "2", elide=False)
        self.smoothing = Slider(0.0, 0.99, SMOOTHING, "Smoothing")
        self.smoothing.setObjectName("smoothing")
        self.smoothing.setToolTip("Smoothing of the loss: the share of the past")
        self._value = Label(probability(SMOOTHING), "small", "2", elide=False)
        self.axis = Segmented(["step", "epoch", "time"], "Horizontal axis")
        self.axis.setObjectName("curveAxis")
        self.axis.set_value("epoch")
        self.reset = IconButton("reset", "Reset zoom")
        self.reset.setObjectName("resetZoom")
        self.more = IconButton("more", "More about the curves")
        self.more.setObjectName("curvesMenu")
        self._lay_out()
        self.smoothing.moved.connect(self._smooth)
        self.axis.chosen.connect(self.axisChosen)
        self.picker.chosen.connect(self.pairChosen)
        self.reset.clicked.connect(lambda _=False: self.resetAsked.emit())

    def set_compact(self, compact: bool) -> None:
        """Use the little room for what can be used."""
        self.picker.setVisible(compact)
        for widget in (self.heading, self.caption, self._name, self._value):
            widget.setVisible(not compact)

    def set_pairs(self, pairs: list[str]) -> None:
        """Offer these pairs of charts."""
        self.picker.set_choices([(pair, _PAIRS[pair]) for pair in pairs])

    def show_place(self, words: str) -> None:
        """Say where the crosshair is; nothing while it is away."""
        self.caption.setText(f"shared crosshair at {words}" if words else "shared crosshair")

    def _lay_out(self) -> None:
        px, row = theme().px, QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(px(8))
        row.addWidget(self.heading)
        row.addWidget(self.picker)
        row.addWidget(self.caption, 1)
        row.addStretch(0)
        row.addWidget(self._name)
        self.smoothing.setFixedWidth(px(86))
        self._value.setFixedWidth(px(30))
        row.addWidget(self.smoothing)
        row.addWidget(self._value)
        row.addSpacing(px(6))
        for widget in (self.axis, self.reset, self.more):
            row.addWidget(widget)

    def _smooth(self, weight: float) -> None:
        self._value.setText(probability(weight) if weight else "off")
        self.smoothingMoved.emit(weight)
