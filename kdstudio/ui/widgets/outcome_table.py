"""Who is right? Inputs counted by whether teacher and student are right; each cell can be chosen."""

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from kdstudio.ui.theme import theme
from kdstudio.ui.tokens import Tokens, blend
from kdstudio.ui.widgets.controls import Hovered
from kdstudio.ui.widgets.painting import LEFT, RIGHT, begin, box, count, text, width

_NAMES = {
    "both_right": "Both right",
    "lost": "Lost",
    "fixed": "Fixed",
    "inherited": "Inherited",
    "different": "Different",
}
_TINTS = {  # token and share of it in the cell
    "both_right": ("truth", 0.15),
    "lost": ("student", 0.27),
    "fixed": ("truth", 0.30),
    "inherited": ("teacher", 0.28),
    "different": ("baseline", 0.18),
}
_AROUND = {  # the cell to the left, right, above, below
    "both_right": ("", "lost", "", "fixed"),
    "lost": ("both_right", "", "", "inherited"),
    "fixed": ("", "inherited", "both_right", ""),
    "inherited": ("fixed", "", "lost", "different"),
    "different": ("fixed", "", "inherited", ""),
}
_KEYS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How many inputs: both right, lost (only the teacher is), fixed (only the student is), inherited, different."""

    both_right: int
    lost: int
    fixed: int
    inherited: int
    different: int

    @property
    def total(self) -> int:
        """All inputs."""
        return self.both_right + self.lost + self.fixed + self.inherited + self.different


class OutcomeTable(Hovered, QWidget):
    """Five cells; `chosen` gives "both_right", "lost", "fixed", "inherited", "different", or "" when cleared.

    Arrow keys move, Enter and Space choose, Escape clears.
    """

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._student: Outcomes | None = None
        self._baseline: Outcomes | None = None
        self._chosen, self._at, self._under = "", "both_right", ""
        self.take_clicks(QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self._tell()

    def set_outcomes(self, student: Outcomes | None, baseline: Outcomes | None = None) -> None:
        """Show the counts, with what they are without a teacher."""
        self._student, self._baseline = student, baseline
        self._tell()
        self.update()

    def set_chosen(self, cell: str) -> None:
        """Ring a cell without a signal; "" for none."""
        self._chosen = cell
        self._at = cell or self._at
        self._tell()
        self.update()

    def sizeHint(self) -> QSize:
        """As in a column of 380 pixels."""
        return QSize(theme().px(370), theme().px(214))

    def minimumSizeHint(self) -> QSize:
        """Room for the words in the cells."""
        return QSize(theme().px(320), theme().px(214))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move, choose, clear."""
        key = Qt.Key(event.key())
        if key in _KEYS:
            self._at = _AROUND[self._at][_KEYS.index(key)] or self._at
            self._tell()
            self.update()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._choose(self._at)
        elif key == Qt.Key.Key_Escape and self._chosen:
            self._choose("")
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Brighten the cell under the pointer."""
        under = self._cell_at(event)
        if under != self._under:
            self._under = under
            self.update()

    def leaveEvent(self, _event: object) -> None:
        """No cell is under the pointer."""
        self._under = ""
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose a cell; a click on the chosen one clears."""
        cell = self._cell_at(event)
        if event.button() == Qt.MouseButton.LeftButton and cell:
            self._choose("" if cell == self._chosen else cell)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw headers and cells."""
        painter, px, cells = begin(self), theme().px, self._cells()
        for cell, words in (("both_right", "Student right"), ("lost", "Student wrong")):
            rect = cells[cell]
            text(painter, QRectF(rect.left(), 0, rect.width(), px(20)), words, "smallm", "student_text", LEFT)
        rows = ((cells["both_right"], "Teacher right"), (cells["fixed"], "Teacher wrong"))
        for rect, words in rows:
            at = QRectF(0, rect.center().y() - px(10), rect.left() - px(10), px(20))
            text(painter, at, words, "smallm", "teacher_text", RIGHT)
        for cell, rect in cells.items():
            self._paint_cell(painter, cell, rect)

    def _paint_cell(self, painter: QPainter, cell: str, rect: QRectF) -> None:
        now = theme()
        fill = cell_fill(cell, now.tokens)
        ringed = cell == self._chosen or (self.has_ring and cell == self._at)
        edge = now.colour("text_1" if ringed else "text_3" if cell == self._under else "line_strong")
        dashed = self.has_ring and cell == self._at and cell != self._chosen
        box(painter, rect, now.px(8), QColor(fill), edge, 2 if ringed else 1)
        if dashed:
            box(painter, rect.adjusted(3, 3, -3, -3), now.px(6), None, now.colour("text_1", 0.5))
        self._paint_words(painter, cell, rect)

    def _paint_words(self, painter: QPainter, cell: str, rect: QRectF) -> None:
        px, left = theme().px, rect.left() + theme().px(12)
        room = rect.width() - px(24)
        value = "–" if self._student is None else count(getattr(self._student, cell))
        below = self._below(cell)
        flat = cell in ("inherited", "different")
        top = rect.top() + px(7) if cell != "different" else rect.center().y() - px(14)
        text(painter, QRectF(left, top, room, px(28)), value, "num", "text_1", LEFT)
        if flat:
            after = width(value, "num") + px(9)
            text(painter, QRectF(left + after, top, room - after, px(28)), _NAMES[cell], "smallm", "text_1", LEFT)
        else:
            text(painter, QRectF(left, top + px(26), room, px(18)), _NAMES[cell], "smallm", "text_1", LEFT)
        if cell != "different":
            line = QRectF(left, rect.bottom() - px(23), room, px(18))
            text(painter, line, below, "caption", "text_2", LEFT)

    def _below(self, cell: str) -> str:
        if self._student is None:
            return ""
        if cell == "both_right":
            return f"{self._student.both_right / max(1, self._student.total):.0%} of all inputs"
        if cell == "inherited":
            return "same wrong label"
        return "" if self._baseline is None else f"without teacher {count(getattr(self._baseline, cell))}"

    def _cells(self) -> dict[str, QRectF]:
        px, gap = theme().px, float(theme().px(8))
        left, top = width("Teacher wrong", "smallm") + px(14), float(px(26))
        wide, tall = (self.width() - left - gap) / 2, self.height() - top
        upper = (tall - gap) * 0.42
        lower = tall - gap - upper
        second = left + wide + gap
        half = (lower - gap) * 0.58
        y = top + upper + gap
        return {
            "both_right": QRectF(left, top, wide, upper),
            "lost": QRectF(second, top, wide, upper),
            "fixed": QRectF(left, y, wide, lower),
            "inherited": QRectF(second, y, wide, half),
            "different": QRectF(second, y + half + gap, wide, lower - half - gap),
        }

    def _cell_at(self, event: QMouseEvent) -> str:
        return next((cell for cell, rect in self._cells().items() if rect.contains(event.position())), "")

    def _choose(self, cell: str) -> None:
        self._chosen = cell
        self._at = cell or self._at
        self._tell()
        self.update()
        self.chosen.emit(cell)

    def _tell(self) -> None:
        counts = self._student
        here = "" if counts is None else f" {getattr(counts, self._at)}"
        self.setAccessibleName(f"Who is right? {_NAMES[self._at]}{here}")
        told = [] if counts is None else [f"{name} {getattr(counts, cell)}" for cell, name in _NAMES.items()]
        chosen = f". Chosen: {_NAMES[self._chosen]}" if self._chosen else ""
        self.setAccessibleDescription(", ".join(told) + chosen)


def cell_fill(cell: str, tokens: Tokens) -> str:
    """Return a cell's colour: its token thinly over the card, so that small words on it stay readable."""
    token, share = _TINTS[cell]
    return blend(getattr(tokens, token), tokens.surface_1, share - (0.04 if tokens.name == "light" else 0.0))
