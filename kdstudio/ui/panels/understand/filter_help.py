"""What may be typed into the filter, and what of it cannot be understood: a list below the field."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRectF, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from kdstudio.analysis.filtering.completion import MOST, Completion
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.choice_row import ChoiceRow
from kdstudio.ui.widgets.labels import Label, Paragraph
from kdstudio.ui.widgets.painting import RIGHT, text, width

ROW, WIDE = 28, 430


class CompletionRow(ChoiceRow):
    """How the word may go on, and what that means."""

    def __init__(self) -> None:
        super().__init__(ROW, 10)
        self._help = ""

    def set_completion(self, one: Completion, lit: bool) -> None:
        """Offer something else; `lit` marks the one that Enter takes."""
        self._help = one.help
        self.set_lit(lit)
        self.setText(one.words)
        self.setAccessibleName(f"{one.words}: {one.help}")

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the row."""
        (painter, inner), px = self.begin_row(), theme().px
        wide = min(width(self.text(), "smallm") + px(4), inner.width() * 0.6)
        text(painter, QRectF(inner.left(), 0, wide, inner.height()), self.text(), "smallm", "text_1")
        rest = inner.adjusted(wide + px(10), 0, 0, 0)
        text(painter, rest, self._help, "small", "text_2", RIGHT)


class FilterHelp(QFrame):
    """Lies over the page; it never takes the keyboard. `taken` gives the completion that was clicked."""

    taken = Signal(object)

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self.setObjectName("filterHelp")
        self.setProperty("kind", "card")
        self.setProperty("state", "active")
        self.setAccessibleName("What can be typed into the filter")
        px = theme().px
        self.problems = Paragraph("", "small", "error")
        self.rows = [CompletionRow() for _ in range(MOST)]
        self.keys = Label(
            "↑ ↓ choose  ·  Enter takes it  ·  Esc clears  ·  a minus in front means all others", "caption", "3"
        )
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(px(8), px(8), px(8), px(8))
        self._column.setSpacing(0)
        for widget in (self.problems, *self.rows, self.keys):
            self._column.addWidget(widget)
        for words in (self.problems, self.keys):
            words.setContentsMargins(px(10), px(2), px(10), 0)
        self._found: Sequence[Completion] = ()
        self.lit = -1
        for at, row in enumerate(self.rows):
            row.clicked.connect(lambda _=False, at=at: self.taken.emit(self._found[at]))
        self.hide()

    @property
    def chosen(self) -> Completion | None:
        """The completion that is marked."""
        return self._found[self.lit] if 0 <= self.lit < len(self._found) else None

    @property
    def first(self) -> Completion | None:
        """The likeliest completion."""
        return self._found[0] if self._found else None

    def show_below(self, field: QWidget, found: Sequence[Completion], problems: str) -> None:
        """Offer these completions below a field and say what is wrong; without any of both there is nothing to see."""
        self._found, self.lit = found, -1
        self._mark()
        inner = theme().px(WIDE - 36)
        self.problems.set_words(problems)
        self.problems.setVisible(bool(problems))
        if problems:
            self.problems.setFixedSize(inner, self.problems.heightForWidth(inner) + theme().px(6 if found else 2))
        self.keys.setVisible(bool(found))
        over = self.parentWidget()
        if over is None or not (found or problems):
            self.hide()
            return
        self.setFixedWidth(theme().px(WIDE))
        self._column.activate()
        corner = field.mapTo(over, QPoint(0, field.height() + theme().px(4)))
        x = max(theme().px(4), min(corner.x(), over.width() - self.width() - theme().px(4)))
        self.setFixedHeight(self._column.sizeHint().height())
        self.move(x, corner.y())
        self.show()
        self.raise_()

    def move_choice(self, by: int) -> None:
        """Mark the next or the previous completion."""
        if self._found:
            self.lit = min(max(self.lit + by, -1), len(self._found) - 1)
            self._mark()

    def _mark(self) -> None:
        for at, row in enumerate(self.rows):
            row.setVisible(at < len(self._found))
            if at < len(self._found):
                row.set_completion(self._found[at], at == self.lit)
