"""What painted controls share: repaint on hover, a ring only for keyboard focus."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QSizePolicy

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget as _Base
else:
    _Base = object  # a second QWidget among the bases would be a second C++ object

_BY_KEYBOARD = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
    Qt.FocusReason.OtherFocusReason,
)
_PASSING = (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason)


class Hovered(_Base):
    """Mixin: knows whether the pointer is over the widget and whether the keyboard is on it."""

    has_ring = False
    _had_ring = False

    def event(self, event: QEvent) -> bool:
        """Repaint when the pointer comes and goes; take new sizes with a new theme."""
        kind = event.type()
        if kind in (QEvent.Type.Enter, QEvent.Type.Leave, QEvent.Type.EnabledChange):
            self.update()
        elif kind == QEvent.Type.StyleChange:
            self.updateGeometry()
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring where the keyboard brought the focus, or where it was before the window was left."""
        passing = event.reason() in _PASSING
        self.has_ring = self._had_ring if passing else event.reason() in _BY_KEYBOARD
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the ring away."""
        self._had_ring = self.has_ring and event.reason() in _PASSING
        self.has_ring = False
        super().focusOutEvent(event)
        self.update()

    def take_clicks(self, across: QSizePolicy.Policy = QSizePolicy.Policy.Fixed) -> None:
        """Let Tab reach the widget and the pointer be a hand on it; it has one height, and the width `across` says."""
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(across, QSizePolicy.Policy.Fixed)

    @property
    def is_hovered(self) -> bool:
        """Whether the pointer is over an enabled widget."""
        return self.isEnabled() and self.underMouse()
