"""What decoupled distillation makes of the teacher's answer: the target against the rest, and the rest in itself."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from kdstudio.analysis.split import Split, split
from kdstudio.data.face import NOUNS, Face
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.buttons import Button
from kdstudio.ui.widgets.input_tile import InputTile
from kdstudio.ui.widgets.labels import Label
from kdstudio.ui.widgets.painting import LEFT, RIGHT, begin, box, probability, text

ASKED = "The input that was asked"
SHOWN = 9  # of the other classes


@dataclass(frozen=True, slots=True)
class Weights:
    """The knobs of decoupled distillation that the picture shows."""

    alpha: float
    beta: float
    temperature: float


class SplitPreview(QWidget):
    """One answer in two parts, each with its weight. `anotherRequested` asks for another input."""

    anotherRequested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("What decoupling does to this teacher’s answer")
        self.picture, self.another = InputTile(36, ASKED), Button("Another", "ghost", "reset")
        self.caption, self.parts, self.noun = Label("", "small", "3"), _Parts(), "image"
        self.another.clicked.connect(self.anotherRequested)
        words, head = QVBoxLayout(), QHBoxLayout()
        words.setSpacing(0)
        words.addWidget(Label("This answer, decoupled", "h3"))
        words.addWidget(self.caption)
        head.setSpacing(theme().px(10))
        head.addWidget(self.picture)
        head.addLayout(words, 1)
        head.addWidget(self.another)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(8))
        column.addLayout(head)
        column.addWidget(self.parts, 1)

    def set_face(self, face: Face | None) -> None:
        """Show the input that was asked: a picture at the left, words below the title."""
        if face is not None:
            self.noun = NOUNS[face.kind]
        is_read = face is not None and not face.is_picture
        self.picture.setVisible(not is_read)
        self.picture.set_face(None if is_read else face, ASKED)
        self.caption.setText(face.line if face is not None and is_read else f"one {self.noun} of the validation data")
        self.caption.setToolTip(face.whole if face is not None and is_read else "")

    def set_answer(self, logits: np.ndarray, target: int, names: tuple[str, ...], weights: Weights) -> None:
        """Take the teacher's answer (C,) to one input of this class apart."""
        self.parts.set_split(split(logits, target, weights.temperature), names[target], names, weights)

    def sentence(self) -> str:
        """Return what the weights mean for this answer."""
        found, weights = self.parts.split, self.parts.weights
        if found is None:
            return ""
        times = found.emphasis(weights.beta)
        start = f"At T {weights.temperature:.3g} the other classes share {_percent(found.rest)} of this answer"
        if weights.beta == 0:
            return f"{start}; how they share it is not learned, as β is 0."
        if times > 1000:
            return (
                f"{start}: soft targets would hardly tell how they share it. β {weights.beta:g} does so all the same."
            )
        more = f"{times:.2g}" if times < 100 else f"{times:.0f}"
        return f"{start}. How they share it counts {more} times as much with β {weights.beta:g} as in soft targets."


def _percent(value: float) -> str:
    return f"{value:.0%}" if value >= 0.0995 else f"{value:.1%}" if value >= 0.001 else "less than 0.1%"


class _Parts(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.split: Split | None = None
        self.weights = Weights(1.0, 1.0, 1.0)
        self._name, self._names = "", tuple[str, ...]()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("The target against the rest, and the other classes among themselves")

    def set_split(self, found: Split, name: str, names: tuple[str, ...], weights: Weights) -> None:
        self.split, self.weights, self._name, self._names = found, weights, name, names
        first = ", ".join(f"{names[k]} {p:.0%}" for k, p in zip(found.classes[:3], found.others, strict=False))
        self.setAccessibleDescription(
            f"{name} {_percent(found.target)}, all others {_percent(found.rest)}, with weight {weights.alpha:g}. "
            f"Among the others: {first}, with weight {weights.beta:g}."
        )
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme().px(560), theme().px(220))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme().px(300), theme().px(130))

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self.split is None:
            return
        painter, gap, px = begin(self), theme().px(8), theme().px
        left = QRectF(0, 0, (self.width() - gap) * 0.42, self.height())
        right = QRectF(left.right() + gap, 0, self.width() - left.width() - gap, self.height())
        found, weights = self.split, self.weights
        both = [(self._name, found.target), ("the rest", found.rest)]
        others = [(self._names[k], float(p)) for k, p in zip(found.classes[:SHOWN], found.others, strict=False)]
        for panel, title, weight, rows in (
            (left, "The target", f"× α {weights.alpha:g}", both),
            (right, "Among the others", f"× β {weights.beta:g}", others),
        ):
            box(painter, panel, px(8), theme().colour("surface_2"), theme().colour("line"))
            inner = panel.adjusted(px(10), px(8), -px(10), -px(8))
            head = QRectF(inner.left(), inner.top(), inner.width(), px(20))
            text(painter, head, title, "bodym", "text_1", LEFT)
            text(painter, head, weight, "bodym", "teacher_text", RIGHT)
            self._paint_rows(painter, inner.adjusted(0, px(28), 0, 0), rows, first_is_true=panel is left)

    def _paint_rows(
        self, painter: QPainter, area: QRectF, rows: list[tuple[str, float]], *, first_is_true: bool
    ) -> None:
        """Draw as many rows of name, bar and share as there is room for."""
        now, px = theme(), theme().px
        rows = rows[: max(1, int(area.height() / px(19)))]
        each = min(area.height() / len(rows), px(34))
        name_wide, number_wide = area.width() * (0.46 if first_is_true else 0.3), px(34)
        for at, (name, value) in enumerate(rows):
            row = QRectF(area.left(), area.top() + at * each, area.width(), each)
            text(painter, QRectF(row.left(), row.top(), name_wide - px(6), each), name, "small", "text_2", LEFT)
            text(painter, row, probability(value), "small", "text_1", RIGHT)
            full = row.width() - name_wide - number_wide - px(6)
            bar = QRectF(row.left() + name_wide, row.center().y() - px(5), max(1.5, full * value), px(10))
            painter.setPen(QPen(now.colour("teacher_edge"), 1) if not now.is_dark else Qt.PenStyle.NoPen)
            painter.setBrush(now.colour("teacher", 1.0 if at == 0 else 0.72))
            painter.drawRoundedRect(bar, 2.5, 2.5)
