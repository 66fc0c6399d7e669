"""The right side of the Export page: whether the exported file answers like the student it came from."""

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from kdstudio.core.errors import Problem
from kdstudio.core.events import Progress
from kdstudio.recipe.report import ExportReport
from kdstudio.ui.charts.histogram import HistogramChart
from kdstudio.ui.panels.export.differing_inputs import DifferingInputs, Faces
from kdstudio.ui.panels.export.export_formats import title
from kdstudio.ui.panels.export.export_numbers import Line, headline, lines
from kdstudio.ui.panels.export.speed_table import SpeedTable
from kdstudio.ui.panels.export.step import Badge
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.cards import Card, Divider, Glyph
from kdstudio.ui.widgets.fields import ComboBox
from kdstudio.ui.widgets.labels import Heading, Label, Paragraph
from kdstudio.ui.widgets.layouts import emptied
from kdstudio.ui.widgets.messages import Check, EmptyState
from kdstudio.ui.widgets.progress import ProgressLine
from kdstudio.ui.widgets.segmented import Segmented

_GLYPHS = {"ok": ("check", "truth"), "bad": ("alert", "error"), "unknown": ("info", "text_3")}

FEW = 2  # reports for which there is a button each


class ExportResult(Card):
    """Nothing yet, at work, an error, or the reports: one of them at a time, the worst one first."""

    def __init__(self, faces: Faces) -> None:
        super().__init__(margins=(20, 18, 20, 16))
        self.setObjectName("exportResult")
        self.setAccessibleName("Result")
        self._reports: tuple[ExportReport, ...] = ()
        self._empty = EmptyState(
            "Nothing exported yet.", icon="export", below="The file is compared with the student on real inputs."
        )
        self._work, self._error, self._result = _Work(), _Error(), _Report(faces)
        for page in self._pages():
            self.add(page, 1)
        self.show_nothing()

    @property
    def differing(self) -> DifferingInputs:
        """The inputs that the file answers otherwise."""
        return self._result.differing

    @property
    def histogram(self) -> HistogramChart:
        """The differences, input by input."""
        return self._result.histogram

    def fold(self, folded: bool) -> None:
        """Leave the histogram out where the page is narrow."""
        self._result.fold(folded)

    def show_nothing(self) -> None:
        """No export yet."""
        self._turn_to(self._empty, "")

    def show_work(self, progress: Progress | None = None) -> None:
        """An export goes on."""
        self._work.show_progress(progress)
        self._turn_to(self._work, "")

    def show_problem(self, problem: Problem) -> None:
        """The export failed as a whole."""
        self._error.show_problem(problem)
        self._turn_to(self._error, "error")

    def show_reports(self, reports: tuple[ExportReport, ...]) -> None:
        """Show the reports of an export; a switch appears where there are several."""
        self._reports = reports
        worst = next((report for report in reports if not report.passed), reports[0])
        self._result.set_switch(self._switch(reports, worst.format))
        self.show_report(worst.format)

    def show_report(self, name: str) -> None:
        """Show the report of one format."""
        report = next(report for report in self._reports if report.format == name)
        self._result.show_report(report)
        self._turn_to(self._result, "" if report.passed else "error")

    def _switch(self, reports: tuple[ExportReport, ...], shown: str) -> QWidget | None:
        """Return what chooses among several reports: buttons for few of them, a list for more."""
        choices = [(one.format, title(one.format)) for one in reports]
        if len(choices) < 2:
            return None
        if len(choices) > FEW:
            names = ComboBox("Format")
            for name, words in choices:
                names.addItem(words, name)
            names.setCurrentIndex(names.findData(shown))
            names.activated.connect(lambda _: self.show_report(names.currentData()))
            return names
        switch = Segmented(choices, "Format")
        switch.set_value(shown)
        switch.chosen.connect(self.show_report)
        return switch

    def _pages(self) -> tuple[QWidget, ...]:
        return (self._empty, self._work, self._error, self._result)

    def _turn_to(self, page: QWidget, state: str) -> None:
        for other in self._pages():
            other.setVisible(other is page)
        self.set_state("error" if state == "error" else "")


