"""What a temperature does: the teacher's answer to one input, at 1, at the recipe's temperature, and hotter."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from kdstudio.core.measures import figures
from kdstudio.core.targets import Task
from kdstudio.core.types import softened, softmax
from kdstudio.data.face import NOUNS, Face
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.buttons import Button
from kdstudio.ui.widgets.input_tile import InputTile
from kdstudio.ui.widgets.labels import Label
from kdstudio.ui.widgets.painting import LEFT, RIGHT, begin, box, text, width

SHOWN = 8  # bars of each panel
ASKED = "The input that was asked"
TITLE, SHORT = "What temperature does to this teacher’s answer", "What temperature does"
NARROW = 460  # pixels below which the short title stands there


class TemperaturePreview(QWidget):
    """The same answer three times. `anotherRequested` asks for another input."""

    anotherRequested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(TITLE)
        self.picture = InputTile(36, ASKED)
        self.panels, self.numbers = _Panels(), Label("", "h2", "teacher_text")
        self.truth = Label("", "body", "truth")
        self.another = Button("Another image", "ghost", "reset")
        self.another.clicked.connect(self.anotherRequested)
        words = QVBoxLayout()
        words.setSpacing(0)
        self.title = Label(TITLE, "h3")
        words.addWidget(self.title)
        self.caption = Label("", "small", "3")
        words.addWidget(self.caption)
        head = QHBoxLayout()
        head.setSpacing(theme().px(10))
        head.addWidget(self.picture)
        head.addLayout(words, 1)
        head.addWidget(self.another)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(8))
        column.addLayout(head)
        column.addWidget(self.panels, 1)
        self.answer = QWidget()
        below = QVBoxLayout(self.answer)
        below.setContentsMargins(0, theme().px(10), 0, 0)
        below.setSpacing(theme().px(4))
        below.addWidget(self.numbers)
        below.addWidget(self.truth)
        below.addStretch()
        self.answer.hide()
        column.addWidget(self.answer, 1)
        self.noun, self._is_compact = "image", False
        self._task: Task = "classification"
        self.set_face(None)

    def set_compact(self, is_compact: bool) -> None:
        """Say less on the button."""
        self._is_compact = is_compact
        self.another.setText("Another" if is_compact else f"Another {self.noun}")

    def set_face(self, face: Face | None) -> None:
        """Show the input that was asked: a picture at the left, words below the title."""
        if face is not None:
            self.noun = NOUNS[face.kind]
        is_read = face is not None and not face.is_picture
        self.picture.setVisible(not is_read)
        self.picture.set_face(None if is_read else face, ASKED)
        same = f"to one {self.noun} of the validation data"
        same = same if self._task == "regression" else f"same {self.noun}, three temperatures"
        self.caption.setText(face.line if face is not None and is_read else same)
        self.caption.setToolTip(face.whole if face is not None and is_read else "")
        self.set_compact(self._is_compact)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Say less where there is little room."""
        super().resizeEvent(event)
        self._name(event.size().width())

    def set_answer(
        self,
        logits: np.ndarray,
        class_names: tuple[str, ...],
        face: Face | None = None,
        task: Task = "classification",
        truth: str = "",
    ) -> None:
        """Show the teacher's answer (C,) to one input, and the input; `truth` says in words what is true of it."""
        self._task = task
        is_numbers = task == "regression"
        self.set_face(face)
        self.panels.set_answer(np.asarray(logits, dtype=np.float64), class_names, task)
        self.panels.setVisible(not is_numbers)
        self.answer.setVisible(is_numbers)
        self.truth.setVisible(bool(truth))
        pairs = zip(class_names, np.asarray(logits, dtype=np.float64).tolist(), strict=False)
        self.numbers.setText(" · ".join(f"{name} {figures(value)}" for name, value in pairs) if is_numbers else "")
        self.truth.setText(f"The truth is {truth}.")
        self._name(self.width())

    def _name(self, wide: float) -> None:
        if self._task == "regression":
            self.title.setText("What this teacher answers")
        else:
            self.title.setText(TITLE if wide >= theme().px(NARROW) else SHORT)

    def set_temperature(self, temperature: float) -> None:
        """Show the recipe's temperature in the middle."""
        self.panels.set_temperature(temperature)

    def off_the_top(self) -> float | None:
        """The share that the recipe's temperature takes off the teacher's first class."""
        return self.panels.off_the_top()


