"""How far something is: a thin rounded line."""

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.painting import begin, box


class ProgressLine(QWidget):
    """A share from 0 to 1 in a token's colour; None for "it works, nobody knows how long"."""

    def __init__(self, name: str = "Progress", token: str = "student", *, height: int = 4) -> None:
        super().__init__()
        self._share: float | None = 0.0
        self._name, self._token, self._tall = name, token, height
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_share(0.0)

    def set_share(self, share: float | None, token: str = "") -> None:
        """Show how far it is."""
        self._share = None if share is None else min(max(share, 0.0), 1.0)
        self._token = token or self._token
        self.setAccessibleName(self._name + ("" if self._share is None else f": {self._share:.0%}"))
        self.update()

    def sizeHint(self) -> QSize:
        """A line."""
        return QSize(theme().px(120), theme().px(self._tall))

    def minimumSizeHint(self) -> QSize:
        """A short line."""
        return QSize(theme().px(24), theme().px(self._tall))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw track and share."""
        painter, now, rect = begin(self), theme(), QRectF(self.rect())
        radius = rect.height() / 2
        box(painter, rect, radius, now.colour("surface_3"))
        if self._share is None:
            box(painter, rect, radius, now.colour(self._token, 0.4))
        elif self._share > 0:
            track = QPainterPath()
            track.addRoundedRect(rect, radius, radius)
            painter.setClipPath(track)  # a share smaller than the round end is a sliver of it, and no dot
            wide = rect.width() * self._share
            tip = QRectF(min(0.0, wide - rect.height()), 0, max(wide, rect.height()), rect.height())
            box(painter, tip, radius, now.colour(self._token))
