"""Contents that scroll where they do not fit."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from kdstudio.ui.theme import theme


def scrolled(*widgets: QWidget, spacing: int = 10, stretch: bool = True) -> QScrollArea:
    """Return `widgets` one below the other in a scroll area that the keyboard passes over."""
    inner = QWidget()
    inner.setObjectName("scrolled")
    column = QVBoxLayout(inner)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(theme().px(spacing))
    for widget in widgets:
        column.addWidget(widget)
    if stretch:
        column.addStretch()
    area = scroll_area(inner)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return area


def scroll_area(inner: QWidget) -> QScrollArea:
    """Return a scroll area around `inner`, as wide as there is room, without frame and without sideways scrolling."""
    area = QScrollArea()
    area.setWidget(inner)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return area
