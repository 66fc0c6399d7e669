"""A place to drop files on: dashed at rest, glowing when a fitting file is over it, faint with a reason otherwise."""

from typing import Literal

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from kdstudio.ui import icons
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.controls import Hovered
from kdstudio.ui.widgets.painting import CENTRE, SHAPES, begin, box, mark, text

ZoneState = Literal["rest", "lit", "disabled"]
_LOOKS = {"committee": "teacher"}  # whose mark and colour it has
GROWTH = 6  # pixels on each side when lit


class DropZone(Hovered, QWidget):
    """`identity` is "teacher", "committee", "student" or "data". The shell decides what fits and calls `set_state`.

    `pressed` comes from a click and from Enter: the zone is also a way to choose a file without dragging.
    """

    pressed = Signal()

    def __init__(self, identity: str, title: str, words: str = "", below: str = "") -> None:
        super().__init__()
        self.identity, self._title, self._words, self._below = identity, title, words, below
        self._look = _LOOKS.get(identity, identity)
        self._state: ZoneState = "rest"
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._tell()

    def set_state(self, state: ZoneState, words: str = "", below: str = "") -> None:
        """Show rest ("Let it learn"), lit ("Release to let it teach") or disabled ("Not possible", why)."""
        self._state = state
        self._words, self._below = words or self._words, below or self._below
        self._tell()
        self.update()

    @property
    def state(self) -> ZoneState:
        """`rest`, `lit` or `disabled`."""
        return self._state

    def sizeHint(self) -> QSize:
        """A generous target."""
        return QSize(theme().px(300), theme().px(220))

    def minimumSizeHint(self) -> QSize:
        """Room for mark and words."""
        return QSize(theme().px(150), theme().px(140))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Space press the zone."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._state != "disabled":
            self.pressed.emit()
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click presses the zone."""
        if event.button() == Qt.MouseButton.LeftButton and self._state != "disabled":
            self.pressed.emit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the zone."""
        painter, now = begin(self), theme()
        lit = self._state == "lit"
        inset = now.px(6) if lit else now.px(6 + GROWTH)
        rect = QRectF(self.rect()).adjusted(inset, inset, -inset, -inset)
        colour = self._look if self._look in SHAPES else "text_2"
        box(painter, rect, now.px(14), now.colour("surface_1"))
        if lit:
            self._paint_glow(painter, rect, colour)
        else:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            pen = QPen(now.colour(colour, 0.3 if self._state == "disabled" else 0.55), 1.5)
            pen.setDashPattern([4, 3])
            painter.setPen(pen)
            painter.drawRoundedRect(rect.adjusted(0.75, 0.75, -0.75, -0.75), now.px(14), now.px(14))
        if self.has_ring and not lit:
            box(painter, rect, now.px(14), None, now.colour("text_1"), 2)
        painter.setOpacity(0.45 if self._state == "disabled" else 1.0)
        self._paint_words(painter, rect)

    def _paint_glow(self, painter: QPainter, rect: QRectF, colour: str) -> None:
        now = theme()
        for spread in (6, 4, 2):
            box(painter, rect.adjusted(-spread, -spread, spread, spread), now.px(14) + spread, now.colour(colour, 0.05))
        box(painter, rect, now.px(14), now.colour("surface_1"))
        box(painter, rect, now.px(14), now.colour(colour, 0.12), now.colour(colour), 2.5)

    def _paint_words(self, painter: QPainter, rect: QRectF) -> None:
        px = theme().px
        compact = rect.height() < px(150)
        side = px(18 if compact else 30)
        tall = side + px(14) + px(28) + px(22) * (bool(self._words) + bool(self._below))
        y = rect.center().y() - tall / 2
        middle = QPointF(rect.center().x(), y + side / 2)
        if self._look in SHAPES:
            mark(painter, SHAPES[self._look], middle, side, self._look)
        else:
            around = QRectF(middle.x() - side / 2, y, side, side)
            icons.draw(painter, "database" if self.identity == "data" else "download", around, "text_2")
        tones = {"teacher": "teacher_text", "student": "student_text"}
        y += side + px(12)
        room = rect.adjusted(px(12), 0, -px(12), 0)
        tone = tones.get(self._look, "text_1")
        text(painter, QRectF(room.left(), y, room.width(), px(28)), self._title, "h1", tone, CENTRE)
        y += px(30)
        for words, role, shade in ((self._words, "body", "text_1"), (self._below, "small", "text_2")):
            if words:
                text(painter, QRectF(room.left(), y, room.width(), px(22)), words, role, shade, CENTRE)
                y += px(22)

    def _tell(self) -> None:
        self.setAccessibleName(f"{self._title}: {self._words}" if self._words else self._title)
        self.setAccessibleDescription(self._below)
