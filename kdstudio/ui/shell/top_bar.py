"""The top bar: the program's mark, the menus, what is open, and the way to every command."""

from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QMenu, QMenuBar, QSizePolicy, QWidget

from kdstudio.ui import icons
from kdstudio.ui.command_table import COMMANDS
from kdstudio.ui.commands import MENUS, Command, Shell
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.cards import Glyph
from kdstudio.ui.widgets.controls import Hovered
from kdstudio.ui.widgets.labels import Label
from kdstudio.ui.widgets.painting import CENTRE, begin, box, focus_ring, text, width


class SearchButton(Hovered, QAbstractButton):
    """Looks like a field and opens the palette."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("search")
        self.setText("Search or run a command")
        self.setAccessibleName("Search or run a command, Ctrl K")
        self.take_clicks(QSizePolicy.Policy.Preferred)

    def sizeHint(self) -> QSize:
        """A generous field."""
        return QSize(theme().px(272), theme().px(28))

    def minimumSizeHint(self) -> QSize:
        """Icon and shortcut."""
        return QSize(theme().px(110), theme().px(28))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw field, icon, words, shortcut."""
        painter, now, rect = begin(self), theme(), QRectF(self.rect())
        px = now.px
        fill = "surface_3" if self.is_hovered else "surface_2"
        box(painter, rect, px(7), now.colour(fill), now.colour("line_strong" if self.is_hovered else "line"))
        if self.has_ring:
            focus_ring(painter, rect, px(7))
        middle = rect.center().y()
        icons.draw(painter, "search", QRectF(px(11), middle - px(7), px(14), px(14)), "text_3")
        key = "Ctrl K"
        wide = width(key, "captionm") + px(12)
        cap = QRectF(rect.right() - px(6) - wide, middle - px(9), wide, px(18))
        box(painter, cap, px(4), None, now.colour("line_strong"))
        text(painter, cap, key, "captionm", "text_2", CENTRE)
        room = QRectF(px(32), 0, cap.left() - px(40), rect.height())
        text(painter, room, self.text(), "small", "text_2")


class TopBar(QWidget):
    """Mark, menus, title in the middle, search."""

    searchRequested = Signal()

    def __init__(self, shell: Shell, run: Callable[[Command], None]) -> None:
        super().__init__()
        self.setObjectName("topBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._shell, self._run = shell, run
        self.actions_by_id: dict[str, QAction] = {}
        self.menus = QMenuBar()
        self.menus.setNativeMenuBar(False)
        self.menus.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        for name in MENUS:
            self._add_menu(name)
        self.title, self.edited = Label("Untitled", "h3"), Label("", "small", "3")
        self.search = SearchButton()
        self.search.clicked.connect(self.searchRequested)
        self._lay_out()

    def set_title(self, title: str, *, is_edited: bool) -> None:
        """Say what is open, and whether it differs from what is saved."""
        self.title.setText(title)
        self.edited.setText("·  edited" if is_edited else "")

    def _lay_out(self) -> None:
        px = theme().px
        self.setFixedHeight(px(44))
        row = QHBoxLayout(self)
        row.setContentsMargins(px(20), 0, px(12), 0)
        row.setSpacing(px(8))
        row.addWidget(Glyph("app", "text_1", 24, "kdstudio"))
        row.addSpacing(px(16))
        row.addWidget(self.menus, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addStretch(1)
        row.addWidget(self.title)
        row.addWidget(self.edited)
        row.addStretch(1)
        row.addWidget(self.search)

    def _add_menu(self, name: str) -> None:
        menu = self.menus.addMenu(name)
        menu.setAccessibleName(name)
        group = None
        for command in COMMANDS:
            if command.menu != name:
                continue
            if group is not None and command.group != group and not command.is_hidden:
                menu.addSeparator()
            group = command.group if not command.is_hidden else group
            action = self._action(command)
            self.actions_by_id[command.id] = action
            if command.is_hidden:
                self.addAction(action)
            else:
                menu.addAction(action)
        menu.aboutToShow.connect(lambda: self._enable(menu))
        menu.aboutToHide.connect(lambda: self._enable_all(menu))

    def _action(self, command: Command) -> QAction:
        words = command.title if not command.is_single_key else f"{command.title}\t{command.shortcut}"
        action = QAction(words, self)
        action.setObjectName(command.id)
        if command.shortcut and not command.is_single_key:
            action.setShortcut(QKeySequence(command.shortcut))
        action.triggered.connect(lambda _=False: self._run(command))
        return action

    def _enable(self, menu: QMenu) -> None:
        """Grey out what cannot be done now."""
        for command in COMMANDS:
            action = self.actions_by_id[command.id]
            if action in menu.actions():
                action.setEnabled(command.enabled(self._shell))

    def _enable_all(self, menu: QMenu) -> None:
        """A greyed action would swallow its shortcut later on; running a command asks again anyway."""
        for action in menu.actions():
            action.setEnabled(True)
