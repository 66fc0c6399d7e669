"""The left side of the Export page: what, in which formats, where to, and the files that came out."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QWidget

from kdstudio.recipe.report import ExportReport
from kdstudio.ui.exports import ExportOrder
from kdstudio.ui.panels.export.export_files import FileList, written
from kdstudio.ui.panels.export.export_folder import problem_with, shown, typed
from kdstudio.ui.panels.export.export_formats import FormatRows
from kdstudio.ui.panels.export.step import Step
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.buttons import Button
from kdstudio.ui.widgets.cards import Card, Divider
from kdstudio.ui.widgets.fields import Combo, Field
from kdstudio.ui.widgets.labels import Label
from kdstudio.ui.widgets.toggles import CheckBox


class ExportForm(Card):
    """Three steps and the files. `exportAsked` carries an ExportOrder that can be carried out."""

    exportAsked = Signal(object)
    runChosen = Signal(str)  # a run's folder

    def __init__(self) -> None:
        super().__init__(margins=(20, 18, 20, 14))
        self.setObjectName("exportForm")
        self.setAccessibleName("Export")
        self._run: Path | None = None
        self._exported: Path | None = None
        self._busy = False
        self.run, self.checkpoint = (
            Combo("Run", []),
            Combo(
                "Checkpoint", [], help="Which weights: those of the best epoch on validation inputs, or the last ones."
            ),
        )
        self.formats = FormatRows()
        self.folder = Field("Folder", help="It is made when it does not exist yet.")
        self.choose = Button("Choose…", "secondary", "folder")
        self.zipped = CheckBox("Also as one .zip file beside it")
        self.files = FileList()
        self.open_folder = Button("Open folder", "secondary", "folder")
        self.export = Button("Export", "primary", "export")
        for widget, name in (
            (self.run.editor, "run"), (self.checkpoint.editor, "checkpoint"), (self.folder.editor, "folder"),
            (self.choose, "chooseFolder"), (self.zipped, "zipped"),
            (self.open_folder, "openFolder"), (self.export, "exportButton"),
        ):  # fmt: skip
            widget.setObjectName(name)
        self._lay_out()
        self._connect()
        self.set_reports(())

    def set_run(self, folder: Path, runs: list[tuple[str, str]], checkpoints: list[tuple[str, str]]) -> None:
        """Show a run, the others that may be chosen, and its checkpoints."""
        self._run = folder
        self.run.set_choices(runs, str(folder))
        self.checkpoint.set_choices(checkpoints, self.checkpoint.value() or "best")
        self._check()

    def set_folder(self, folder: Path) -> None:
        """Propose a folder."""
        self.folder.set_value(shown(folder))
        self._check()

    def set_reports(self, reports: tuple[ExportReport, ...], student: dict[str, Any] | None = None) -> None:
        """Show what an export gave; nothing before the first one."""
        self._exported = reports[0].folder if reports else None
        self.formats.set_sizes(student or {}, reports)
        self.files.set_files(written(reports))
        for widget in (self.files, self._line, self.open_folder):
            widget.setVisible(bool(reports))
        self.export.setText("Export again" if reports else "Export")

    def set_busy(self, busy: bool) -> None:
        """Take no other order while an export goes on."""
        self._busy = busy
        self.export.set_busy("Exporting…" if busy else "")
        for widget in (self.run, self.checkpoint, self.formats, self.folder, self.choose, self.zipped):
            widget.setEnabled(not busy)
        self._check()

    def _check(self) -> None:
        """Mark what is missing, and let the button work only when nothing is."""
        problem = problem_with(self.folder.value(), self._run)
        self.folder.set_problem(problem)
        formats = self.formats.chosen()
        self._what.badge.set_state("done" if self.checkpoint.value() else "open")
        self._which.badge.set_state("done" if formats else "open")
        self._where.badge.set_state("error" if problem else "done")
        ready = bool(formats and self.checkpoint.value() and not problem)
        self.export.setEnabled(ready and not self._busy)
        self.export.setToolTip("" if ready else problem or "Choose at least one format.")

    def _ask(self) -> None:
        self.exportAsked.emit(
            ExportOrder(
                typed(self.folder.value()),
                tuple(self.formats.chosen()),
                self.checkpoint.value(),
                probabilities=self.formats.with_probabilities(),
                zipped=self.zipped.isChecked(),
                shifted=self.formats.shifted.isVisible() and self.formats.shifted.isChecked(),
            )
        )

    def _ask_folder(self) -> None:
        dialog = QFileDialog(self, "Save to folder")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        start = typed(self.folder.value())
        nearest = next((folder for folder in (start, *start.parents) if folder.is_dir()), Path.home())
        dialog.setDirectory(str(nearest))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self.set_folder(Path(path)))
        dialog.open()

    def _show_folder(self) -> None:
        if self._exported is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._exported)))

    def _connect(self) -> None:
        self.run.chosen.connect(self.runChosen)
        self.formats.changed.connect(self._check)
        self.folder.edited.connect(lambda _words: self._check())
        self.choose.clicked.connect(self._ask_folder)
        self.open_folder.clicked.connect(self._show_folder)
        self.export.clicked.connect(self._ask)

    def _lay_out(self) -> None:
        px = theme().px
        self.body.setSpacing(px(14))
        self._what, self._which = Step(1, "What to export"), Step(2, "Formats")
        self._where = Step(3, "Save to")
        self._what.add(_row(self.run, self.checkpoint))
        self._which.add(self.formats)
        place = QHBoxLayout()
        place.setSpacing(px(8))
        place.addWidget(self.folder, 1, Qt.AlignmentFlag.AlignTop)
        beside = QHBoxLayout()
        beside.setContentsMargins(0, px(21), 0, 0)  # level with the field, below its label
        beside.addWidget(self.choose, 0, Qt.AlignmentFlag.AlignTop)
        place.addLayout(beside)
        self._where.add(place)
        self._where.add(self.zipped)
        self._line = Divider()
        for part in (self._what, Divider(), self._which, Divider(), self._where, self._line):
            self.add(part)
        inset = QHBoxLayout()
        inset.setContentsMargins(px(38), 0, 0, 0)
        inset.addWidget(self.files)
        self.add(inset)
        self.body.addStretch()
        self.add(Divider())
        foot = QHBoxLayout()
        foot.setSpacing(px(8))
        foot.addWidget(Label("Verification runs every time", "small", "3"), 1)
        foot.addWidget(self.open_folder)
        foot.addWidget(self.export)
        self.add(foot)


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(theme().px(12))
    for widget in widgets:
        row.addWidget(widget, 1)
    return row
