"""What the parts around the pages know of the window that holds them."""

from PySide6.QtWidgets import QMainWindow, QStackedWidget

from kdstudio.ui.shell.context_bar import ContextBar
from kdstudio.ui.shell.palette import Palette
from kdstudio.ui.shell.problems_dock import ProblemsDock
from kdstudio.ui.shell.rail import Rail
from kdstudio.ui.workspace import Workspace


class Frame(QMainWindow):
    """A window with these parts; `MainWindow` makes them."""

    workspace: Workspace
    rail: Rail
    context: ContextBar
    stack: QStackedWidget
    dock: ProblemsDock
    palette_box: Palette

    def show_page(self, name: str) -> None:
        """Bring a page to the front."""
        raise NotImplementedError

    def current_page(self) -> str:
        """Return the name of the page that is shown."""
        raise NotImplementedError

    def refresh_title(self) -> None:
        """Say what is open."""
        raise NotImplementedError
