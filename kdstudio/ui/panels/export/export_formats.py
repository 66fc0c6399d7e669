"""The formats that an export can have, and the rows to choose them."""

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kdstudio.recipe.report import ExportReport
from kdstudio.ui.panels.amounts import size
from kdstudio.ui.panels.export.tags import Tags
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.labels import Label
from kdstudio.ui.widgets.toggles import CheckBox

BESIDE = ("labels.json", "preprocessing.json", "model card")
WITH_ONNX = ("predict.py",)


@dataclass(frozen=True, slots=True)
class Format:
    """A format by the engine's name, with what people should know to choose it."""

    name: str
    title: str
    words: str


FORMATS = (
    Format("onnx", "ONNX", "opset 18, any batch size"),
    Format("safetensors", "PyTorch weights", "safetensors, opens again in kdstudio"),
)


def title(name: str) -> str:
    """Return what people call a format."""
    return next((one.title for one in FORMATS if one.name == name), name)


class FormatRows(QWidget):
    """A check box for each format with its size: an estimate at first, the file's own after the export."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Formats")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(4))
        self.boxes: dict[str, CheckBox] = {}
        self._sizes: dict[str, Label] = {}
        for one in FORMATS:
            box, label = CheckBox(one.title, one.words, checked=True), Label("", "small", "3")
            box.setObjectName(f"format-{one.name}")
            box.toggled.connect(self._toggled)
            self.boxes[one.name], self._sizes[one.name] = box, label
            row = QHBoxLayout()
            row.addWidget(box, 1)
            row.addWidget(label, 0, Qt.AlignmentFlag.AlignVCenter)
            column.addLayout(row)
        beside = QHBoxLayout()
        beside.setContentsMargins(theme().px(27), theme().px(2), 0, 0)
        self.tags = Tags((*BESIDE, *WITH_ONNX), "With it come")
        beside.addWidget(self.tags)
        column.addLayout(beside)

    def chosen(self) -> list[str]:
        """The names of the chosen formats."""
        return [name for name, box in self.boxes.items() if box.isChecked()]

    def set_sizes(self, student_bytes: int | None, reports: tuple[ExportReport, ...]) -> None:
        """Say how large the files are, or will be."""
        known = {report.format: report.bytes for report in reports}
        for name, label in self._sizes.items():
            estimate = f"about {size(student_bytes)}" if student_bytes else ""
            label.setText(size(known[name]) if name in known else estimate)

    def _toggled(self) -> None:
        self.tags.set_words((*BESIDE, *WITH_ONNX) if "onnx" in self.chosen() else BESIDE)
        self.changed.emit()
