"""The formats that an export can have, and the rows to choose them."""

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

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
    share: float = 1.0  # of the student's bytes, about
    more: int = 0  # bytes that come with any student
    is_usual: bool = False
    is_graph: bool = False  # of ONNX, which holds the whole numbers of a student that learned with 8 bits

    def estimate(self, student_bytes: int, parameters: int) -> int:
        """Return how large the file will be, about; 0 where a student of 8 bits has no such file."""
        if student_bytes >= 2 * parameters:  # 4 bytes a weight, and not one
            return round(student_bytes * self.share) + self.more
        if self.share not in (1, _WHOLE):
            return 0
        return (student_bytes if self.is_graph else 4 * parameters) + self.more


_WHOLE = 0.25  # bytes of 8 bits, as a share of those of single precision


FORMATS = (  # one column, and beside it the other
    Format("onnx", "ONNX", "any batch size", is_usual=True, is_graph=True),
    Format("onnx_fp16", "ONNX, 16 bits", "half the bytes", 0.5),
    Format("onnx_int8", "ONNX, 8 bits", "a quarter of the bytes", _WHOLE, is_graph=True),
    Format("ort", "ORT", "for phones", is_graph=True),
    Format("safetensors", "PyTorch weights", "opens again in kdstudio", is_usual=True),
    Format("pt2", "PyTorch program", "torch.export"),
    Format("torchscript", "TorchScript", "LibTorch"),
    Format("huggingface", "Hugging Face folder", "transformers"),
    Format("web", "Web page", "answers in the browser", more=41_270_000, is_graph=True),
)
ROWS = 5


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
        self._is_regression = False  # numbers have no probabilities
        self._has_classes = False
        self.boxes: dict[str, CheckBox] = {}
        self._sizes: dict[str, Label] = {}
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme().px(28))
        grid.setVerticalSpacing(theme().px(4))
        for at, one in enumerate(FORMATS):
            box, label = CheckBox(one.title, one.words, checked=one.is_usual), Label("", "small", "3")
            box.setObjectName(f"format-{one.name}")
            box.toggled.connect(self._toggled)
            self.boxes[one.name], self._sizes[one.name] = box, label
            row = QHBoxLayout()
            row.addWidget(box, 1)
            row.addWidget(label, 0, Qt.AlignmentFlag.AlignVCenter)
            grid.addLayout(row, at % ROWS, at // ROWS)
            grid.setColumnStretch(at // ROWS, 1)
        self.probabilities = CheckBox("Probabilities too", "second output of ONNX files")
        self.probabilities.setObjectName("probabilities")
        grid.addWidget(self.probabilities, ROWS - 1, 1)
        self.shifted = CheckBox("Shift the biases of its classes", "see Understand, Calibration")
        self.shifted.setObjectName("shifted")
        column.addLayout(grid)
        beside = QHBoxLayout()
        beside.setContentsMargins(theme().px(27), theme().px(2), 0, 0)
        self.tags = Tags((*BESIDE, *WITH_ONNX), "With it come")
        beside.addWidget(self.tags)
        column.addLayout(beside)
        column.addSpacing(theme().px(2))
        column.addWidget(self.shifted)

    def with_probabilities(self) -> bool:
        """Whether ONNX files are to answer probabilities, too."""
        return self.probabilities.isEnabled() and self.probabilities.isChecked()

    def chosen(self) -> list[str]:
        """The names of the chosen formats."""
        return [name for name, box in self.boxes.items() if box.isChecked()]

    def set_sizes(self, student: dict[str, Any], reports: tuple[ExportReport, ...]) -> None:
        """Say how large the files are, or will be; `student` is what the run's report says of it."""
        weights, parameters = student.get("bytes"), student.get("parameters")
        known = {report.format: report.bytes for report in reports}
        self._is_regression = "r2" in student
        self._has_classes = not {"r2", "f1", "perplexity"} & student.keys() and bool(student)
        self._toggled()
        for one in FORMATS:
            about = one.estimate(weights, parameters or 0) if weights else 0
            estimate = f"about {size(about)}" if about else ""
            self._sizes[one.name].setText(size(known[one.name]) if one.name in known else estimate)

    def _toggled(self) -> None:
        has_graph = any(name.startswith("onnx") for name in self.chosen())
        self.tags.set_words((*BESIDE, *WITH_ONNX) if has_graph else BESIDE)
        self.probabilities.setEnabled(has_graph and not self._is_regression)
        self.shifted.setVisible(self._has_classes)
        self.changed.emit()
