"""The window as a program. It imports neither torch nor anything else that is slow, so that it stands at once."""

import argparse
import gc
import os
import signal
import sys
from pathlib import Path

os.environ.setdefault("QT_API", "pyside6")
os.environ.setdefault("PYQTGRAPH_QT_LIB", "PySide6")

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from kdstudio import __version__
from kdstudio.core import crash
from kdstudio.core.errors import KdStudioError
from kdstudio.core.paths import engine_log
from kdstudio.ui import icons
from kdstudio.ui.main_window import MainWindow
from kdstudio.ui.settings import Settings
from kdstudio.ui.theme import NAMES, Theme
from kdstudio.ui.workspace import Workspace

PAGE_NAMES = ("home", "setup", "train", "understand", "compare", "export")
DESKTOP_NAME = "io.github.kdstudio.kdstudio"  # that of the desktop entry, ui.desktop.ID


def main(arguments: list[str] | None = None) -> int:
    """Open the window, do what the arguments ask for, and return the exit status when it is closed."""
    options = parse(sys.argv[1:] if arguments is None else arguments)
    if options.install_desktop or options.uninstall_desktop:
        from kdstudio.ui import desktop

        return desktop.run(install=options.install_desktop)
    sys.excepthook = crash.tell_terminal
    if options.safe_mode:
        os.environ["CUDA_VISIBLE_DEVICES"] = ""
    app = application()  # Qt ends the process where there is no screen, which is no fault of kdstudio's
    crash.keep_stacks()
    settings = Settings()
    if options.reset_ui:
        settings.reset()
    dressed = Theme(options.theme or settings["theme"], settings["scale"])
    dressed.reduce_motion = settings["reduce_motion"]
    dressed.apply(app)
    workspace = Workspace(settings)
    workspace.notices.catch_everything(engine_log())
    workspace.engine.crashed.connect(
        lambda how: workspace.notices.report(f"The training engine {how}", source="engine")
    )
    window = MainWindow(workspace)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: window.closing.decide())
    window.show()
    QTimer.singleShot(0, window, lambda: begin(window, options))
    status = app.exec()
    sys.excepthook = sys.__excepthook__
    crash.end_well()
    return status


def application() -> QApplication:
    """Return the application, made if there is none yet."""
    app = QApplication.instance() or QApplication(["kdstudio"])
    assert isinstance(app, QApplication)
    app.setApplicationName("kdstudio")
    app.setApplicationDisplayName("kdstudio")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName(DESKTOP_NAME)
    return app


def begin(window: MainWindow, options: argparse.Namespace) -> None:
    """Start the engine and open what was asked for, once the window stands."""
    gc.freeze()  # what was made up to here lives as long as the program: no later collection looks at it again
    gc.enable()
    QApplication.setWindowIcon(icons.app_icon())
    workspace = window.workspace
    workspace.start_engine()
    if last := crash.left_behind((engine_log(),)):
        workspace.notices.reported.emit("kdstudio closed unexpectedly the last time", last)
    try:
        if options.project:
            workspace.open_project(options.project)
        if options.watch:
            workspace.watch(options.watch)
    except KdStudioError as error:
        workspace.notices.tell_error(error)
    if options.files:
        from kdstudio.ui.opening import open_paths

        open_paths(workspace, options.files)
    if options.demo:
        workspace.open_demo()
    if options.page:
        window.show_page(options.page)
    if options.smoke:
        from kdstudio.ui.smoke import Smoke

        Smoke(window, options.screenshot).start()
    elif options.screenshot:
        from kdstudio.ui.screenshot import Screenshot

        Screenshot(window, options.screenshot, options.page).start()


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line (contract: "Terminal")."""
    if arguments[:1] == ["watch"]:
        arguments = ["--watch", *arguments[1:]]
    parser = argparse.ArgumentParser("kdstudio", description="Distil a big model into a small one.")
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="treated as if dropped on the window")
    parser.add_argument("--demo", action="store_true", help="open the embedded demo and start it")
    parser.add_argument("--project", type=Path, metavar="DIR", help="open a project")
    parser.add_argument("--watch", type=Path, metavar="RUN", help=argparse.SUPPRESS)
    parser.add_argument("--page", choices=PAGE_NAMES, help="show this page")
    parser.add_argument("--theme", choices=NAMES, help="use this theme, this time")
    parser.add_argument("--screenshot", type=Path, metavar="PNG", help="save the window's picture once idle, and quit")
    parser.add_argument("--smoke", action="store_true", help="a very short demo through every page, then quit")
    parser.add_argument("--reset-ui", action="store_true", help="forget layout and recent files")
    parser.add_argument("--safe-mode", action="store_true", help="no GPU, restore nothing")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--install-desktop", action="store_true", help="Linux: put kdstudio among the programs")
    where.add_argument("--uninstall-desktop", action="store_true", help="Linux: take it away again")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
