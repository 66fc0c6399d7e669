"""Probes: a few pinned inputs, re-asked through the training, so that one sees the student lean over."""

from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QAbstractButton, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from kdstudio.core.measures import figures
from kdstudio.core.targets import Task
from kdstudio.data.face import Face
from kdstudio.ui import icons
from kdstudio.ui.theme import theme
from kdstudio.ui.truth import numbers_words
from kdstudio.ui.widgets import butterfly_bars as bars
from kdstudio.ui.widgets.butterfly_rows import Answers, butterfly_rows, text_twin
from kdstudio.ui.widgets.controls import Hovered
from kdstudio.ui.widgets.painting import RIGHT, SHAPES, begin, box, focus_ring, mark, probability, text
from kdstudio.ui.widgets.portraits import portrait
from kdstudio.ui.widgets.tiles import Line, draw_sparkline

_SAYS = {"teacher": "Teacher", "student": "Student", "truth": "Truth"}
SHOWN = 3  # classes of each probe
ROW, WORDS = 73, 20  # pixels of a row, and what a line of words adds to it


@dataclass(frozen=True, slots=True)
class Probe:
    """One pinned input, and probabilities (C,) at the lens temperature; `face` is None before the data is open.

    `earlier` is the student's answer some epochs ago, `kl` the distance to the teacher now, `history` (n,) before.
    """

    index: int
    face: Face | None
    teacher: np.ndarray | None
    student: np.ndarray | None = None
    earlier: np.ndarray | None = None
    truth: tuple[int, ...] = ()
    kl: float | None = None
    history: np.ndarray = field(default_factory=lambda: np.zeros(0))
    task: Task = "classification"
    true_numbers: np.ndarray | None = None  # (K,) of a regression, where they are known

    @property
    def is_read(self) -> bool:
        """Whether a line of words stands above the bars, instead of a picture beside them."""
        return self.face is not None and not self.face.is_picture

    @property
    def row(self) -> int:
        """Height of its row in pixels at scale 1."""
        return ROW + WORDS if self.is_read else ROW


