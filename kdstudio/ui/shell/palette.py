"""The palette: type a few letters of any command, Enter runs it."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from kdstudio.ui.command_table import COMMANDS
from kdstudio.ui.commands import Command, Shell, rank
from kdstudio.ui.theme import apply_role, theme
from kdstudio.ui.widgets.choice_row import ChoiceRow
from kdstudio.ui.widgets.labels import Label
from kdstudio.ui.widgets.painting import RIGHT, text

ROW, SHOWN = 36, 9


class PaletteRow(ChoiceRow):
    """One command: title, menu, shortcut."""

    def __init__(self, command: Command) -> None:
        super().__init__(ROW, 12)
        self.command = command
        self.setText(command.title)
        self.setAccessibleName(f"{command.title}, {command.shortcut}" if command.shortcut else command.title)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the row."""
        (painter, inner), px = self.begin_row(), theme().px
        text(painter, inner.adjusted(0, 0, -px(150), 0), self.text(), "bodym", "text_1")
        text(painter, inner.adjusted(0, 0, -px(92), 0), self.command.menu, "small", "text_3", RIGHT)
        text(painter, inner, self.command.shortcut, "small", "text_2", RIGHT)


class Palette(QFrame):
    """Over the window, below the search field. Up and Down move, Enter runs, Escape closes."""

    def __init__(self, shell: Shell, run: Callable[[Command], None], over: QWidget) -> None:
        super().__init__(over)
        self.setObjectName("palette")
        self.setProperty("kind", "card")
        self.setProperty("state", "active")
        self.setAccessibleName("Commands")
        self._shell, self._run, self._over = shell, run, over
        self._at = 0
        self._before: QWidget | None = None
        self.rows: list[PaletteRow] = []
        self.field = QLineEdit()
        self.field.setPlaceholderText("Search or run a command")
        self.field.setAccessibleName("Search or run a command")
        self.field.setProperty("role", "body")
        apply_role(self.field)
        self.field.textChanged.connect(self._search)
        self.field.installEventFilter(self)
        self.nothing = Label("No command is called that.", "small", "3")
        self._lay_out()
        over.installEventFilter(self)
        self.hide()

    def open(self) -> None:
        """Show all commands and wait for typing."""
        self._before = self.window().focusWidget()
        self.field.clear()
        self._search("")
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def close_palette(self) -> None:
        """Give the keyboard back."""
        self.hide()
        if self._before is not None and self._before.isVisible():
            self._before.setFocus(Qt.FocusReason.OtherFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the window's size; take the keys that move the choice; go when the keyboard goes elsewhere."""
        if event.type() == QEvent.Type.Resize and watched is self._over and self.isVisible():
            self._place()
        if watched is self.field and event.type() == QEvent.Type.FocusOut and self.isVisible():
            self.hide()
        if watched is self.field and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._take_key(event.key())
        return super().eventFilter(watched, event)

    def _lay_out(self) -> None:
        px = theme().px
        inner = QWidget()
        inner.setObjectName("scrolled")
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.nothing)
        self._column.addStretch()
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setAccessibleName("Commands")
        self._area.setWidget(inner)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(10), px(10), px(10), px(10))
        column.addWidget(self.field)
        column.addWidget(self._area, 1)

    def _place(self) -> None:
        over, px = self._over, theme().px
        wide = min(px(560), over.width() - px(32))
        shown = min(max(len(self.rows), 1), SHOWN)
        self.setGeometry(over.width() - wide - px(12), px(50), wide, px(10 * 2 + 48 + ROW * shown))

    def _search(self, typed: str) -> None:
        here = [command for command in COMMANDS if not command.is_hidden and command.enabled(self._shell)]
        found = rank(here, typed) if typed.strip() else here
        for row in self.rows:
            row.setParent(None)
            row.deleteLater()
        self.rows = [PaletteRow(command) for command in found]
        for at, row in enumerate(self.rows):
            row.clicked.connect(lambda _=False, row=row: self._choose(row))
            self._column.insertWidget(at, row)
        self.nothing.setVisible(not found)
        self._place()
        self._light(0)

    def _light(self, at: int) -> None:
        self._at = min(max(at, 0), max(0, len(self.rows) - 1))
        for number, row in enumerate(self.rows):
            row.set_lit(number == self._at)
        if self.rows:
            self._area.ensureWidgetVisible(self.rows[self._at], 0, theme().px(4))

    def _take_key(self, key: int) -> bool:
        moves = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -SHOWN, Qt.Key.Key_PageDown: SHOWN}
        if key in moves:
            self._light(self._at + moves[Qt.Key(key)])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.rows:
                self._choose(self.rows[self._at])
        elif key == Qt.Key.Key_Escape:
            self.close_palette()
        else:
            return False
        return True

    def _choose(self, row: PaletteRow) -> None:
        self.close_palette()
        self._run(row.command)
