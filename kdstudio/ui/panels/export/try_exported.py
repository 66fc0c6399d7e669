"""Asking the exported file itself: an input in, probabilities out, through the runtime that will be used later."""

import time
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QImageReader
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from kdstudio.core.errors import Problem
from kdstudio.data.face import Face
from kdstudio.recipe.report import ExportReport
from kdstudio.ui.panels.ask_text import AskText
from kdstudio.ui.panels.export.answer_bars import AnswerBars
from kdstudio.ui.panels.export.exported_input import TestInputs, input_shape
from kdstudio.ui.panels.export.image_drop import ImageDrop
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.buttons import IconButton
from kdstudio.ui.widgets.cards import Card
from kdstudio.ui.widgets.input_tile import InputTile
from kdstudio.ui.widgets.labels import Heading, Label
from kdstudio.ui.workspace import Workspace

SIDE, ROW_WIDE = 88, 230
NOTHING = "No input yet"


class TryExported(Card):
    """Takes the next test input, a dropped image or a typed text, and shows what the exported file answers."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(margins=(20, 14, 20, 14))
        self.setObjectName("tryExported")
        self.setAccessibleName("Try the exported file")
        self._workspace = workspace
        self._report: ExportReport | None = None
        self._samples = TestInputs(workspace.inputs)
        self._asked, self._began = 0, 0.0
        self.picture, self.bars = InputTile(SIDE, NOTHING, rows=5, wide=ROW_WIDE), AnswerBars()
        self.note = Label("", "small", "3")
        self.note.setObjectName("tryNote")
        self.another, self.drop = IconButton("reset", "Another test input", size=26, glyph=14), ImageDrop()
        self.another.setObjectName("anotherTestInput")
        self.another.clicked.connect(self.try_sample)
        self.drop.imageChosen.connect(self.try_image)
        self.text = AskText("Type or paste a text, Enter asks the file")
        self.text.asked.connect(self.try_text)
        workspace.inputs.opened.connect(self._arrange)
        self._lay_out()
        self._arrange()
        self.set_report(None)

    def set_report(self, report: ExportReport | None) -> None:
        """Try this file from now on; None where there is none that can be tried."""
        same = report is not None and self._report is not None and report == self._report
        self._report = report
        if same:
            return
        self._asked += 1
        self._show(None, NOTHING)
        self.bars.set_answer(np.zeros(0), ())
        for widget in (self.another, self.drop, self.text):
            widget.setEnabled(report is not None)
        self._say("" if report is not None else "after the export")
        if report is not None:
            self.try_sample()

    def try_sample(self) -> None:
        """Ask about the next test input."""
        found = self._samples.next() if self._report is not None else None
        if found is None:
            return
        self._show(found.face, f"Test input, truly {found.truth}" if found.truth else "Test input")
        if found.file is not None:
            self._ask_image(found.file)
        else:
            self._ask(run=str(self._workspace.run.folder), row=found.row)

    def try_image(self, path: Path) -> None:
        """Ask about an image file."""
        picture = _read(path)
        self._show(None if picture is None else Face("image", picture), path.name)
        if picture is None:
            self._fail([Problem(message=f"“{path.name}” cannot be read as an image.")], self._asked)
        else:
            self._ask_image(path)

    def try_text(self, words: str) -> None:
        """Ask about a text."""
        self._ask(run=str(self._workspace.run.folder), text=words)

    def _ask_image(self, path: Path) -> None:
        shape = None if self._report is None else input_shape(self._report, self._workspace.inputs)
        if shape is None:
            self._say("It is not known which inputs the student takes.", "error")
        else:
            self._ask(image=str(path), shape=list(shape))

    def _ask(self, **question: Any) -> None:
        report = self._report
        if report is None:
            return
        self._asked += 1
        number, self._began = self._asked, time.perf_counter()
        self._say("asking…")
        self._workspace.engine.ask(
            "try",
            lambda answer: self._take(answer, number),
            lambda problems, _details: self._fail(problems, number),
            file=report.path,
            **question,
        )

    def _take(self, answer: dict[str, Any], number: int) -> None:
        if number != self._asked:
            return
        run = self._workspace.run.run()
        names = run.class_names if run is not None else ()
        self.bars.set_answer(np.array(answer["logits"]), names, self._workspace.run.task)
        spent = (time.perf_counter() - self._began) * 1000
        self._say(f"answered in {spent:.0f} ms" if spent >= 1 else "answered in under 1 ms")
        self.note.setToolTip("From question to answer, with reading input and model. The latency above is the model's.")

    def _fail(self, problems: list[Problem], number: int) -> None:
        if number == self._asked and problems:
            self.bars.set_answer(np.zeros(0), ())
            self._say(problems[0].message, "error")
            self.note.setToolTip(" ".join((problems[0].message, problems[0].hint)))

    def _show(self, face: Face | None, words: str) -> None:
        """Show an input: a text stands in the field where it can be changed."""
        if self._workspace.inputs.kind == "text":
            self.text.field.setText(face.line if face is not None else "")
            self.text.field.setCursorPosition(0)
        self.picture.set_face(face, words)
        if face is None or face.is_picture:
            self.picture.setToolTip(words)

    def _arrange(self) -> None:
        """Offer what can be tried with this kind of data."""
        kind = self._workspace.inputs.kind
        self.drop.setVisible(kind == "image")
        self.text.setVisible(kind == "text")
        self.picture.setVisible(kind != "text")

    def _say(self, words: str, tone: str = "3") -> None:
        self.note.setText(words)
        self.note.set_tone(tone)

    def _lay_out(self) -> None:
        px = theme().px
        row = QHBoxLayout()
        row.setSpacing(px(16))
        row.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignVCenter)
        middle, head = QVBoxLayout(), QHBoxLayout()
        middle.setSpacing(px(3))
        head.setSpacing(px(6))
        head.addWidget(Heading("Try the exported file", 3))
        self.note.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(self.note, 1)
        head.addWidget(self.another)
        middle.addLayout(head)
        middle.addWidget(self.text)
        middle.addWidget(self.bars, 1)
        row.addLayout(middle, 1)
        row.addWidget(self.drop)
        self.add(row)


def _read(path: Path) -> np.ndarray | None:
    """Return an image file as (3, H, W) uint8 for the thumbnail, scaled down while it is read; None if it is none."""
    reader = QImageReader(str(path))
    reader.setDecideFormatFromContent(True)
    reader.setAutoTransform(True)
    size = reader.size()
    if size.isValid() and max(size.width(), size.height()) > 4 * SIDE:
        reader.setScaledSize(size.scaled(4 * SIDE, 4 * SIDE, Qt.AspectRatioMode.KeepAspectRatio))
    image = reader.read()
    if image.isNull():
        return None
    image = image.convertToFormat(image.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    pixels = rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3)
    return np.ascontiguousarray(pixels.transpose(2, 0, 1))
