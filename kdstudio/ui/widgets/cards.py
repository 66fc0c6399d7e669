"""Surfaces: cards, dividers, notes."""

from typing import Literal

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLayout, QSizePolicy, QVBoxLayout, QWidget

from kdstudio.ui import icons
from kdstudio.ui.theme import restyle, theme
from kdstudio.ui.widgets.labels import Heading, Label, Paragraph
from kdstudio.ui.widgets.painting import begin

State = Literal["", "active", "error"]


class Card(QFrame):
    """A rounded surface with a column of contents.

    With a title it has a header row: title, a fainter caption, and room at the right (`add_action`).
    """

    def __init__(self, title: str = "", caption: str = "", *, margins: tuple[int, int, int, int] = (16, 12, 16, 14)):
        super().__init__()
        self.setProperty("kind", "card")
        self.setProperty("state", "")
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(*(theme().px(m) for m in margins))
        self.body.setSpacing(theme().px(8))
        self.title, self.caption = Heading(title, 2), Label(caption, "small", "3")
        self._actions = QHBoxLayout()
        self._actions.setSpacing(theme().px(6))
        if title:
            self.setAccessibleName(title)
            self.body.addLayout(self._header())

    def set_reading(self, words: str) -> None:
        """Say how what it shows is to be read: the title tells it to the pointer, the card to a screen reader."""
        self.title.setToolTip(words)
        self.setAccessibleDescription(words)

    def set_state(self, state: State) -> None:
        """Show the card as plain, active or in error."""
        if self.property("state") != state:
            restyle(self, state=state)

    def add(self, item: QWidget | QLayout, stretch: int = 0) -> None:
        """Put a widget or a layout below the others."""
        if isinstance(item, QLayout):
            self.body.addLayout(item, stretch)
        else:
            self.body.addWidget(item, stretch)

    def add_action(self, widget: QWidget) -> None:
        """Put a control at the right end of the header."""
        self._actions.addWidget(widget)

    def _header(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(theme().px(8))
        row.addWidget(self.title, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.caption, 1, Qt.AlignmentFlag.AlignVCenter)
        row.addLayout(self._actions)
        return row


class Divider(QFrame):
    """A hairline, lying or standing."""

    def __init__(self, *, vertical: bool = False) -> None:
        super().__init__()
        self.setProperty("kind", "divider")
        if vertical:
            self.setFixedWidth(1)
            self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        else:
            self.setFixedHeight(1)


class Glyph(QWidget):
    """An icon that cannot be clicked; with `words` it has a name and a tooltip, else it is decoration."""

    def __init__(self, icon: str, token: str = "text_2", size: int = 16, words: str = "") -> None:
        super().__init__()
        self._icon, self._token, self._side = icon, token, size
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setToolTip(words)
        self.setAccessibleName(words or icon)

    def sizeHint(self) -> QSize:
        """A square."""
        return QSize(theme().px(self._side), theme().px(self._side))

    def set_icon(self, icon: str, token: str) -> None:
        """Change icon and colour."""
        self._icon, self._token = icon, token
        self.update()

    def paintEvent(self, _event: object) -> None:
        """Draw the icon."""
        icons.draw(begin(self), self._icon, self.rect().toRectF(), self._token)


class Note(QFrame):
    """A sentence that explains, with a bulb in front of it."""

    def __init__(self, words: str = "", icon: str = "bulb", token: str = "text_3") -> None:
        super().__init__()
        self.setProperty("kind", "note")
        row = QHBoxLayout(self)
        row.setContentsMargins(*(theme().px(m) for m in (12, 8, 12, 8)))
        row.setSpacing(theme().px(12))
        self.glyph = Glyph(icon, token)
        self.sentence = Paragraph(words, "small")
        self.setAccessibleName(words or "Note")
        row.addWidget(self.glyph, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.sentence, 1, Qt.AlignmentFlag.AlignVCenter)

    def set_words(self, words: str) -> None:
        """Change the sentence."""
        self.sentence.set_words(words)
        self.setAccessibleName(words)