class _Report(QWidget):
    """One report: headline, rows, what differs, histogram."""

    def __init__(self, faces: Faces) -> None:
        super().__init__()
        self.setAccessibleName("Report")
        px = theme().px
        self.badge, self.title, self.sentence = Badge(), Heading("", 1), Paragraph()
        self.title.setObjectName("resultTitle")
        self.histogram = HistogramChart("Largest logit difference per input, student against exported file")
        self.histogram.setObjectName("differences")
        self._folded = self._has_differences = False
        head, words = QHBoxLayout(), QVBoxLayout()
        head.setSpacing(px(14))
        words.setSpacing(px(1))
        words.addWidget(self.title)
        words.addWidget(self.sentence)
        head.addWidget(self.badge, 0, Qt.AlignmentFlag.AlignVCenter)
        head.addLayout(words, 1)
        self._corner = QHBoxLayout()
        head.addLayout(self._corner)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(12))
        column.addLayout(head)
        column.addWidget(Divider())
        self._table = QGridLayout()
        self._table.setHorizontalSpacing(px(10))
        self._table.setVerticalSpacing(px(13))
        self._table.setColumnStretch(1, 5)
        self._table.setColumnStretch(3, 4)
        column.addLayout(self._table)
        self.speeds = SpeedTable()
        column.addWidget(self.speeds)
        self._checks = QVBoxLayout()
        column.addLayout(self._checks)
        self.differing = DifferingInputs(faces)
        column.addWidget(self.differing)
        column.addSpacing(px(4))
        column.addWidget(self.histogram, 1)
        self._rest = QWidget()
        self._rest.setAccessibleName("Empty")
        column.addWidget(self._rest, 1)

    def set_switch(self, switch: QWidget | None) -> None:
        """Put a switch in the corner, or take it away."""
        emptied(self._corner)
        if switch is not None:
            switch.setObjectName("reportSwitch")
            self._corner.addWidget(switch, 0, Qt.AlignmentFlag.AlignTop)

    def fold(self, folded: bool) -> None:
        """Show or leave out the histogram."""
        self._folded = folded
        self._show_histogram()

    def show_report(self, report: ExportReport) -> None:
        """Fill in a report."""
        words, sentence = headline(report)
        self.title.setText(words)
        self.title.set_tone("1" if report.passed else "error")
        self.sentence.set_words(sentence)
        self.badge.set_state("done" if report.passed else "error")
        emptied(self._table)
        for at, line in enumerate(lines(report)):
            self._add_line(at, line)
        self.speeds.set_speeds(report.speeds)
        emptied(self._checks)
        for problem in [problem for problem in report.problems if report.passed or problem.severity != "error"]:
            self._checks.addWidget(Check(problem.severity, problem.message, hint=problem.hint))
        self.differing.set_differing(report.differing, passed=report.passed)
        what = "difference" if report.task == "regression" else "logit difference"
        self.histogram.set_title(f"Largest {what} per input, student against exported file")
        limit = None if report.limit is None else float(f"{report.limit:.2g}")
        self.histogram.set_values(np.array(report.differences), limit)
        self._has_differences = any(report.differences)  # exact copies differ nowhere
        self._show_histogram()

    def _show_histogram(self) -> None:
        visible = not self._folded and self._has_differences
        self.histogram.setVisible(visible)
        self._rest.setVisible(not visible)

    def _add_line(self, at: int, line: Line) -> None:
        icon, token = _GLYPHS[line.state]
        value = Label(line.value, "h3", "error" if line.state == "bad" else "1", elide=False)
        value.setObjectName(f"value-{line.name}")
        value.setAccessibleName(f"{line.name}: {line.value} {line.beside}")
        self._table.addWidget(Glyph(icon, token, 14, line.state), at, 0)
        self._table.addWidget(Label(line.name, "bodym"), at, 1)
        self._table.addWidget(value, at, 2, Qt.AlignmentFlag.AlignRight)
        self._table.addWidget(Label(line.beside, "small", "3"), at, 3)


class _Work(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Exporting")
        self.words, self.line = Label("", "small", "2"), ProgressLine("Export")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(10))
        column.addWidget(Heading("Exporting and checking", 1))
        column.addWidget(self.words)
        column.addWidget(self.line)
        column.addStretch()

    def show_progress(self, progress: Progress | None) -> None:
        """Say what is being done."""
        self.words.setText(progress.doing if progress is not None else "Waiting for the engine")
        known = progress is not None and progress.total > 0
        self.line.set_share(progress.done / progress.total if known and progress is not None else None)


class _Error(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("The export failed")
        self.message, self.hint = Paragraph(tone="1"), Paragraph()
        self.message.setObjectName("exportProblem")
        badge = Badge()
        badge.set_state("error")
        row, column = QHBoxLayout(self), QVBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme().px(14))
        row.addWidget(badge, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(column, 1)
        for widget in (Heading("The export failed", 1), self.message, self.hint):
            column.addWidget(widget)
        column.addStretch()

    def show_problem(self, problem: Problem) -> None:
        """Say what happened and what to do."""
        self.message.set_words(str(problem))
        self.hint.set_words(problem.hint or "Nothing of the run is lost.")