class ProbeRow(Hovered, QAbstractButton):
    """One probe: what it is, the first three classes with both learners' bars, KL and its history."""

    def __init__(self, probe: Probe, class_names: tuple[str, ...]) -> None:
        super().__init__()
        self._picture: tuple[tuple[int, int, float, bool], QPixmap] | None = None
        self.is_last = False  # no line below the last row
        self.take_clicks(QSizePolicy.Policy.Expanding)
        self.set_probe(probe, class_names)

    def set_probe(self, probe: Probe, class_names: tuple[str, ...]) -> None:
        """Show a newer answer, or another probe."""
        self.probe, self._class_names = probe, class_names
        self.setToolTip(probe.face.whole if probe.face is not None and probe.is_read else "")
        is_several = probe.task == "multi_label"
        answers = Answers(class_names, probe.teacher, probe.student, truth=probe.truth, is_several=is_several)
        self._rows = [] if probe.task == "regression" else butterfly_rows(answers, top=None)[:SHOWN]
        values = [p.max() for p in (probe.teacher, probe.student, probe.earlier) if p is not None and len(p)]
        self._largest = float(max(values, default=1.0))
        self.setAccessibleName(f"Probe, input {probe.index}")
        said = f"{probe.face.line}. " if probe.face is not None and probe.is_read else ""
        told = "; ".join(f"{who} {words}" for who, words in self._numbers()) or text_twin(self._rows)
        self.setAccessibleDescription(said + told)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Three bars and a line below."""
        return QSize(theme().px(380), theme().px(self.probe.row))

    def minimumSizeHint(self) -> QSize:
        """Narrow wings."""
        return QSize(theme().px(270), theme().px(self.probe.row))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the row."""
        painter, px, wings = begin(self), theme().px, wings_for(self.width(), is_read=self.probe.is_read)
        rect = QRectF(self.rect())
        if self.is_hovered:
            box(painter, rect.adjusted(-1, 1, 1, -1), px(6), theme().colour("surface_2"))
        top = px(WORDS) if self.probe.is_read else 0
        if self.probe.is_read:
            words = QRectF(px(1), px(7), rect.width() - px(4), px(18))
            text(painter, words, self.probe.face.line if self.probe.face is not None else "", "small", "text_1")
        else:
            self._paint_picture(painter)
        left = px(4) if self.probe.is_read else px(48 + 26)
        for at, (who, said) in enumerate(self._numbers()):
            self._paint_number(painter, QPointF(left, top + px(16) + at * px(20)), who, said)
        for at, row in enumerate(self._rows):
            self._paint_class(painter, wings, top + px(11) + at * px(20) + px(5), at, row.classes[0])
        self._paint_distance(painter, rect.adjusted(0, top, 0, 0))
        if not self.is_last:
            painter.fillRect(QRectF(0, rect.bottom() - 1, rect.width(), 1), theme().colour("line"))
        if self.has_ring:
            focus_ring(painter, rect, px(6))

    def _paint_picture(self, painter: QPainter) -> None:
        px, ratio, face = theme().px, self.devicePixelRatioF(), self.probe.face
        side = px(48)
        place = QRectF(0, round((self.height() - side) / 2) - 1, side, side)
        if face is None:
            box(painter, place, px(6), theme().colour("surface_2"))
            return
        key = (id(face), side, ratio, theme().is_dark)
        if self._picture is None or self._picture[0] != key:
            self._picture = key, portrait(face, QSize(side, side), ratio)
        painter.drawPixmap(place.topLeft(), self._picture[1])

    def _paint_class(self, painter: QPainter, wings: bars.Wings, middle: float, at: int, k: int) -> None:
        row, largest = self._rows[at], self._largest or 1.0
        earlier = None if self.probe.earlier is None else float(self.probe.earlier[k]) / largest
        now = None if row.student is None else row.student / largest
        bars.teacher_bar(painter, wings, middle, (row.teacher or 0.0) / largest, is_top=row.is_teacher_top)
        if earlier is not None and now is not None and earlier > now:
            bars.ghost(painter, wings, middle, earlier)
        bars.student_bar(painter, wings, middle, now or 0.0, is_top=row.is_student_top)
        if earlier is not None and now is not None and 0.02 < earlier < now - 0.01:
            bars.notch(painter, wings, middle, earlier)
        if row.teacher is not None and now is not None and abs(row.teacher - (row.student or 0)) >= bars.TICK_HIDDEN:
            bars.teacher_tick(painter, wings, middle, row.teacher / largest)
        gutter = QRectF(wings.gutter_left + 2, middle - 10, wings.gutter_right - wings.gutter_left - 4, 20)
        bars.class_name(painter, gutter, row.name, "text_2", is_truth=row.is_truth, underline=False)

    def _numbers(self) -> list[tuple[str, str]]:
        """Return who says which numbers, in words; nothing where classes are answered."""
        if self.probe.task != "regression":
            return []
        said = {"teacher": self.probe.teacher, "student": self.probe.student, "truth": self.probe.true_numbers}
        return [(who, numbers_words(values)) for who, values in said.items() if values is not None]

    def _paint_number(self, painter: QPainter, place: QPointF, who: str, words: str) -> None:
        px, left, middle = theme().px, place.x(), place.y()
        if who == "truth":
            icons.draw(painter, "check", QRectF(left, middle - px(6), px(12), px(12)), "truth")
        else:
            mark(painter, SHAPES[who], QPointF(left + px(6), middle), px(8), who)
        room = QRectF(left + px(20), middle - px(10), max(px(20), self.width() - left - px(84)), px(20))
        text(painter, room, f"{_SAYS[who]} {words}", "small", "truth" if who == "truth" else "text_1")

    def _paint_distance(self, painter: QPainter, rect: QRectF) -> None:
        px, kl = theme().px, self.probe.kl
        if kl is None:
            return
        words, top = f"KL {probability(kl)}" if kl < 0.995 else f"KL {kl:.1f}", rect.top()
        if self.probe.task == "regression":
            words = f"Δ {figures(kl, 3)}"
        text(painter, QRectF(rect.right() - px(58), top + px(14), px(57), px(18)), words, "captionm", "text_2", RIGHT)
        line = QRectF(rect.right() - px(46), top + px(37), px(43), px(14))
        draw_sparkline(painter, line, [Line(self.probe.history)])


