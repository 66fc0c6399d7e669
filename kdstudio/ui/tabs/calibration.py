"""The Calibration tab: is a model as often right as it says, and would another temperature help?"""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from kdstudio.ui.charts.panel_menu import PanelMenu
from kdstudio.ui.charts.reliability import NAMES, ReliabilityChart
from kdstudio.ui.panels.scrolled import scroll_area
from kdstudio.ui.panels.understand.calibrated import Calibrated, Preview, calibrated, preview
from kdstudio.ui.panels.understand.seen import Seen
from kdstudio.ui.tabs.tab import Tab
from kdstudio.ui.theme import theme
from kdstudio.ui.view import Selection
from kdstudio.ui.widgets.buttons import Button
from kdstudio.ui.widgets.cards import Card
from kdstudio.ui.widgets.labels import Label, MarkLabel, Paragraph
from kdstudio.ui.widgets.painting import MINUS
from kdstudio.ui.widgets.segmented import Segmented
from kdstudio.ui.widgets.sliders import LensSlider

READING = (
    "A point says how often a model is right where it is so sure. On the dashed line confidence is deserved; below it "
    "the model is surer than it should be. Pale points have fewer than 10 inputs. Click a point or a bar to select its "
    "inputs. All at temperature 1."
)
_AGAINST = {
    "regression": "Numbers come without a confidence that could be deserved.",
    "multi_label": "Each label is a yes or no of its own, so there is no one confidence to draw. The tile above has "
    "the calibration error over all of them.",
}
MANY = 1000  # classes above which their biases say nothing to a person
ROWS = {"nll": "NLL", "brier": "Brier", "confidence": "Mean confidence"}


