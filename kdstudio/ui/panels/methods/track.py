"""A setting that is dragged along a track: its name and value above, what the ends mean below."""

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.labels import Label


def lay_out_track(field: QWidget, head: tuple[QWidget, ...], track: QWidget, ends: tuple[str, str]) -> QVBoxLayout:
    """Lay `field` out, with `head` in a line above the track, the first of it taking the room; return its column."""
    line = QWidget()
    line.setFixedHeight(theme().px(22))
    above, below = QHBoxLayout(line), QHBoxLayout()
    above.setContentsMargins(0, 0, 0, 0)
    above.setSpacing(theme().px(8))
    for at, widget in enumerate(head):
        above.addWidget(widget, 0 if at else 1)
    low, high = ends
    below.addWidget(Label(low, "micro", "2"))
    below.addStretch()
    below.addWidget(Label(high, "micro", "2"))
    column = QVBoxLayout(field)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(theme().px(1))
    column.addWidget(line)
    column.addSpacing(theme().px(2))
    column.addWidget(track)
    column.addLayout(below)
    field.setFocusProxy(track)
    return column
