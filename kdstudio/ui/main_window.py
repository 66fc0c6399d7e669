"""The window: rail, context bar, pages, docks and status line around one workspace."""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QEvent, Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QGraphicsView, QStackedWidget, QStatusBar, QToolBar, QVBoxLayout, QWidget

from kdstudio.ui.command_table import COMMANDS
from kdstudio.ui.commands import Command, is_pressed
from kdstudio.ui.page_table import PAGES
from kdstudio.ui.shell.closing import Closing
from kdstudio.ui.shell.frame import Frame
from kdstudio.ui.shell.messages import Messages
from kdstudio.ui.shell.rail import Rail
from kdstudio.ui.shell.status_line import StatusLine
from kdstudio.ui.shell.top_bar import TopBar
from kdstudio.ui.shell.verbs import Verbs
from kdstudio.ui.theme import theme
from kdstudio.ui.workspace import Workspace

if TYPE_CHECKING:  # these stand only once they are needed: Home is there sooner without them
    from kdstudio.ui.drops import DropTarget
    from kdstudio.ui.shell.context_bar import ContextBar
    from kdstudio.ui.shell.palette import Palette
    from kdstudio.ui.shell.problems_dock import ProblemsDock

SMALL = 1200  # pixels below which the rail shows icons alone
STATUS = 30
SIZE, LEAST = (1440, 900), (1024, 680)


