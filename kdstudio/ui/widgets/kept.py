"""A drawing that takes longer than a frame, kept as a picture until something about it changes."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QWidget

from kdstudio.ui.theme import theme


class Kept:
    """The picture of one widget: drawn anew where its size, the screen or the theme changed, or after `forget`."""

    def __init__(self) -> None:
        self._key: tuple[object, ...] = ()
        self._picture = QPixmap()

    def forget(self) -> None:
        """Draw anew the next time."""
        self._key = ()

    def of(self, widget: QWidget, draw: Callable[[QPainter], None]) -> QPixmap:
        """Return the picture, as large as `widget`, transparent where `draw` paints nothing."""
        ratio, now = widget.devicePixelRatioF(), theme()
        key = (widget.width(), widget.height(), ratio, now.is_dark, now.px(100))
        if key != self._key:
            self._picture = QPixmap(widget.size() * ratio)
            self._picture.setDevicePixelRatio(ratio)
            self._picture.fill(Qt.GlobalColor.transparent)
            painter = QPainter(self._picture)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            draw(painter)
            painter.end()
            self._key = key
        return self._picture
