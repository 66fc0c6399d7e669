"""How much narrower and shallower than its teacher a student is, dragged along two tracks."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.labels import Label
from kdstudio.ui.widgets.sliders import Slider

LEAST, STEP = 0.1, 0.05
_FIXED = {
    "width": "The layers of this teacher are copied with their weights, so that they keep their width.",
    "depth": "The depth of this teacher cannot be changed.",
}
_HELP = {"width": "Share of the teacher’s channels or units.", "depth": "Share of the teacher’s layers."}


class ShrinkSliders(QWidget):
    """`moved` gives "width" or "depth" and its share while it is dragged, `settled` says that the drag is over."""

    moved = Signal(str, float)
    settled = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("shrink")
        self.setAccessibleName("Shrink the teacher")
        self.tracks: dict[str, Slider] = {}
        self._shares: dict[str, Label] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for name in ("width", "depth"):
            column.addLayout(self._line(name))

    def show_values(self, values: dict[str, float], directions: tuple[str, ...]) -> None:
        """Show the draft's shares; a direction in which this teacher cannot be shrunk is greyed, with the reason."""
        for name, track in self.tracks.items():
            can_move = name in directions
            track.set_value(values[name])
            track.setEnabled(can_move)
            track.setToolTip(_HELP[name] if can_move else _FIXED[name])
            self._shares[name].setText(f"{values[name]:.0%}")

    def _line(self, name: str) -> QHBoxLayout:
        track, share = Slider(LEAST, 1.0, 0.5, name.capitalize(), step=STEP), Label("", "smallm", "student")
        track.setObjectName(f"shrink-{name}")
        share.setFixedWidth(theme().px(40))
        label = Label(name.capitalize(), "small", "3", elide=False)
        label.setFixedWidth(theme().px(40))
        track.moved.connect(lambda value: share.setText(f"{value:.0%}"))
        track.moved.connect(lambda value: self.moved.emit(name, value))
        track.settled.connect(lambda _: self.settled.emit())
        self.tracks[name], self._shares[name] = track, share
        line = QHBoxLayout()
        line.setSpacing(theme().px(8))
        line.addWidget(label)
        line.addWidget(track, 1)
        line.addWidget(share)
        return line
