"""What is said in place: an error with its way out, an empty place with its first step."""

from typing import ClassVar

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from kdstudio.ui import icons
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.buttons import Button, Kind
from kdstudio.ui.widgets.cards import Card, Glyph
from kdstudio.ui.widgets.labels import Heading, Label, Paragraph
from kdstudio.ui.widgets.painting import begin, box


class ErrorCard(Card):
    """What happened, what was lost and what can be done, where it happened.

    `actions` are (key, words) pairs; the first is the main one. `aside` takes a widget at the right (a memory bar).
    """

    chosen = Signal(str)  # the key of an action
    logRequested = Signal()

    def __init__(self, title: str, words: str, actions: list[tuple[str, str]], details: str = "") -> None:
        super().__init__(margins=(20, 18, 20, 14))
        self.set_state("error")
        self.setAccessibleName(f"{title}. {words}")
        self._details = details
        row = QHBoxLayout()
        row.setSpacing(theme().px(20))
        row.addWidget(_Badge(), 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(self._message(title, words, actions), 1)
        self.aside = QVBoxLayout()
        row.addLayout(self._right(details))
        self.add(row)

    def focus_first(self) -> None:
        """Put the keyboard on the first action."""
        if self.buttons:
            next(iter(self.buttons.values())).setFocus(Qt.FocusReason.ShortcutFocusReason)

    def copy_details(self) -> None:
        """Put the details on the clipboard."""
        QGuiApplication.clipboard().setText(self._details)

    def _message(self, title: str, words: str, actions: list[tuple[str, str]]) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(theme().px(4))
        column.addWidget(Heading(title, 1))
        column.addWidget(Paragraph(words))
        column.addSpacing(theme().px(8))
        line = QHBoxLayout()
        line.setSpacing(theme().px(8))
        self.buttons: dict[str, Button] = {}
        for key, label in actions:
            kind: Kind = "primary" if not self.buttons else "secondary" if len(self.buttons) == 1 else "ghost"
            button = Button(label, kind)
            button.clicked.connect(lambda _=False, key=key: self.chosen.emit(key))
            self.buttons[key] = button
            line.addWidget(button)
        line.addStretch()
        column.addLayout(line)
        column.addStretch()
        return column

    def _right(self, details: str) -> QVBoxLayout:
        column = QVBoxLayout()
        column.addLayout(self.aside)
        column.addStretch()
        line = QHBoxLayout()
        if details:
            copy = Button("Copy details", "ghost", "copy")
            copy.clicked.connect(self.copy_details)
            line.addWidget(copy)
        log = Button("Open log", "ghost", "text")
        log.clicked.connect(self.logRequested)
        line.addWidget(log)
        column.addLayout(line)
        return column


class EmptyState(QWidget):
    """One sentence and one action where there is nothing to show yet."""

    acted = Signal()

    def __init__(self, words: str, action: str = "", icon: str = "info", below: str = "") -> None:
        super().__init__()
        self.setAccessibleName(words)
        self.sentence = Paragraph(words, "bodym", "2")
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.below = Paragraph(below, "small", "3")
        self.below.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.below.setVisible(bool(below))
        column = QVBoxLayout(self)
        column.setSpacing(theme().px(8))
        column.addStretch()
        column.addWidget(Glyph(icon, "text_3", 24), 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.sentence)
        column.addWidget(self.below)
        self.action = Button(action or "–", "secondary")
        self.action.setVisible(bool(action))
        self.action.clicked.connect(self.acted)
        column.addSpacing(theme().px(6))
        column.addWidget(self.action, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch()

    def set_words(self, words: str, action: str = "") -> None:
        """Change the sentence and its action."""
        self.sentence.set_words(words)
        self.setAccessibleName(words)
        self.action.setText(action or "–")
        self.action.setVisible(bool(action))


class Check(QWidget):
    """One line of a check: ✓ ⚠ ✕ or ⓘ, a sentence, and where there is one a repair ([Fix])."""

    acted = Signal()
    _LOOKS: ClassVar = {"ok": ("check", "truth"), "note": ("info", "text_3"), "warning": ("alert", "warning")}

    def __init__(self, severity: str, words: str, action: str = "", hint: str = "") -> None:
        super().__init__()
        icon, token = self._LOOKS.get(severity, ("alert", "error"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme().px(8))
        row.addWidget(Glyph(icon, token, 14, severity))
        self.sentence = Label(words, "small", "error" if token == "error" else "2")
        self.sentence.setToolTip(hint)
        self.sentence.setProperty("elided", None)
        row.addWidget(self.sentence, 1)
        if action:
            button = Button(action, "secondary", size="small")
            button.clicked.connect(self.acted)
            row.addWidget(button)
        self.setAccessibleName(f"{severity}: {words}")


class _Badge(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Error")

    def sizeHint(self) -> QSize:
        return QSize(theme().px(40), theme().px(40))

    def paintEvent(self, _event: object) -> None:
        painter, now, rect = begin(self), theme(), self.rect().toRectF()
        box(painter, rect, now.px(8), now.colour("error", 0.18))
        inset = now.px(11)
        icons.draw(painter, "alert", rect.adjusted(inset, inset, -inset, -inset), "error")
