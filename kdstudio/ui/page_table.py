"""The pages of the window, in the order of the rail. A page is imported when it is shown for the first time."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

from PySide6.QtWidgets import QWidget

from kdstudio.ui.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Page:
    """One entry of the rail. `has_context`: the bar with models, lens and epoch stands above it."""

    name: str
    title: str
    icon: str
    has_context: bool = False

    @property
    def module(self) -> str:
        """Where its class `<Name>Page` is defined."""
        return f"kdstudio.ui.pages.{self.name}"

    def build(self, workspace: Workspace) -> QWidget:
        """Import and make the page."""
        make: Callable[[Workspace], QWidget] = getattr(import_module(self.module), f"{self.name.capitalize()}Page")
        return make(workspace)


_PAGES = (
    Page("home", "Home", "home"),
    Page("setup", "Setup", "setup"),
    Page("train", "Train", "train", has_context=True),
    Page("understand", "Understand", "understand", has_context=True),
    Page("compare", "Compare", "compare"),
    Page("export", "Export", "export"),
)
PAGES = tuple(page for page in _PAGES if find_spec(page.module) is not None)  # the rail shows what there is
