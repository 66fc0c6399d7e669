"""Putting rows in another order by dragging them: the grip of a row, and the line where it would go."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QGraphicsOpacityEffect, QScrollArea, QWidget

from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.controls import Hovered
from kdstudio.ui.widgets.painting import begin, box, focus_ring

EDGE = 36  # pixels from the end of what is seen at which it scrolls while a row is dragged
FADED = 0.45  # of a row that is being dragged


class Grip(Hovered, QAbstractButton):
    """Six dots that a row is dragged by. Escape, or another mouse button, lets the row stay where it was."""

    carried = Signal(float)  # the pointer's y in the screen's pixels
    dropped = Signal()
    cancelled = Signal()

    def __init__(self, words: str) -> None:
        super().__init__()
        self.take_clicks()
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setToolTip(words)
        self.setAccessibleName(words)
        self._from: QPointF | None = None
        self.is_carrying = False

    def sizeHint(self) -> QSize:
        """As high as the buttons of a row."""
        return QSize(theme().px(16), theme().px(24))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Remember where the drag begins; another button ends it."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._from = event.globalPosition()
            self.setFocus(Qt.FocusReason.MouseFocusReason)
        elif self._ends():
            self.cancelled.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Carry the row once the pointer has really moved."""
        if self._from is None:
            return
        at = event.globalPosition()
        if not self.is_carrying and abs(at.y() - self._from.y()) >= QApplication.startDragDistance():
            self.is_carrying = True
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        if self.is_carrying:
            self.carried.emit(at.y())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let the row go."""
        if event.button() == Qt.MouseButton.LeftButton and self._ends():
            self.dropped.emit()

    def event(self, event: QEvent) -> bool:
        """Keep Escape from the window's shortcuts while a row is carried."""
        if event.type() == QEvent.Type.ShortcutOverride and self.is_carrying:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape lets the row stay; other keys are the row's."""
        if event.key() == Qt.Key.Key_Escape and self._ends():
            self.cancelled.emit()
        else:
            event.ignore()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Whoever turns to something else, another window for one, drops nothing."""
        super().focusOutEvent(event)
        if self._ends():
            self.cancelled.emit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw two columns of three dots."""
        painter, px, rect = begin(self), theme().px, self.rect().toRectF()
        if self.is_hovered or self.is_carrying:
            box(painter, rect, px(5), theme().colour("surface_2"))
        if self.has_ring:
            focus_ring(painter, rect, px(5))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().colour("text_1" if self.is_hovered or self.is_carrying else "text_3"))
        for across in (-1, 1):
            for down in (-1, 0, 1):
                centre = rect.center() + QPointF(across * px(3), down * px(5))
                painter.drawEllipse(centre, px(1.4), px(1.4))

    def _ends(self) -> bool:
        """End a drag; return whether there was one."""
        was_carrying, self.is_carrying, self._from = self.is_carrying, False, None
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        return was_carrying


class Reorder(QWidget):
    """Shows where a dragged row would go, as a line between the rows of `parent`, and says so when it is dropped."""

    moved = Signal(int, int)  # from, to

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._parent = parent
        self._rows: Sequence[QWidget] = ()
        self._at = self._to = -1
        self._y = 0.0
        self._timer = QTimer(self, interval=30)
        self._timer.timeout.connect(self._scroll)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName("Where the row would go")
        self.hide()

    def follow(self, rows: Sequence[QWidget], grips: Sequence[Grip]) -> None:
        """Let these rows be dragged by their grips."""
        self._end()
        self._rows = rows
        for at, grip in enumerate(grips):
            grip.carried.connect(lambda y, at=at: self._carry(at, y))
            grip.dropped.connect(self._drop)
            grip.cancelled.connect(self._end)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the line."""
        box(begin(self), self.rect().toRectF(), self.height() / 2, theme().colour("text_1"))

    def _carry(self, at: int, y: float) -> None:
        if at != self._at:
            self._at = at
            faded = QGraphicsOpacityEffect(self._rows[at])
            faded.setOpacity(FADED)
            self._rows[at].setGraphicsEffect(faded)
            self._timer.start()
        self._y = y
        here = self._parent.mapFromGlobal(QPointF(0, y)).y()
        others = [row for row in self._rows if row is not self._rows[at]]
        self._to = sum(row.geometry().center().y() < here for row in others)
        self._place()

    def _place(self) -> None:
        """Lie between the rows, or nowhere where the row would stay."""
        rows, to, tall = self._rows, self._to, theme().px(3)
        self.setVisible(to != self._at)
        before = to if to <= self._at else to + 1  # the row that it would stand before, in the present order
        y = rows[before].geometry().top() - 1 if before < len(rows) else rows[-1].geometry().bottom() + 2
        gap = theme().px(8) if before else 0
        self.setGeometry(rows[0].x(), y - (gap + tall) // 2, rows[0].width(), tall)
        self.raise_()

    def _scroll(self) -> None:
        """Scroll on while the pointer is held near an end of what is seen."""
        area: QWidget | None = self._parent
        while area is not None and not isinstance(area, QScrollArea):
            area = area.parentWidget()
        if area is None:
            return
        here, edge = area.viewport().mapFromGlobal(QPointF(0, self._y)).y(), theme().px(EDGE)
        beyond = min(0.0, here - edge) + max(0.0, here - (area.viewport().height() - edge))
        if beyond:
            bar = area.verticalScrollBar()
            bar.setValue(bar.value() + round(beyond / 3))
            self._carry(self._at, self._y)

    def _drop(self) -> None:
        at, to = self._at, self._to
        self._end()
        if to not in (at, -1):
            self.moved.emit(at, to)

    def _end(self) -> None:
        self._timer.stop()
        if 0 <= self._at < len(self._rows):
            self._rows[self._at].setGraphicsEffect(None)  # type: ignore[arg-type]  # that is how Qt takes one away
        self._at = self._to = -1
        self.hide()
