"""Text: one line that elides, paragraphs with air between their lines, rows of name and value."""

import html

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from kdstudio.ui import icons
from kdstudio.ui.theme import apply_role, restyle, theme
from kdstudio.ui.widgets.painting import LEFT, SHAPES, begin, line_height, mark, text, width

HEADINGS = {1: "h1", 2: "h2", 3: "h3"}


class Label(QLabel):
    """One line of text in a role of the type scale; it elides where there is no room and tells all as a tooltip.

    `tone` is "1", "2", "3", an identity ("teacher", "student", "baseline", "truth"), "error" or "warning".
    """

    def __init__(self, words: str = "", role: str = "body", tone: str = "1", *, elide: bool = True) -> None:
        super().__init__(words)
        self.setProperty("role", role)
        self.setProperty("tone", tone)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._elide = elide
        apply_role(self)

    def set_tone(self, tone: str) -> None:
        """Change the colour."""
        if self.property("tone") != tone:
            restyle(self, tone=tone)

    def set_role(self, role: str) -> None:
        """Change the step of the type scale."""
        self.setProperty("role", role)
        apply_role(self)
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Room for the whole line."""
        size = super().sizeHint()
        return QSize(size.width() + 1, size.height())

    def minimumSizeHint(self) -> QSize:
        """Room for a few letters where the label may elide."""
        size = self.sizeHint()
        return QSize(min(size.width(), theme().px(28)), size.height()) if self._elide else size

    def is_elided(self) -> bool:
        """Whether not all of the text is seen."""
        return width(self.text(), self.font()) > self.contentsRect().width() + 1

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Offer the whole text as a tooltip where it does not fit."""
        super().resizeEvent(event)
        if self._elide and (self.is_elided() or self.toolTip() == self.property("elided")):
            self.setToolTip(self.text() if self.is_elided() else "")
            self.setProperty("elided", self.toolTip())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Let Qt draw what fits, and elide the rest."""
        if not self._elide or self.property("kind") or not self.is_elided():
            super().paintEvent(event)
            return
        painter = begin(self)
        colour = self.palette().color(self.foregroundRole())
        text(painter, QRectF(self.contentsRect()), self.text(), self.font(), colour, self.alignment())


class Heading(Label):
    """A title of level 1 (page), 2 (card) or 3 (part of a card)."""

    def __init__(self, words: str, level: int = 2) -> None:
        super().__init__(words, HEADINGS[level])


class Paragraph(QLabel):
    """Text of several lines, 135 % apart. `set_html` takes simple markup: <b>, <span class="teacher">."""

    def __init__(self, words: str = "", role: str = "body", tone: str = "2") -> None:
        super().__init__()
        self.setProperty("role", role)
        self.setProperty("tone", tone)
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._words, self._markup = words, html.escape(words)
        apply_role(self)
        self._render()

    def words(self) -> str:
        """The text without markup."""
        return self._words

    def set_words(self, words: str) -> None:
        """Show plain text."""
        self.set_html(html.escape(words), words)

    def set_html(self, markup: str, words: str) -> None:
        """Show markup; `words` is the same for people who listen."""
        self._words, self._markup = words, markup
        self._render()

    def changeEvent(self, event: QEvent) -> None:
        """Take the colours of the new theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_markup"):
            self._render()

    def _render(self) -> None:
        tokens = theme().tokens
        markup = self._markup
        for name in ("teacher", "student", "baseline"):
            markup = markup.replace(f'class="{name}"', f'style="color:{getattr(tokens, name + "_text")}"')
        for name in ("truth", "error"):
            markup = markup.replace(f'class="{name}"', f'style="color:{getattr(tokens, name)}"')
        markup = markup.replace("<b>", f'<b style="font-weight:600;color:{tokens.text_1}">')
        self.setText(f'<div style="line-height:135%">{markup}</div>')
        self.setAccessibleName(self._words)


class MarkLabel(QWidget):
    """A mark of identity with its words: ● Teacher, ◆ Student, ○ Without teacher, ✓ truth. `mark_right` mirrors it."""

    def __init__(self, identity: str, words: str, role: str = "h3", tone: str | None = None, **options: bool) -> None:
        super().__init__()
        self._identity, self._words, self._role, self._tone = identity, words, role, tone
        self._mark_right = options.get("mark_right", False)
        self.setAccessibleName(words)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def set_words(self, words: str) -> None:
        """Change the text."""
        if words != self._words:
            self._words = words
            self.setAccessibleName(words)
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        """Mark, gap, words."""
        side = theme().px(18)
        return QSize(round(width(self._words, self._role)) + side + 2, max(side, round(line_height(self._role)) + 2))

    def minimumSizeHint(self) -> QSize:
        """Mark and a few letters."""
        return QSize(theme().px(40), self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw mark and words."""
        painter = begin(self)
        side, middle = theme().px(18), self.height() / 2
        words_wide = min(width(self._words, self._role) + 1, self.width() - side)
        tone = self._tone or {"teacher": "teacher_text", "student": "student_text"}.get(self._identity, "text_1")
        x = words_wide + theme().px(6) if self._mark_right else 0.0
        at = QRectF(x, middle - theme().px(6), theme().px(12), theme().px(12))
        if self._identity in SHAPES:
            mark(painter, SHAPES[self._identity], at.center(), theme().px(8), self._identity)
        else:
            icons.draw(painter, self._identity, at, "truth" if self._identity == "check" else "text_2")
        start = 0.0 if self._mark_right else float(side)
        text(painter, QRectF(start, 0, words_wide, self.height()), self._words, self._role, tone, LEFT)


class ValueRow(QWidget):
    """A name at the left and its value at the right: Parameters … 383 210."""

    def __init__(self, name: str, value: str = "–", tone: str = "1") -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        self._name = Label(name, "small", "2")
        self._value = Label(value, "smallm", tone)
        self._value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._name)
        row.addWidget(self._value, 1)
        self.setAccessibleName(f"{name}: {value}")

    def set_name(self, name: str) -> None:
        """Call the value something else."""
        self._name.setText(name)
        self.setAccessibleName(f"{name}: {self._value.text()}")

    def set_value(self, value: str, tone: str = "1") -> None:
        """Show another value."""
        self._value.setText(value)
        self._value.set_tone(tone)
        self.setAccessibleName(f"{self._name.text()}: {value}")
