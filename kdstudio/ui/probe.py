"""`kdstudio --probe window`: whether Qt can be imported, opens a screen, and reads the program's fonts."""

import sys

from kdstudio.core.checkup.probe import say
from kdstudio.core.paths import resource


def main() -> int:
    """Tell versions first: Qt ends the process where its platform plugin cannot be loaded."""
    say(trying="import PySide6")
    import PySide6
    from PySide6.QtCore import qVersion

    say(PySide6=PySide6.__version__, Qt=qVersion(), trying="import PySide6.QtWidgets")
    import PySide6.QtWidgets

    say(trying="import pyqtgraph")
    try:
        import pyqtgraph

        say(pyqtgraph=pyqtgraph.__version__)
    except Exception as error:  # a broken library raises anything
        say(broken={"pyqtgraph": f"{type(error).__name__}: {error}"})
    say(trying="open a screen")
    app = PySide6.QtWidgets.QApplication([sys.argv[0]])
    say(platform=app.platformName(), screens=[_screen(one) for one in app.screens()])
    say(trying="read the fonts")
    from PySide6.QtGui import QFontDatabase

    files = sorted(resource("fonts").glob("*.otf"))
    unread = [file.name for file in files if QFontDatabase.addApplicationFont(str(file)) < 0]
    say(fonts=len(files), unread=unread, families=len(QFontDatabase.families()))
    return 0


def _screen(screen: object) -> str:
    from PySide6.QtGui import QScreen

    assert isinstance(screen, QScreen)
    size = screen.geometry()
    return f"{size.width()} × {size.height()} at {screen.devicePixelRatio():g}×"