class ProbeList(QWidget):
    """All probes below one pair of headers. `chosen` gives the input's index; the legend stands at the bottom."""

    chosen = Signal(int)

    def __init__(self, *, epochs_ago: int = 8) -> None:
        super().__init__()
        self.setAccessibleName("Probes")
        self._rows: list[ProbeRow] = []
        self._head = _Header()
        inner = QWidget()
        inner.setObjectName("scrolled")
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addStretch()
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setAccessibleName("Probes")
        area.setWidget(inner)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._legend = _Legend(epochs_ago)
        for widget, stretch in ((self._head, 0), (area, 1), (self._legend, 0)):
            column.addWidget(widget, stretch)

    def set_epochs_ago(self, epochs: int) -> None:
        """Say how old the ghosts are; 0 hides their entry in the legend."""
        self._legend.set_epochs(epochs)

    def set_probes(self, probes: list[Probe], class_names: tuple[str, ...]) -> None:
        """Show these probes; rows are kept and only redrawn."""
        for row, probe in zip(self._rows, probes, strict=False):
            row.set_probe(probe, class_names)
        for probe in probes[len(self._rows) :]:
            row = ProbeRow(probe, class_names)
            row.clicked.connect(lambda _=False, row=row: self.chosen.emit(row.probe.index))
            self._column.insertWidget(len(self._rows), row)
            self._rows.append(row)
        for row in self._rows[len(probes) :]:
            row.setParent(None)
            row.deleteLater()
        del self._rows[len(probes) :]
        for row in self._rows:
            row.is_last = row is self._rows[-1]
        is_numbers = any(probe.task == "regression" for probe in probes)
        for part in (self._head, self._legend):
            part.set_numbers(is_numbers)
        self._head.set_read(any(probe.is_read for probe in probes))

    def rows(self) -> list[ProbeRow]:
        """The rows, from top to bottom."""
        return list(self._rows)


class _Header(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Teacher left, student right")
        self._is_read = self._is_numbers = False

    def set_numbers(self, is_numbers: bool) -> None:
        """Say nothing of wings where there are none."""
        self._is_numbers = is_numbers
        self.update()

    def set_read(self, is_read: bool) -> None:
        self._is_read = is_read
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme().px(270), theme().px(24))

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._is_numbers:
            return
        bars.headers(
            begin(self), wings_for(self.width(), is_read=self._is_read), 0, self.height(), ("Teacher", "Student")
        )


class _Legend(QWidget):
    def __init__(self, epochs: int) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._is_numbers = False
        self.set_epochs(epochs)

    def set_numbers(self, is_numbers: bool) -> None:
        """Say nothing of bars where there are none."""
        self._is_numbers = is_numbers
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme().px(270), theme().px(24))

    def set_epochs(self, epochs: int) -> None:
        self._epochs = epochs
        self.setAccessibleName("Line: teacher’s level. Pale bar: some epochs ago")
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._is_numbers:
            return
        entries: list[bars.LegendEntry] = [("tick", "teacher_edge", "teacher’s level")]
        if self._epochs:
            entries.append(("bar", "student", f"{self._epochs} epoch{'s' if self._epochs > 1 else ''} ago"))
        bars.legend(begin(self), 0, self.height() / 2 + 2, entries)


def wings_for(wide: float, *, is_read: bool = False) -> bars.Wings:
    """Return where a probe's bars lie in a row of this width: beside a picture, or below words."""
    px = theme().px
    left, right, gutter = px(4) if is_read else px(48) + px(26), wide - px(62), px(66)
    middle = (left + right) / 2
    return bars.Wings(left, middle - gutter / 2, middle + gutter / 2, right, px(11))
