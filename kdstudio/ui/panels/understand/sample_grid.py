"""A grid of inputs, however many: only the tiles that are seen are painted and decoded."""

from collections.abc import Callable

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QSizePolicy

from kdstudio.core.rows import Rows
from kdstudio.ui.panels.understand.sample_pictures import SamplePictures
from kdstudio.ui.panels.understand.sample_tile import (
    PICTURE,
    READ_WIDTH,
    WIDTH,
    Sample,
    draw_read_tile,
    draw_tile,
    read_tile_height,
    tile_height,
    words_size,
)
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.controls import Hovered
from kdstudio.ui.widgets.painting import focus_ring

GAP = 8


class SampleGrid(Hovered, QAbstractScrollArea):
    """Tiles from left to right and from top to bottom. `chosen` gives the row of the data of a tile that was clicked.

    Up, Down, Page Up, Page Down, Home and End move the choice while the keyboard is here; Left and Right belong to the
    page, which walks through the same inputs. `scrolled` says that other tiles are seen.
    """

    chosen = Signal(int)
    scrolled = Signal()

    def __init__(self, pictures: SamplePictures, *, least: int = WIDTH) -> None:
        super().__init__()
        self._pictures, self._least = pictures, least
        self._rows = Rows()
        self._sample: Callable[[int], Sample] = lambda row: Sample(row, "", {})
        self._lines = 3
        self._current: int | None = None
        self._under = -1
        self._again = QTimer(self, singleShot=True, interval=0)
        self._again.timeout.connect(lambda: self.viewport().update())
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.viewport().setMouseTracking(True)
        self.viewport().setAutoFillBackground(False)
        self.setAccessibleName("Inputs")

    def set_inputs(self, rows: Rows, sample: Callable[[int], Sample], lines: int = 3) -> None:
        """Show these rows of the data; `sample` tells what stands on a tile, `lines` how many lines it has at most."""
        changed = rows != self._rows
        self._rows, self._sample, self._lines = rows, sample, lines
        self._measure()
        if changed:
            self.verticalScrollBar().setValue(0)
        self.set_current(self._current)
        self.viewport().update()

    def refresh(self) -> None:
        """Arrange and draw the tiles anew: other data was opened, perhaps of another kind."""
        self._measure()
        self.viewport().update()

    def set_current(self, row: int | None) -> None:
        """Ring a tile and bring it into sight; a row that is not here is ignored."""
        self._current = row
        at = self._rows.position(row)
        if at >= 0:
            self._bring(at)
            self.setAccessibleDescription(self._sample(self._rows[at]).as_text())
        self.viewport().update()

    def rows(self) -> Rows:
        """All rows, in the order of the tiles."""
        return self._rows

    def seen(self) -> tuple[int, int]:
        """Return the first and the last tile that are seen, counted from 1; (0, 0) where there are none."""
        if not self._rows:
            return 0, 0
        top, tall = self.verticalScrollBar().value(), self.viewport().height()
        first = int((top + self._tall / 2) // self._pitch) * self._columns
        last = max(1, int((top + tall + self._tall / 2) // self._pitch)) * self._columns
        return min(first, len(self._rows) - 1) + 1, min(last, len(self._rows))

    def tile_at(self, point: QPoint) -> int:
        """Return the place of the tile at a point of the viewport, or −1."""
        return next((at for at in self._visible() if self._rect(at).contains(point.toPointF())), -1)

    def sizeHint(self) -> QSize:
        """Four by three tiles."""
        return QSize(4 * theme().px(self._least + GAP), 3 * round(self._pitch))

    def minimumSizeHint(self) -> QSize:
        """One row of two tiles."""
        return QSize(2 * theme().px(self._least + GAP) + theme().px(10), round(self._pitch))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange the tiles anew."""
        super().resizeEvent(event)
        self._measure()
        self.scrolled.emit()

    def scrollContentsBy(self, _dx: int, _dy: int) -> None:
        """Show other tiles."""
        self.viewport().update()
        self.scrolled.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the choice by rows and pages."""
        page = self._columns * max(1, int(self.viewport().height() // self._pitch))
        moves = {Qt.Key.Key_Up: -self._columns, Qt.Key.Key_Down: self._columns}
        moves |= {Qt.Key.Key_PageUp: -page, Qt.Key.Key_PageDown: page}
        moves |= {Qt.Key.Key_Home: -len(self._rows), Qt.Key.Key_End: len(self._rows)}
        step = moves.get(Qt.Key(event.key()))
        if step is None or not self._rows:
            event.ignore()
            return
        now = max(0, self._rows.position(self._current))
        self.chosen.emit(self._rows[min(max(now + step, 0), len(self._rows) - 1)])

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring."""
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the ring away."""
        super().focusOutEvent(event)
        self.viewport().update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Light up the tile under the pointer."""
        self._hover(self.tile_at(event.position().toPoint()))

    def leaveEvent(self, _event: object) -> None:
        """No tile is under the pointer."""
        self._hover(-1)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose a tile."""
        at = self.tile_at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and at >= 0:
            self.chosen.emit(self._rows[at])

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the tiles that are seen; pictures that took too long come with the next paint."""
        painter = QPainter(self.viewport())
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        self._pictures.begin()
        square, ratio = QSize(theme().px(PICTURE), theme().px(PICTURE)), self.devicePixelRatioF()
        is_read = self._pictures.is_read
        for at in self._visible():
            row, rect = self._rows[at], self._rect(at)
            state = "current" if row == self._current else "hovered" if at == self._under else ""
            picture = self._pictures.pixmap(row, words_size(rect) if is_read else square, ratio)
            (draw_read_tile if is_read else draw_tile)(painter, rect, self._sample(row), picture, state)
        if self.has_ring:
            focus_ring(painter, QRectF(self.viewport().rect()), theme().px(8))
        painter.end()
        if self._pictures.is_behind:
            self._again.start()

    @property
    def _columns(self) -> int:
        gap, least = theme().px(GAP), theme().px(READ_WIDTH if self._pictures.is_read else self._least)
        return max(1, (self._room + gap) // (least + gap))

    @property
    def _room(self) -> int:
        return self.viewport().width() - theme().px(2)

    @property
    def _tall(self) -> int:
        if self._pictures.is_read:
            return theme().px(read_tile_height(self._wide / theme().scale))
        return theme().px(tile_height(self._lines))

    @property
    def _wide(self) -> float:
        return (self._room - theme().px(GAP) * (self._columns - 1)) / self._columns

    @property
    def _pitch(self) -> int:
        return self._tall + theme().px(GAP)

    def _rect(self, at: int) -> QRectF:
        gap, columns, wide = theme().px(GAP), self._columns, self._wide
        line, column = divmod(at, columns)
        top = line * self._pitch - self.verticalScrollBar().value()
        return QRectF(column * (wide + gap), top, wide, self._tall)

    def _visible(self) -> range:
        top = self.verticalScrollBar().value()
        first = top // self._pitch * self._columns
        last = ((top + self.viewport().height()) // self._pitch + 1) * self._columns
        return range(min(first, len(self._rows)), min(last, len(self._rows)))

    def _measure(self) -> None:
        lines = -(-len(self._rows) // self._columns)
        bar, tall = self.verticalScrollBar(), self.viewport().height()
        bar.setRange(0, max(0, lines * self._pitch - theme().px(GAP) - tall))
        bar.setPageStep(tall)
        bar.setSingleStep(max(1, self._pitch // 3))

    def _bring(self, at: int) -> None:
        top = at // self._columns * self._pitch
        bar, tall = self.verticalScrollBar(), self.viewport().height()
        if top < bar.value():
            bar.setValue(top)
        elif top + self._tall > bar.value() + tall:
            bar.setValue(top + self._tall - tall)

    def _hover(self, at: int) -> None:
        if at != self._under:
            self._under = at
            self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if at >= 0 else Qt.CursorShape.ArrowCursor)
            self.viewport().update()
