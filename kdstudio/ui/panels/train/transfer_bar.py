"""The transfer strip: what has come over from the teacher so far, each number beside the one without a teacher."""

from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from kdstudio.core.events import Evaluated
from kdstudio.core.measures import figures
from kdstudio.core.targets import Task
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.buttons import Button
from kdstudio.ui.widgets.cards import Card, Glyph
from kdstudio.ui.widgets.labels import Heading, Label
from kdstudio.ui.widgets.painting import number, percent


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the strip. `better` is +1 where more is better, −1 where less is, 0 where neither is."""

    metric: str
    title: str
    percent_digits: int | None = None  # None: a plain number with two digits
    better: int = 1
    in_unit: bool = False  # a number in the unit of the data

    def words(self, value: float | None) -> str:
        """Return the value as it is shown."""
        if self.in_unit:
            return "–" if value is None else figures(value)
        if self.percent_digits is None:
            return number(value)
        return percent(value, self.percent_digits)


FIGURES = (
    Figure("agreement", "Agreement", 1),
    Figure("kl", "Softness gap", better=-1),
    Figure("structure", "Structure r"),
    Figure("inherited", "Inherited mistakes", 0, better=0),
    Figure("ece", "ECE", better=-1),
)
NUMBERS = (
    Figure("correlation", "Correlation"),
    Figure("difference", "Difference (RMS)", better=-1, in_unit=True),
    Figure("r2", "R²"),
    Figure("rmse", "RMSE", better=-1, in_unit=True),
)
SHOWN: dict[Task, tuple[Figure, ...]] = {"classification": FIGURES, "multi_label": FIGURES, "regression": NUMBERS}
SHORT = 3  # figures where there is little room
NO_BASELINE = "Train a baseline to know what came from the teacher"


class FigureView(QWidget):
    """Name above; value, an arrow for better or worse than without a teacher, and that value beside it."""

    def __init__(self, figure: Figure) -> None:
        super().__init__()
        self.figure = figure
        self.setObjectName(f"figure-{figure.metric}")
        self.value = Label("–", "h2", elide=False)
        self.without = Label("", "small", "2")
        self._arrow = Glyph("sort-up", "truth", 18)
        self._arrow.hide()
        line = QHBoxLayout()
        line.setSpacing(theme().px(5))
        for widget in (self.value, self._arrow):
            line.addWidget(widget)
        line.addWidget(self.without, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(Label(figure.title, "small", "2"))
        column.addLayout(line)

    def set_values(self, student: float | None, baseline: float | None) -> None:
        """Show the student's value and that of the baseline; None where it is not known."""
        words, other = self.figure.words(student), self.figure.words(baseline)
        self.value.setText(words)
        self.value.set_tone("3" if student is None else "1")
        self.without.setText(f"without {other.rstrip('%')}" if baseline is not None else "")
        self.setToolTip(NO_BASELINE if student is not None and baseline is None else "")
        is_told = student is not None and baseline is not None and bool(self.figure.better) and words != other
        self._arrow.setVisible(is_told)
        verdict = ""
        if student is not None and baseline is not None and is_told:
            is_up = student > baseline
            is_better = is_up == (self.figure.better > 0)
            verdict = ", better" if is_better else ", worse"
            self._arrow.set_icon("sort-up" if is_up else "sort-down", "truth" if is_better else "text_3")
        self.setAccessibleName(f"{self.figure.title}: {words} {self.without.text()}{verdict}".strip())


class TransferBar(Card):
    """The strip along the bottom of the page."""

    lookInside = Signal()

    def __init__(self) -> None:
        super().__init__(margins=(18, 9, 14, 9))
        self.setObjectName("transferBar")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.heading, self.epoch = Heading("Transfer so far", 3), Label("", "caption", "2")
        self.epoch.setObjectName("transferEpoch")
        self.look = Button("Look inside", "ghost", "understand")
        self.look.setObjectName("lookInside")
        self.look.clicked.connect(self.lookInside)
        self.figures = {figure.metric: FigureView(figure) for figure in (*FIGURES, *NUMBERS)}
        self._task: Task = "classification"
        self._is_compact = False
        row = QHBoxLayout()
        row.setSpacing(theme().px(16))
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.heading)
        words.addWidget(self.epoch)
        row.addLayout(words)
        row.addSpacing(theme().px(30))
        for view in self.figures.values():
            row.addWidget(view, 1)
        row.addWidget(self.look, 0, Qt.AlignmentFlag.AlignVCenter)
        self.add(row)
        self.set_compact(False)

    def set_task(self, task: Task) -> None:
        """Show the numbers that a task has."""
        if task != self._task:
            self._task = task
            self.set_compact(self._is_compact)

    def set_evaluations(self, students: list[Evaluated], baselines: list[Evaluated], *, is_live: bool) -> None:
        """Show the newest epoch at which both were evaluated: the baseline is always a little behind the student."""
        student = students[-1] if students else None
        if baselines:
            student = next((one for one in reversed(students) if one.epoch <= baselines[-1].epoch), student)
        epoch = student.epoch if student is not None else 0.0
        baseline = next((one for one in reversed(baselines) if one.epoch <= epoch), None)
        self.heading.setText("Transfer so far" if is_live else "Transfer")
        self.epoch.setText(f"validation, epoch {epoch:.0f}" if student is not None else "after epoch 1")
        for metric, view in self.figures.items():
            own = student.metrics.get(metric) if student is not None else None
            other = baseline.metrics.get(metric) if baseline is not None else None
            view.set_values(own, other)
        self.look.setEnabled(student is not None)

    def set_compact(self, compact: bool) -> None:
        """Keep three numbers."""
        self._is_compact = compact
        shown = [figure.metric for figure in SHOWN[self._task]][: SHORT if compact else None]
        for metric, view in self.figures.items():
            view.setVisible(metric in shown)

    def minimumSizeHint(self) -> QSize:
        """Narrow: the figures elide what stands beside their values."""
        return QSize(theme().px(400), super().minimumSizeHint().height())
