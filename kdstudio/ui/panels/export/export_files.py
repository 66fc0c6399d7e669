"""The files that an export wrote, with their sizes and a way to copy their paths."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kdstudio.core.files import bytes_of
from kdstudio.recipe.report import ExportReport
from kdstudio.ui.panels.amounts import size
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.buttons import IconButton
from kdstudio.ui.widgets.cards import Glyph
from kdstudio.ui.widgets.labels import Heading, Label
from kdstudio.ui.widgets.layouts import emptied

_KNOWN = {
    "labels.json": ("table", "names of the outputs"),
    "preprocessing.json": ("table", "what the input must be"),
    "tokenizer.json": ("table", "how a text becomes tokens"),
    "predict.py": ("text", "runs as it is"),
    "MODEL_CARD.md": ("text", "recipe, measured results, weak spots"),
    "requirements.txt": ("text", "for predict.py"),
    "required_operators.config": ("text", "for a build of ONNX Runtime with these operators alone"),
    "digests.json": ("table", "SHA-256 of every file"),
    "report.json": ("table", "this check"),
    "web": ("folder", "for any static server"),
}


@dataclass(frozen=True, slots=True)
class Written:
    """One file: where, what it is, how large (None where it is gone)."""

    path: Path
    words: str
    icon: str
    bytes: int | None


def written(reports: tuple[ExportReport, ...]) -> list[Written]:
    """Return every file of the reports once: the models first, then what lies beside them."""
    models = {Path(report.path): report for report in reports}
    names = {path.name for path in models}
    beside = [report.folder / name for report in reports for name in report.files if name not in names]
    told = [place for report in reports if (place := report.folder / "report.json").is_file()]
    files = []
    packed = [Path(report.zipped) for report in reports if report.zipped is not None]
    for path in dict.fromkeys([*models, *beside, *told, *packed]):
        icon, words = _KNOWN.get(path.name, ("file", "all of it in one file" if path in packed else ""))
        if path in models:
            report = models[path]
            verified = "verified" if report.passed else "answers differently"
            words = f"{verified}, {words}" if words else verified
            icon = {"onnx": "understand", "web": "folder"}.get(report.format, "database")
        files.append(Written(path, words, icon, _bytes(path)))
    return files


class FileList(QWidget):
    """A line for each file."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("exportedFiles")
        self.setAccessibleName("Exported files")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(6))
        self._total = Label("", "small", "3")
        head = QHBoxLayout()
        head.addWidget(Heading("Files", 3))
        head.addStretch()
        head.addWidget(self._total)
        column.addLayout(head)
        self._rows = QWidget()
        self._rows.setAccessibleName("Files")
        QVBoxLayout(self._rows).setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._rows)

    def set_files(self, files: list[Written]) -> None:
        """Show these files."""
        rows = self._rows.layout()
        assert rows is not None
        emptied(rows)
        rows.setSpacing(0)
        for file in files:
            rows.addWidget(_Row(file))
        total = sum(file.bytes or 0 for file in files)
        self._total.setText(f"{len(files)} file{'s' if len(files) != 1 else ''} · {size(total)}")
        self.setAccessibleDescription(", ".join(file.path.name for file in files))


class _Row(QWidget):
    def __init__(self, file: Written) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme().px(9))
        row.addWidget(Glyph(file.icon, "text_2", 14))
        name = Label(file.path.name, "smallm")
        name.setToolTip(str(file.path))
        row.addWidget(name)
        row.addWidget(Label(file.words, "small", "error" if file.words == "answers differently" else "3"), 1)
        row.addWidget(Label("missing" if file.bytes is None else size(file.bytes), "small", "2", elide=False))
        copy = IconButton("copy", f"Copy the path of {file.path.name}", size=28, glyph=14)
        copy.setObjectName(f"copy-{file.path.name}")
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(str(file.path)))
        row.addWidget(copy, 0, Qt.AlignmentFlag.AlignVCenter)
        self.setAccessibleName(f"{file.path.name} {file.words}")


def _bytes(path: Path) -> int | None:
    try:
        return bytes_of(path)
    except OSError:
        return None