class CalibrationTab(Tab):
    """Reliability of all models at temperature 1; a slider previews the student at another one."""

    key, title, tile = "calibration", "Calibration", "ece"

    def make(self) -> QWidget:
        """Return the diagram at the left, the scores at the right."""
        self._shown: Calibrated | None = None
        self._preview: Preview | None = None
        self._marked = ""
        inner = QWidget()
        inner.setObjectName("scrolled")
        grid = QHBoxLayout(inner)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(theme().px(10))
        column = QVBoxLayout()
        column.setSpacing(theme().px(10))
        for card in (self._errors(), self._others(), self._better(), self._shift()):
            column.addWidget(card)
        column.addStretch()
        grid.addWidget(self._diagram(), 1)
        grid.addLayout(column)
        area = scroll_area(inner)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return area

    def against(self, seen: Seen) -> str:
        """Say why nothing can be told."""
        if seen.task in _AGAINST:
            return _AGAINST[seen.task]
        has_labels = seen.has_labels
        return "" if has_labels else "The data has no labels: how often an answer is right is not known."

    def set_seen(self, seen: Seen) -> None:
        """Forget the former answers."""
        super().set_seen(seen)
        if self._shown is not None and self._shown.seen is not seen:
            self._shown = None

    def refresh(self) -> None:
        """Measure what is new."""
        seen = self.exploration.seen
        if seen is None or self.against(seen) or self._shown is not None:
            return
        adaptive = self.kind.value() == "adaptive"
        found = {name: one for name in ("student", "teacher") if (one := getattr(seen, name)) is not None}
        if seen.split != "validation":
            found = self.workspace.run.predictions("validation", seen.epoch)
        fitted_on, taught_on = found.get("student"), found.get("teacher") if len(seen.class_names) <= MANY else None
        work = lambda: calibrated(seen, fitted_on, taught_on, adaptive=adaptive)  # noqa: E731
        self.workspace.analyses.submit("calibration", work, self._take, slow=not seen.is_sample)

    def set_selection(self, selection: Selection) -> None:
        """Take the ring away where something else is selected."""
        if selection.words != self._marked:
            self.chart.set_marked(None)

    def _diagram(self) -> Card:
        card = Card("Is its confidence deserved?", margins=(16, 11, 12, 8))
        card.set_reading(READING)
        self.kind = Segmented([("equal", "15 equal bins"), ("adaptive", "Adaptive")], "Bins")
        self.kind.setToolTip("Bins of equal width, or of equally many inputs.")
        self.chart = ReliabilityChart()
        self.chart.setObjectName("reliability")
        self.menu = PanelMenu(self.chart, card)
        self.legend = {who: MarkLabel(who, words, "small") for who, words in NAMES.items()}
        line = QHBoxLayout()
        line.setSpacing(theme().px(16))
        for label in self.legend.values():
            line.addWidget(label)
        line.addStretch()
        card.add_action(self.kind)
        card.add_action(self.menu)
        card.add(line)
        card.add(self.chart, 1)
        self.kind.chosen.connect(self._again)
        self.chart.chosen.connect(self._choose)
        return card

    def _errors(self) -> Card:
        card = Card("Expected calibration error", margins=(16, 12, 16, 12))
        card.set_reading(
            "Mean distance between confidence and accuracy, over 15 bins of equally many inputs. Points are mean "
            "confidence minus accuracy."
        )
        card.setFixedWidth(theme().px(330))
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme().px(10))
        self.errors = {who: (Label("–", "numl"), Label("", "caption", "2")) for who in NAMES}
        for at, (who, (value, below)) in enumerate(self.errors.items()):
            grid.addWidget(MarkLabel(who, {"baseline": "Without"}.get(who, NAMES[who]), "small"), 0, at)
            grid.addWidget(value, 1, at)
            grid.addWidget(below, 2, at)
            grid.setColumnStretch(at, 1)
        card.add(grid)
        return card

    def _others(self) -> Card:
        card = Card("Other scores", margins=(16, 12, 16, 12))
        card.set_reading(
            "NLL and Brier are small where the true class is given much probability: lower is better. Mean confidence "
            "should equal accuracy."
        )
        card.setFixedWidth(theme().px(330))
        grid = QGridLayout()
        grid.setVerticalSpacing(theme().px(7))
        grid.setColumnStretch(0, 2)
        self.cells: dict[tuple[str, str], Label] = {}
        right = Qt.AlignmentFlag.AlignRight
        for column, who in enumerate(NAMES, start=1):
            grid.setColumnStretch(column, 1)
            grid.addWidget(MarkLabel(who, "", "small"), 0, column, right)
            for row, (key, words) in enumerate(ROWS.items(), start=1):
                if column == 1:
                    grid.addWidget(Label(words, "small", "2"), row, 0)
                self.cells[key, who] = Label("–", "smallm", "1", elide=False)
                grid.addWidget(self.cells[key, who], row, column, right)
        card.add(grid)
        return card

    def _better(self) -> Card:
        card = Card("A better temperature for answers", "preview", margins=(16, 12, 16, 12))
        card.set_reading(
            "Move the slider to see the student’s points at another temperature; nothing is changed by it. Its answers "
            "would stay the same: only how sure it sounds changes."
        )
        card.setFixedWidth(theme().px(330))
        self.sentence = Paragraph("", "small")
        self.slider = LensSlider(1.0, "Temperature of the student’s answers")
        self.slider.moved.connect(self._soften)
        self.now = Label("", "small", "2")
        self.use = Button("Show the best one", "secondary", size="small")
        self.use.clicked.connect(self._show_best)
        line = QHBoxLayout()
        line.addWidget(self.now, 1)
        line.addWidget(self.use)
        card.add(self.sentence)
        card.add(self.slider)
        card.add(line)
        return card

    def _shift(self) -> Card:
        self.biases = Card("Class biases", margins=(16, 12, 16, 12))
        self.biases.set_reading(
            "A student that saw a class seldom, or never, may know it better than it says. Its biases are shifted "
            "until it expects each class as often as the teacher does on validation inputs, without their labels. "
            "Export can write the student so; nothing is changed here."
        )
        self.biases.setFixedWidth(theme().px(330))
        self.expected, self.shift = Label("", "small", "2"), Label("", "small", "2")
        self.biases.add(self.expected)
        self.biases.add(self.shift)
        return self.biases

    def _tell_biases(self, found: Calibrated) -> None:
        one = found.biases
        self.biases.setVisible(one is not None)
        if one is None:
            return
        shift = f"{one.shift:+.2f}".replace("-", MINUS)
        self.expected.setText(f"{one.name}: expected {one.teacher:.1%}, by the student {one.student:.1%}")
        self.shift.setText(f"Shifted by {shift}: {one.shifted:,} errors, now {one.wrong:,}")

    def _again(self) -> None:
        self._shown = None
        self.refresh()

    def _take(self, found: Calibrated) -> None:
        self._shown, self._preview = found, None
        for who, label in self.legend.items():
            label.setVisible(who in found.scores)
        for who, (value, below) in self.errors.items():
            scores = found.scores.get(who)
            value.setText("–" if scores is None or scores.ece is None else _three(scores.ece))
            below.setText("" if scores is None else _excess(scores.excess))
            for key in ROWS:
                number = None if scores is None else getattr(scores, key)
                self.cells[key, who].setText("–" if number is None else _three(number))
        self._tell(found)
        self._tell_biases(found)
        self.slider.set_value(1.0)
        self._draw()

    def _tell(self, found: Calibrated) -> None:
        now = found.scores["student"].ece
        self.use.setVisible(found.best is not None)
        if found.best is None or found.best_ece is None or now is None:
            self.sentence.set_words("There are no labelled validation inputs to find one on.")
            return
        change = "would bring" if found.best_ece < now else "would take"
        self.sentence.set_words(
            f"Dividing the student’s logits by {found.best:.2f}, found on validation, {change} its error from "
            f"{_three(now)} to {_three(found.best_ece)}."
        )

    def _soften(self, temperature: float) -> None:
        found, adaptive = self._shown, self.kind.value() == "adaptive"
        if found is None:
            return
        student = found.seen.student
        work = lambda: preview(student, temperature, adaptive=adaptive)  # noqa: E731
        self.workspace.analyses.submit("calibration preview", work, self._take_preview)

    def _show_best(self) -> None:
        if self._shown is not None and self._shown.best is not None:
            self.slider.set_value(self._shown.best)
            self._soften(self._shown.best)

    def _take_preview(self, found: Preview) -> None:
        self._preview = None if abs(found.temperature - 1) < 1e-9 else found
        self._draw()

    def _draw(self) -> None:
        if self._shown is None:
            return
        found, shown = self._preview, dict(self._shown.bins)
        if found is not None:
            shown["student"] = found.bins
        note = "" if found is None else f"; student at T {found.temperature:.2f}"
        self.chart.set_bins(shown, note)
        now = self._shown.scores["student"].ece if found is None else found.ece
        at = 1.0 if found is None else found.temperature
        self.now.setText("" if now is None else f"Error at {at:.2f}: {_three(now)}")

    def _choose(self, who: str, at: int) -> None:
        if self._shown is None:
            return
        bins = self._preview.bins if self._preview is not None and who == "student" else self._shown.bins[who]
        one = bins[at]
        self._marked = f"{NAMES[who]} {one.low:.0%}–{one.high:.0%} sure"
        self.view.select(self._shown.seen.rows(one.positions), self._marked)
        self.chart.set_marked((who, at))


def _excess(value: float) -> str:
    points = f"{value * 100:+.1f}".replace("-", MINUS)
    return f"{points} points"


def _three(value: float) -> str:
    """Three decimals, without a leading zero."""
    return f"{value:.3f}".removeprefix("0")
