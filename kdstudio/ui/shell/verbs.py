"""The window's own verbs: dialogs, docks, theme, clipboard. Each is named by a row of the command table.

What a verb opens is imported by the verb: the window stands sooner without it.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QCursor, QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu, QWidget

from kdstudio.core.paths import crash_folder
from kdstudio.ui.shell.frame import Frame
from kdstudio.ui.theme import theme

if TYPE_CHECKING:
    from kdstudio.core.licences import Licence

STEP = 0.1


class Verbs:
    """Everything here returns at once: dialogs are opened, never waited for."""

    def __init__(self, window: Frame) -> None:
        self._window, self._workspace = window, window.workspace

    def open(self) -> None:
        """Choose files to open."""
        dialog = QFileDialog(self._window, "Open a model, data, a recipe or a project")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        self._then(dialog, self._open)

    def open_folder(self) -> None:
        """Choose a folder to open: images, IDX files, a run, a project."""
        dialog = QFileDialog(self._window, "Open a folder")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        self._then(dialog, self._open)

    def choose(self, role: str) -> None:
        """Choose a file for a role; data may also be a folder, and a dialog shows either, so that is asked first."""
        if role != "data":
            self._choose(role, QFileDialog.FileMode.ExistingFile)
            return
        menu = QMenu(self._window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for words, mode in (
            ("A folder: images, texts, a table, sounds…", QFileDialog.FileMode.Directory),
            ("A file: .csv, .zip, .npz, .parquet…", QFileDialog.FileMode.ExistingFile),
        ):
            menu.addAction(words).triggered.connect(lambda _checked, mode=mode: self._choose(role, mode))
        menu.popup(QCursor.pos())

    def _choose(self, role: str, mode: QFileDialog.FileMode) -> None:
        dialog = QFileDialog(self._window, "Choose another teacher" if role == "committee" else f"Choose the {role}")
        dialog.setFileMode(mode)
        self._then(dialog, lambda paths: self._open(paths, role))

    def ask_file(self, title: str, pattern: str, take: Callable[[Path], None]) -> None:
        """Choose one file like `pattern`, and hand it on."""
        dialog = QFileDialog(self._window, title)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(pattern)
        self._then(dialog, lambda paths: take(Path(paths[0])))

    def save(self) -> None:
        """Save the project; one that has no place yet asks for it."""
        if self._workspace.project is None or self._workspace.project.is_temporary:
            self.save_as()
        else:
            self._workspace.save()

    def save_as(self) -> None:
        """Choose a folder for the project."""
        dialog = QFileDialog(self._window, "Save the project in a folder")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        self._then(dialog, lambda paths: self._workspace.save_as(Path(paths[0])))

    def reveal(self) -> None:
        """Show the project's folder in the file manager."""
        if self._workspace.project is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._workspace.project.folder)))

    def report(self) -> None:
        """Choose where the run is written down as one page."""
        run = self._workspace.run.folder
        if run is None:
            return
        dialog = QFileDialog(self._window, "Save a report of this run")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter("Web page (*.html)")
        dialog.setDefaultSuffix("html")
        dialog.selectFile(f"{run.name}.html")
        self._then(dialog, lambda paths: self.write_report(run, Path(paths[0])))

    def write_report(self, run: Path, path: Path) -> None:
        """Write the page beside what is going on, and offer to open it."""

        def write() -> Path:
            from kdstudio.core.files import write_bytes
            from kdstudio.project.report.page import report
            from kdstudio.project.run import Run

            write_bytes(path, report(Run(run)).encode())
            return path

        def offer(written: Path) -> None:
            url = QUrl.fromLocalFile(str(written))
            self._window.say(
                f"The report was saved as {written.name}.", "Open it", lambda: QDesktopServices.openUrl(url)
            )

        self._workspace.analyses.submit("report", write, offer)

    def paste(self) -> None:
        """Open the files on the clipboard."""
        from kdstudio.ui.opening import paths_in

        paths = paths_in(QGuiApplication.clipboard().mimeData())
        if paths:
            self._open(paths)

    def close(self) -> None:
        """Close the window."""
        self._window.close()

    def preferences(self) -> None:
        """Open the preferences."""
        from kdstudio.ui.shell.dialogs import Preferences

        Preferences(self._workspace.settings, self._window).open()

    def shortcuts(self) -> None:
        """Open the sheet of shortcuts."""
        from kdstudio.ui.shell.dialogs import ShortcutSheet

        ShortcutSheet(self._window).open()

    def licences(self) -> None:
        """Say whose work this stands on; the lists of all libraries are read beside what goes on."""

        def read() -> "list[Licence]":
            from kdstudio.core.licences import licences

            return licences()

        def show(found: "list[Licence]") -> None:
            from kdstudio.ui.shell.licences import Licences

            Licences(found, self._window).open()

        self._workspace.analyses.submit("licences", read, show)

    def about(self) -> None:
        """Say what this is."""
        from kdstudio.ui.shell.dialogs import About

        About(self._window).open()

    def crash_reports(self) -> None:
        """Show the folder with reports of faults in kdstudio itself."""
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(crash_folder())))

    def problems(self) -> None:
        """Show or hide the problems."""
        self._window.dock.toggle("problems")

    def log(self) -> None:
        """Show or hide the log."""
        self._window.dock.toggle("log")

    def palette(self) -> None:
        """Open the palette."""
        self._window.palette_box.open()

    def full_screen(self) -> None:
        """Let the panel with the keyboard or under the pointer use the whole screen, else the window; or no longer."""
        from kdstudio.ui.charts.panel_menu import menu_around
        from kdstudio.ui.widgets.enlarged import enlarged

        shown = enlarged(self._window)
        under = QApplication.widgetAt(QCursor.pos())
        menu = menu_around(self._window.focusWidget()) or menu_around(under)
        if shown is not None:
            shown.back()
        elif menu is not None and menu.window() is self._window:
            menu.full_screen()
        else:
            self._toggle_window()

    def _toggle_window(self) -> None:
        self._window.setWindowState(self._window.windowState() ^ Qt.WindowState.WindowFullScreen)

    def switch_theme(self) -> None:
        """Go from dark to light and back."""
        name = "light" if theme().is_dark else "dark"
        self._workspace.settings["theme"] = name
        theme().set_name(name)

    def larger(self) -> None:
        """Make text and controls larger."""
        self._scale(theme().scale + STEP)

    def smaller(self) -> None:
        """Make text and controls smaller."""
        self._scale(theme().scale - STEP)

    def discard(self) -> None:
        """Ask before a run is stopped and deleted."""
        from kdstudio.ui.shell.dialogs import Confirmation

        choices = [("cancel", "Cancel"), ("discard", "Stop and discard")]
        words = "The run is deleted with its curves and checkpoints."
        asking = Confirmation("Stop and discard this run?", words, choices, self._window)
        asking.chosen.connect(lambda key: self._workspace.trainer.stop("discard") if key == "discard" else None)
        asking.open()

    def trust(self, name: str, words: str, digest: str) -> None:
        """Ask before a file may run code; `words` say what it would run."""
        from kdstudio.ui.shell.dialogs import Confirmation

        words = f"{words.rstrip('.')}. Such code can do anything that you can do on this computer. Trust the file only "
        words += "if you know who made it. A file that is changed later is asked for again."
        choices = [("cancel", "Cancel"), ("trust", "Trust and open")]
        asking = Confirmation(f"Trust “{name}”?", words, choices, self._window)
        asking.chosen.connect(lambda key: self._workspace.draft.trust(digest) if key == "trust" else None)
        asking.open()

    def focus_lens(self) -> None:
        """Put the keyboard into the lens temperature."""
        field = self._window.context.lens.slider.field
        field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        field.selectAll()

    def next_region(self) -> None:
        """Put the keyboard into the next part of the window: rail, context bar, page, problems."""
        window = self._window
        regions: list[QWidget] = [window.rail, window.stack]
        if window.has("context"):
            regions.insert(1, window.context)
        if window.has("dock"):
            regions.append(window.dock)
        there = [region for region in regions if region.isVisible()]
        focused = window.focusWidget()
        at = next((at for at, region in enumerate(there) if focused and region.isAncestorOf(focused)), -1)
        for region in (*there[at + 1 :], *there[: at + 1]):
            first = next((child for child in region.findChildren(QWidget) if _takes_focus(child)), None)
            if first is not None:
                first.setFocus(Qt.FocusReason.ShortcutFocusReason)
                return

    def _open(self, paths: Iterable[Path | str], role: str | None = None) -> None:
        from kdstudio.ui.opening import open_paths

        open_paths(self._workspace, paths, role)

    def _scale(self, scale: float) -> None:
        theme().set_scale(round(scale, 1))
        self._workspace.settings["scale"] = theme().scale

    def _then(self, dialog: QFileDialog, act: object) -> None:
        """Open a dialog and act on what was chosen in it."""
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(act)
        dialog.open()


def _takes_focus(widget: QWidget) -> bool:
    return widget.isVisible() and widget.isEnabled() and bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