class _Panels(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self._logits = np.zeros(0)
        self._names: tuple[str, ...] = ()
        self._task: Task = "classification"
        self._temperature = 4.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._tell()

    def set_answer(self, logits: np.ndarray, class_names: tuple[str, ...], task: Task) -> None:
        self._logits, self._names, self._task = logits, class_names, task
        self._tell()
        self.update()

    def set_temperature(self, temperature: float) -> None:
        self._temperature = temperature
        self._tell()
        self.update()

    def off_the_top(self) -> float | None:
        if self._task != "classification":
            return None
        return float(1 - softmax(self._logits, self._temperature).max()) if len(self._logits) else None

    def sizeHint(self) -> QSize:
        return QSize(theme().px(560), theme().px(220))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme().px(300), theme().px(130))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, gap = begin(self), theme().px(8)
        wide = (self.width() - 2 * gap) / 3
        for at, temperature in enumerate(self._temperatures()):
            panel = QRectF(at * (wide + gap), 0, wide, self.height())
            self._paint_panel(painter, panel, temperature, mine=at == 1)

    def _temperatures(self) -> tuple[float, float, float]:
        return 1.0, self._temperature, max(12.0, 3.0 * self._temperature)

    def _paint_panel(self, painter: QPainter, panel: QRectF, temperature: float, *, mine: bool) -> None:
        now, px = theme(), theme().px
        if mine:
            box(painter, panel, px(8), now.colour("surface_2"), now.colour("line_strong"))
        inner = panel.adjusted(px(9), px(7), -px(9), -px(7))
        title = f"T {temperature:.3g}" + ("  your recipe" if mine else "")
        head = QRectF(inner.left(), inner.top(), inner.width(), px(20))
        text(painter, head, title, "h3" if mine else "body", "text_1" if mine else "text_2", LEFT)
        if not len(self._logits):
            return
        answer = softened(self._logits, self._task, temperature)
        order = np.argsort(-self._logits, kind="stable")[:SHOWN]
        is_several = self._task == "multi_label"
        off = (
            f"surest {np.maximum(answer, 1 - answer).max():.0%}"
            if is_several
            else f"{1 - answer.max():.0%} off the top"
        )
        if width(title, "h3") + width(off, "micro") + px(8) < inner.width():
            text(painter, head, off, "micro", "text_2", RIGHT)
        foot = QRectF(inner.left(), inner.bottom() - px(14), inner.width(), px(16))
        text(painter, foot, " · ".join(self._names[k] for k in order[:3]), "micro", "text_2", LEFT)
        self._paint_bars(
            painter,
            QRectF(inner.left(), head.bottom() + 8, inner.width(), foot.top() - head.bottom() - 13),
            answer[order],
            mine,
        )

    def _paint_bars(self, painter: QPainter, area: QRectF, values: np.ndarray, mine: bool) -> None:
        now, slot = theme(), area.width() / len(values)
        wide = min(slot * 0.8, now.px(22))
        if self._task == "multi_label":  # above it a label is given
            painter.setPen(QPen(now.colour("line_strong"), 1, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(area.left(), area.center().y()), QPointF(area.right(), area.center().y()))
        painter.setPen(QPen(now.colour("teacher_edge"), 1) if not now.is_dark else Qt.PenStyle.NoPen)
        for at, value in enumerate(values):
            is_said = value > 0.5 if self._task == "multi_label" else at == 0
            opacity = (1.0 if is_said else 0.72) * (1.0 if mine else 0.62)
            painter.setBrush(now.colour("teacher", opacity))
            tall = max(1.5, area.height() * float(value))
            painter.drawRoundedRect(QRectF(area.left() + at * slot, area.bottom() - tall, wide, tall), 2.5, 2.5)

    def _tell(self) -> None:
        off = self.off_the_top()
        told = "" if off is None else f"At temperature {self._temperature:.3g}, {off:.0%} is off the top class"
        self.setAccessibleName("Three temperatures")
        self.setAccessibleDescription(told)
