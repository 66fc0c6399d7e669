"""Help, Licences: a list, the text of the chosen one, and the keyboard."""

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from kdstudio.ui.main_window import MainWindow
from kdstudio.ui.shell.licences import Licences


def test_that_the_licences_are_shown_and_gone_through_with_the_keyboard(window: MainWindow, qtbot: QtBot) -> None:
    window.verbs.licences()
    qtbot.waitUntil(lambda: bool(window.findChildren(Licences)), timeout=20_000)
    (shown,) = window.findChildren(Licences)
    assert "MIT License" in shown.text.toPlainText()
    assert shown.about.text().startswith("kdstudio ")
    qtbot.keyClick(shown.list, Qt.Key.Key_Down)
    assert shown.about.text() == "Inter, font: OFL-1.1"
    assert "SIL OPEN FONT LICENSE" in shown.text.toPlainText()
    assert shown.list.count() == len(shown.found)
    assert all(widget.accessibleName() for widget in (shown, shown.list, shown.text))
    shown.close()