class MainWindow(Frame):
    """Everything that is shown. Pages are made when they are first asked for."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.workspace = workspace
        self.setObjectName("window")
        self.setWindowTitle("kdstudio")
        self.pages: dict[str, QWidget] = {}
        self._make_parts()
        self.verbs, self.messages = Verbs(self), Messages(self)
        self.closing = Closing(self)
        self.setAcceptDrops(True)
        self._connect()
        self._restore()
        self.show_page("home")

    def show_page(self, name: str) -> None:
        """Bring a page to the front; a page that does not exist yet leaves things as they are."""
        page = next((page for page in PAGES if page.name == name), None)
        if page is None:
            return
        if name not in self.pages:
            self.pages[name] = page.build(self.workspace)
            self._serve(self.pages[name])
            self.stack.addWidget(self.pages[name])
        if page.has_context or self.has("context"):
            self.context.setVisible(page.has_context)
        self.stack.setCurrentWidget(self.pages[name])
        self.rail.show_page(name)

    @cached_property
    def context(self) -> "ContextBar":
        """The bar above Train and Understand."""
        from kdstudio.ui.shell.context_bar import ContextBar

        made = ContextBar(self.workspace)
        made.replaceRequested.connect(self.verbs.choose)
        self._column.insertWidget(0, made)
        return made

    @cached_property
    def dock(self) -> "ProblemsDock":
        """Problems and log, at the bottom."""
        from kdstudio.ui.shell.problems_dock import ProblemsDock

        made = ProblemsDock(self.workspace)
        self.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, made)
        made.hide()
        return made

    @cached_property
    def palette_box(self) -> "Palette":
        """The search among all commands, over the window."""
        from kdstudio.ui.shell.palette import Palette

        return Palette(self, self.run_command, self)

    @cached_property
    def drops(self) -> "DropTarget":
        """What shows and takes files that are dragged."""
        from kdstudio.ui.drops import DropTarget

        made = DropTarget(self, self.workspace, self.body)
        made.hintChanged.connect(self.status.set_hint)
        return made

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Make what takes drags when the first one comes; further ones it sees before the window does."""
        self.drops.eventFilter(self, event)

    def current_page(self) -> str:
        """Return the name of the page that is shown."""
        shown = self.stack.currentWidget()
        return next((name for name, page in self.pages.items() if page is shown), "home")

    def page_can(self, verb: str) -> bool:
        """Whether the page that is shown has a method `verb`."""
        return callable(getattr(self.stack.currentWidget(), verb, None))

    def tell_page(self, verb: str) -> None:
        """Call the method `verb` of the page that is shown."""
        if self.page_can(verb):
            getattr(self.stack.currentWidget(), verb)()

    def do(self, verb: str) -> None:
        """Carry out one of the window's own verbs."""
        getattr(self.verbs, verb)()

    def run_command(self, command: Command) -> None:
        """Carry out a command, if it can be carried out now."""
        if command.enabled(self):
            command.run(self)

    def say(self, words: str, action: str, act: Callable[[], object]) -> None:
        """Say something for a few seconds, with something that can be done about it."""
        self.messages.toasts.show_message(words, "note", action).acted.connect(act)

    def refresh_title(self) -> None:
        """Say what is open."""
        project = self.workspace.project
        name = project.draft.name or project.folder.name if project is not None else "Untitled"
        self.top.set_title(name, is_edited=not self.workspace.draft.undo.isClean())
        self.setWindowTitle(f"{self.messages.headline or name} — kdstudio")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take the plain keys that the focused control had no use for."""
        if self.workspace.settings["single_keys"] and not event.isAutoRepeat():
            for command in COMMANDS:
                if command.is_single_key and is_pressed(command, event) and command.enabled(self):
                    command.run(self)
                    return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Narrow the rail where there is little room."""
        super().resizeEvent(event)
        self.rail.set_narrow(self.width() < theme().px(SMALL))

    def changeEvent(self, event: QEvent) -> None:
        """Coming back to the window ends the headline in its title."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow() and hasattr(self, "messages"):
            self.messages.headline = ""
            self.refresh_title()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask what shall become of a running run; then save and end everything."""
        if self.closing.may_close():
            self.workspace.settings["geometry"] = self.saveGeometry().toBase64().toStdString()
            self.workspace.close()
            for view in self.findChildren(QGraphicsView):
                view.scene().clear()  # while Python is there: Qt taking a scene apart crashes in pyqtgraph's items
            event.accept()
        else:
            event.ignore()

    def _make_parts(self) -> None:
        self.top = TopBar(self, self.run_command)
        self.setMenuWidget(self.top)
        self.rail = Rail()
        tools = QToolBar("Pages", self)
        tools.setObjectName("rail")
        tools.setMovable(False)
        tools.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        tools.addWidget(self.rail)
        _without_margins(tools)
        self.addToolBar(Qt.ToolBarArea.LeftToolBarArea, tools)
        self.stack = QStackedWidget()
        self.body = QWidget()
        self.body.setObjectName("pages")
        self.body.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._column = QVBoxLayout(self.body)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.stack, 1)
        self.setCentralWidget(self.body)
        self.status = StatusLine(self.workspace)
        bar = QStatusBar()
        bar.setSizeGripEnabled(False)
        bar.addPermanentWidget(self.status, 1)
        _without_margins(bar)
        bar.setFixedHeight(theme().px(STATUS) + 1)  # with its upper edge
        self.setStatusBar(bar)

    def _connect(self) -> None:
        workspace = self.workspace
        self.rail.chosen.connect(self.show_page)
        workspace.pageRequested.connect(self.show_page)
        self.status.pageRequested.connect(self.show_page)
        self.top.searchRequested.connect(self.verbs.palette)
        self.status.problemsRequested.connect(lambda: self.dock.toggle("problems"))
        for asks in (self.rail.preferencesRequested, self.status.preferencesRequested):
            asks.connect(self.verbs.preferences)
        workspace.projectChanged.connect(self.refresh_title)
        workspace.draft.undo.cleanChanged.connect(lambda _: self.refresh_title())

    def _serve(self, page: QWidget) -> None:
        """Open the dialogs that a page asks for: pages know the workspace and not the window."""
        verbs = self.verbs
        for asks, answer in {
            "openModelRequested": verbs.open,
            "openDataRequested": lambda: verbs.choose("data"),
            "openProjectRequested": verbs.open,
            "chooseRequested": verbs.choose,
            "loadRecipeRequested": verbs.open,
            "trustRequested": verbs.trust,
            "fileRequested": verbs.ask_file,
        }.items():
            if hasattr(page, asks):
                getattr(page, asks).connect(answer)

    def _restore(self) -> None:
        px = theme().px
        self.setMinimumSize(px(LEAST[0]), px(LEAST[1]))
        room = self.screen().availableGeometry()
        is_real = room.width() >= px(LEAST[0])  # a smaller screen is one of no window system
        self.resize(px(SIZE[0]), px(SIZE[1]))
        if is_real:
            self.resize(self.size().boundedTo(room.size()))
        geometry = self.workspace.settings["geometry"]
        if geometry:
            self.restoreGeometry(QByteArray.fromBase64(geometry.encode()))
        self.refresh_title()


def _without_margins(widget: QWidget) -> None:
    layout = widget.layout()
    if layout is not None:
        layout.setContentsMargins(0, 0, 0, 0)
