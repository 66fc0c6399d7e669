"""What the parts around the pages know of the window that holds them."""

from abc import abstractmethod
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMainWindow, QStackedWidget

from kdstudio.ui.shell.rail import Rail
from kdstudio.ui.workspace import Workspace

if TYPE_CHECKING:  # each is imported by who makes it, when it is first needed
    from kdstudio.ui.shell.context_bar import ContextBar
    from kdstudio.ui.shell.palette import Palette
    from kdstudio.ui.shell.problems_dock import ProblemsDock


class Frame(QMainWindow):
    """A window with these parts; `MainWindow` makes them, some only when they are first asked for.

    It is abstract without ABCMeta: the classes of Qt have a metaclass of their own.
    """

    workspace: Workspace
    rail: Rail
    stack: QStackedWidget

    @cached_property
    @abstractmethod
    def context(self) -> "ContextBar":
        """The bar with models, lens and epoch."""

    @cached_property
    @abstractmethod
    def dock(self) -> "ProblemsDock":
        """Problems and log."""

    @cached_property
    @abstractmethod
    def palette_box(self) -> "Palette":
        """The search among all commands."""

    def has(self, part: str) -> bool:
        """Whether a part that is made late (`context`, `dock`, `palette_box`, `drops`) was asked for already."""
        return part in vars(self)

    @abstractmethod
    def show_page(self, name: str) -> None:
        """Bring a page to the front."""

    @abstractmethod
    def current_page(self) -> str:
        """Return the name of the page that is shown."""

    @abstractmethod
    def say(self, words: str, action: str, act: Callable[[], object]) -> None:
        """Say something for a few seconds, with something that can be done about it."""

    @abstractmethod
    def refresh_title(self) -> None:
        """Say what is open."""
