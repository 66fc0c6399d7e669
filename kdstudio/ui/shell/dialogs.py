"""Dialogs: preferences, shortcuts, about, and what happens to a run when the window closes. None of them blocks."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QScrollArea, QWidget

from kdstudio import __version__
from kdstudio.ui.command_table import COMMANDS
from kdstudio.ui.commands import MENUS
from kdstudio.ui.settings import Settings
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.buttons import Button
from kdstudio.ui.widgets.dialog import Dialog
from kdstudio.ui.widgets.labels import Label, Paragraph
from kdstudio.ui.widgets.segmented import Segmented
from kdstudio.ui.widgets.toggles import CheckBox

SCALES = (("0.8", "80%"), ("0.9", "90%"), ("1.0", "100%"), ("1.2", "120%"), ("1.5", "150%"))


class Preferences(Dialog):
    """Theme, size, motion, single-letter keys. Everything takes effect at once."""

    def __init__(self, settings: Settings, parent: QWidget) -> None:
        super().__init__("Preferences", parent)
        self.setObjectName("preferences")
        self._settings = settings
        self.theme_choice = Segmented([("system", "System"), ("dark", "Dark"), ("light", "Light")], "Theme")
        self.theme_choice.set_value(theme().name)
        self.theme_choice.chosen.connect(self._set_theme)
        self.scale = Segmented(SCALES, "Interface size")
        nearest = min(SCALES, key=lambda pair: abs(float(pair[0]) - theme().scale))
        self.scale.set_value(nearest[0])
        self.scale.chosen.connect(self._set_scale)
        self.motion = CheckBox("Reduce motion", "Bars and pages change without moving.", checked=theme().reduce_motion)
        self.motion.toggled.connect(self._set_motion)
        self.keys = CheckBox(
            "Single-letter shortcuts", "T, P, D and others, where nothing is typed.", checked=settings["single_keys"]
        )
        self.keys.toggled.connect(lambda on: settings.__setitem__("single_keys", on))
        grid = QGridLayout()
        grid.setVerticalSpacing(theme().px(12))
        grid.setHorizontalSpacing(theme().px(24))
        for at, (words, control) in enumerate((("Theme", self.theme_choice), ("Interface size", self.scale))):
            grid.addWidget(Label(words, "body"), at, 0)
            grid.addWidget(control, at, 1, Qt.AlignmentFlag.AlignRight)
        self.column.addLayout(grid)
        self.column.addWidget(Label("The new size holds fully after the next start.", "small", "3"))
        self.column.addWidget(self.motion)
        self.column.addWidget(self.keys)
        self.column.addSpacing(theme().px(8))
        done = Button("Done", "primary")
        done.clicked.connect(self.close)
        self.add_buttons(done)

    def _set_theme(self, name: str) -> None:
        self._settings["theme"] = name
        theme().set_name(name)

    def _set_scale(self, scale: str) -> None:
        self._settings["scale"] = float(scale)
        theme().set_scale(float(scale))

    def _set_motion(self, on: bool) -> None:
        self._settings["reduce_motion"] = on
        theme().reduce_motion = on


class ShortcutSheet(Dialog):
    """Every command that has a shortcut, by menu."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__("Keyboard shortcuts", parent)
        self.setObjectName("shortcuts")
        self.resize(theme().px(720), theme().px(560))
        inner = QWidget()
        inner.setObjectName("scrolled")
        columns = QHBoxLayout(inner)
        columns.setContentsMargins(0, 0, theme().px(12), 0)
        columns.setSpacing(theme().px(40))
        for menus in (MENUS[:3], MENUS[3:]):
            columns.addLayout(self._table(menus), 1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setAccessibleName("Shortcuts")
        area.setWidget(inner)
        self.column.addWidget(area, 1)

    def _table(self, menus: tuple[str, ...]) -> QGridLayout:
        grid, line = QGridLayout(), 0
        grid.setVerticalSpacing(theme().px(6))
        for menu in menus:
            grid.addWidget(Label(menu, "h3", "2"), line, 0)
            line += 1
            for command in COMMANDS:
                if command.menu == menu and command.shortcut and not command.is_hidden:
                    grid.addWidget(Label(command.title, "small"), line, 0)
                    key = Label(command.shortcut.replace("+", " "), "smallm", "2", elide=False)
                    key.setProperty("kind", "keycap")
                    grid.addWidget(key, line, 1, Qt.AlignmentFlag.AlignRight)
                    line += 1
        grid.setColumnStretch(0, 1)
        grid.setRowStretch(line, 1)
        return grid


class About(Dialog):
    """What this is."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__("kdstudio", parent)
        self.setObjectName("about")
        self.setMinimumWidth(theme().px(420))
        self.column.addWidget(Label(f"Version {__version__}", "small", "3"))
        self.column.addWidget(Paragraph("Distil a big model into a small one, and see what it inherits."))
        words = "MIT licence. Drawn with Qt for Python (LGPL 3) and pyqtgraph (MIT), set in Inter (SIL OFL 1.1)."
        self.column.addWidget(Paragraph(words, "small", "3"))
        done = Button("Close", "primary")
        done.clicked.connect(self.close)
        self.add_buttons(done)


class Confirmation(Dialog):
    """A sentence and its ways out. `chosen` gives the key of a button; Escape means "cancel"."""

    chosen = Signal(str)

    def __init__(self, title: str, words: str, choices: list[tuple[str, str]], parent: QWidget) -> None:
        super().__init__(title, parent)
        self.setObjectName("confirmation")
        self.setMinimumWidth(theme().px(480))
        self.column.addWidget(Paragraph(words))
        self.column.addSpacing(theme().px(8))
        self.buttons: dict[str, Button] = {}
        for at, (key, label) in enumerate(choices):
            button = Button(label, "primary" if at == len(choices) - 1 else "secondary")
            button.clicked.connect(lambda _=False, key=key: self._choose(key))
            self.buttons[key] = button
        self.add_buttons(*self.buttons.values())

    def _choose(self, key: str) -> None:
        self.close()
        self.chosen.emit(key)
