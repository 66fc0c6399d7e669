"""The butterfly: what teacher and student give to every class, side by side, for one input."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from kdstudio.ui.theme import theme
from kdstudio.ui.widgets import butterfly_bars as bars
from kdstudio.ui.widgets.butterfly_rows import Answers, ButterflyRow, Order, butterfly_rows, length, text_twin
from kdstudio.ui.widgets.controls import Hovered
from kdstudio.ui.widgets.painting import LEFT, RIGHT, begin, box, focus_ring, probability, text

ROW, ROW_LEAST, ROW_MOST = 27, 20, 34  # pixels from one row to the next
FAINT = 0.0205  # classes below are named in a fainter tone


class Butterfly(Hovered, QWidget):
    """Teacher's bars grow to the left, the student's to the right; ring = without teacher, tick = teacher's level.

    `rowHovered` and `rowChosen` give the class, or −1 for none and for "others". Up, Down and Enter do the same.
    """

    rowHovered = Signal(int)
    rowChosen = Signal(int)

    def __init__(self, *, top: int = 10, names: tuple[str, str] = ("Teacher", "Student"), legend: bool = True) -> None:
        super().__init__()
        self._top, self._names, self._legend = top, names, legend
        self._sides = ("teacher", "student")
        self._answers = Answers((), None)
        self._order: Order = "teacher"
        self._log = self._unfolded = False
        self._rows: list[ButterflyRow] = []
        self._row, self._under = -1, -1
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setAccessibleName("Teacher and student, class by class")

    def set_answers(self, answers: Answers) -> None:
        """Show probabilities for one input; fast enough to follow a slider."""
        self._answers = answers
        self._arrange()

    def set_sides(self, names: tuple[str, str], sides: tuple[str, str]) -> None:
        """Show other models than teacher and student: what they are called, and whose colour and mark they have."""
        self._names, self._sides = names, sides
        self.setAccessibleName(f"{names[0]} and {names[1]}, class by class")
        self._arrange()

    def set_order(self, order: Order) -> None:
        """Sort by the teacher, the student, the difference, or leave the classes' own order."""
        self._order = order
        self._arrange()

    def set_log(self, log: bool) -> None:
        """Use a log scale, which shows the tail where the dark knowledge sits."""
        self._log = log
        self.update()

    def set_unfolded(self, unfolded: bool) -> None:
        """Show every class instead of the first ten and "others (n)"."""
        self._unfolded = unfolded
        self._arrange()

    def rows(self) -> list[ButterflyRow]:
        """What is shown, from top to bottom."""
        return list(self._rows)

    def as_text(self) -> str:
        """The picture in words."""
        return text_twin(self._rows, self._called)

    def copy_text(self) -> None:
        """Put the picture in words on the clipboard."""
        QGuiApplication.clipboard().setText(self.as_text())

    def sizeHint(self) -> QSize:
        """A row for each class, header and legend."""
        px = theme().px
        return QSize(px(308), px(ROW) * max(4, len(self._rows)) + self._head + self._foot)

    def minimumSizeHint(self) -> QSize:
        """Rows at their closest."""
        px = theme().px
        return QSize(px(250), px(ROW_LEAST) * max(4, len(self._rows)) + self._head + self._foot)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up, Down move; Enter chooses."""
        key, last = event.key(), len(self._rows) - 1
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down) and last >= 0:
            self._row = min(max(self._row + (1 if key == Qt.Key.Key_Down else -1), 0), last)
            self.rowHovered.emit(self._class(self._row))
            self.setAccessibleDescription(text_twin([self._rows[self._row]], self._called))
            self.update()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._row >= 0:
            self._choose(self._row)
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Light up the row under the pointer."""
        self._hover(self._row_at(event.position().y()))

    def leaveEvent(self, _event: object) -> None:
        """No row is under the pointer."""
        self._hover(-1)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose a class; a click on "others" unfolds them."""
        at = self._row_at(event.position().y())
        if event.button() == Qt.MouseButton.LeftButton and at >= 0:
            self._choose(at)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw headers, rows, legend."""
        painter, wings = begin(self), self._wings()
        bars.headers(painter, wings, 0, self._head - theme().px(4), self._names, self._sides)
        largest, pitch = max((row.largest for row in self._rows), default=1.0), self._pitch
        first = max(0, int((event.rect().top() - self._head) // pitch))  # of a thousand classes few are in sight
        last = int((event.rect().bottom() - self._head) // pitch) + 1
        for at, row in enumerate(self._rows[first : max(first, last)], start=first):
            band = QRectF(0, self._head + at * pitch, self.width(), pitch)
            if at == self._under:
                box(painter, band, theme().px(5), theme().colour("surface_2"))
            if self.has_ring and at == self._row:
                focus_ring(painter, band, theme().px(5))
            self._paint_row(painter, wings, band, row, largest)
        if self._legend:
            self._paint_legend(painter)

    def _paint_row(self, painter: QPainter, wings: bars.Wings, band: QRectF, row: ButterflyRow, largest: float) -> None:
        middle, log = band.center().y(), self._log
        left, right = (length(one, largest, log=log) for one in (row.teacher, row.student))
        bars.teacher_bar(painter, wings, middle, left, is_top=row.is_teacher_top, token=self._sides[0])
        bars.student_bar(painter, wings, middle, right, is_top=row.is_student_top, token=self._sides[1])
        are_two = self._sides[0] == "teacher" and row.teacher is not None and row.student is not None
        if are_two and abs((row.teacher or 0.0) - (row.student or 0.0)) >= bars.TICK_HIDDEN:
            bars.teacher_tick(painter, wings, middle, length(row.teacher, largest, log=log))
        if row.baseline is not None and max(row.baseline, row.student or 0.0) >= bars.RING_HIDDEN:
            bars.baseline_ring(painter, wings, middle, length(row.baseline, largest, log=log))
        gutter = QRectF(wings.gutter_left + 3, band.top(), wings.gutter_right - wings.gutter_left - 6, band.height())
        faint = max(row.teacher or 0.0, row.student or 0.0) < FAINT
        tone = "text_3" if faint else "text_1"
        bars.class_name(painter, gutter, row.name, tone, is_truth=row.is_truth, underline=True)
        self._paint_value(
            painter, QRectF(1, band.top(), wings.left, band.height()), row.teacher, row.is_teacher_top, LEFT
        )
        outer = QRectF(wings.right, band.top(), self.width() - wings.right - 1, band.height())
        self._paint_value(painter, outer, row.student, row.is_student_top, RIGHT)

    def _paint_value(
        self, painter: QPainter, rect: QRectF, value: float | None, top: bool, align: Qt.AlignmentFlag
    ) -> None:
        if value is None:
            return
        tone = "text_1" if top else "text_3" if value < FAINT else "text_2"
        text(painter, rect, probability(value), theme().font("h3" if top else "small"), tone, align)

    def _paint_legend(self, painter: QPainter) -> None:
        entries: list[bars.LegendEntry] = []
        if self._answers.baseline is not None:
            entries.append(("ring", "baseline", "without teacher"))
        if self._answers.student is not None and self._answers.teacher is not None:
            entries.append(("tick", "teacher_edge", "teacher’s level"))
        bars.legend(painter, 0, self._head + len(self._rows) * self._pitch + self._foot / 2 + 2, entries)

    def _wings(self) -> bars.Wings:
        px, wide, middle = theme().px, self.width(), self.width() / 2
        gutter = min(px(88), max(px(72), wide * 0.235))
        value = px(34)
        return bars.Wings(value, middle - gutter / 2, middle + gutter / 2, wide - value - px(2), px(14))

    @property
    def _called(self) -> tuple[str, str]:
        """What the two sides are called within a sentence."""
        return ("teacher", "student") if self._sides == ("teacher", "student") else self._names

    @property
    def _head(self) -> int:
        return theme().px(26)

    @property
    def _foot(self) -> int:
        return theme().px(28) if self._legend else 0

    @property
    def _pitch(self) -> float:
        room = (self.height() - self._head - self._foot) / max(1, len(self._rows))
        return min(max(room, theme().px(ROW_LEAST)), theme().px(ROW_MOST))

    def _arrange(self) -> None:
        before = len(self._rows)
        self._rows = butterfly_rows(self._answers, self._order, top=None if self._unfolded else self._top)
        self._row = min(self._row, len(self._rows) - 1)
        self.setAccessibleDescription(self.as_text())
        if len(self._rows) != before:
            self.updateGeometry()
        self.update()

    def _row_at(self, y: float) -> int:
        at = int((y - self._head) // self._pitch)
        return at if y >= self._head and at < len(self._rows) else -1

    def _class(self, at: int) -> int:
        return self._rows[at].classes[0] if at >= 0 and len(self._rows[at].classes) == 1 else -1

    def _hover(self, at: int) -> None:
        if at != self._under:
            self._under = at
            self.rowHovered.emit(self._class(at))
            self.update()

    def _choose(self, at: int) -> None:
        if len(self._rows[at].classes) > 1:
            self.set_unfolded(True)
        else:
            self.rowChosen.emit(self._class(at))
