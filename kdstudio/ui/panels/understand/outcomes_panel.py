"""The Disagreements tab: who is right, whether mistakes were passed on, blind spots, and the inputs behind them."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from kdstudio.analysis import outcomes as analysis
from kdstudio.core.rows import Rows
from kdstudio.ui.panels.scrolled import scrolled
from kdstudio.ui.panels.understand.blind_spots import BlindSpots, Group
from kdstudio.ui.panels.understand.no_match import NoMatch
from kdstudio.ui.panels.understand.passed_on import PassedOnChart
from kdstudio.ui.panels.understand.sample_actions import SampleActions
from kdstudio.ui.panels.understand.sample_grid import SampleGrid
from kdstudio.ui.panels.understand.sample_pictures import SamplePictures
from kdstudio.ui.panels.understand.sample_tile import Sample
from kdstudio.ui.panels.understand.seen import Seen
from kdstudio.ui.theme import theme
from kdstudio.ui.view import Selection
from kdstudio.ui.widgets.buttons import PillButton
from kdstudio.ui.widgets.cards import Card
from kdstudio.ui.widgets.labels import Label
from kdstudio.ui.widgets.messages import EmptyState
from kdstudio.ui.widgets.outcome_table import Outcomes, OutcomeTable
from kdstudio.ui.widgets.painting import count

CHIPS = {
    "inherited": "Inherited",
    "lost": "Lost",
    "fixed": "Fixed",
    "different": "Different",
    "disagreement": "Disagree",
}
MARGINS = (16, 11, 16, 12)
MARKS = {"inherited": "teacher", "lost": "student"}


class OutcomesPanel(QWidget):
    """Shows what `Seen` has. `outcomeChosen` gives an outcome by name ("" clears), `groupChosen` a blind spot,
    `inputChosen` the row of an input, `widened` asks to take away what was added last to filter or selection.
    """

    outcomeChosen = Signal(str)
    groupChosen = Signal(object)
    inputChosen = Signal(int)
    widened = Signal()

    def __init__(self, pictures: SamplePictures) -> None:
        super().__init__()
        self.setObjectName("outcomes")
        self.table, self.chart, self.blind = OutcomeTable(), PassedOnChart(), BlindSpots(pictures)
        self.table.setObjectName("outcomeTable")
        self.grid = SampleGrid(pictures)
        self.grid.setObjectName("outcomeGrid")
        self.sentence = Label("", "small", "2")
        self.left, self.right = self._left(), self._right()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme().px(10))
        row.addWidget(self.left)
        row.addWidget(self.right, 1)
        self.table.chosen.connect(self.outcomeChosen)
        self.blind.chosen.connect(self.groupChosen)
        self.grid.chosen.connect(self.inputChosen)
        self.grid.scrolled.connect(self._count)
        self.set_compact(False)

    def set_compact(self, compact: bool) -> None:
        """Leave room for the scroll bar of the left column, which a low page needs."""
        self.left.setFixedWidth(theme().px(416 if compact else 404))

    def set_seen(self, seen: Seen) -> None:
        """Show the counts of other answers."""
        mine, alone = (_counts(found) for found in (seen.counts, seen.baseline_counts))
        self.table.set_outcomes(mine, alone)
        self.who.caption.setText(f"{count(mine.total if mine else len(seen))} inputs")
        self.left.setVisible(mine is not None)
        self.passed.setVisible(seen.passed_on is not None)
        self.chart.set_shares(seen.passed_on)
        if seen.passed_on is not None:
            self.passed.caption.setText(f"of {count(seen.passed_on.mistakes)} teacher mistakes")
            self.sentence.setText(seen.passed_on.words())
        groups = _groups(seen)
        total = sum(len(group.rows) for group in groups)
        beside = (
            f"; without teacher {count(sum(group.alone or 0 for group in groups))}" if "baseline" in seen.labels else ""
        )
        self.spots.caption.setText(f"{count(total)} where both are sure{beside}" if total else "")
        self.blind.set_groups(groups)
        self.spots.setVisible(seen.task == "classification")  # sets of labels form no such groups
        for name, pill in self.pills.items():
            there = name in seen.outcomes
            pill.setVisible(there)
            pill.set_words(f"{CHIPS[name]} {count(len(seen.outcomes[name]))}" if there else CHIPS[name])
        self._has_outcomes = bool(seen.outcomes)

    def set_inputs(
        self, rows: Rows, sample: Callable[[int], Sample], lines: int, outcome: str, selection: Selection
    ) -> None:
        """Show these inputs in the grid; `outcome` is the one they have, or "", `selection` why they are shown."""
        self.grid.set_inputs(rows, sample, lines)
        self.table.set_chosen(outcome if selection.words and outcome != "disagreement" else "")
        for name, pill in self.pills.items():
            pill.setChecked(name == outcome)
        self.grid.setVisible(bool(rows))
        self.foot.set_inputs(len(rows), is_selected=bool(selection))
        self.none.set_selection(selection, is_empty=not rows and bool(selection))
        self.empty.setVisible(not rows and not selection)
        self.empty.set_words(
            "No input has this outcome." if self._has_outcomes else "This run has no teacher to agree or disagree with."
        )
        self._count()

    def _left(self) -> QWidget:
        self.who = Card("Who is right?", " ", margins=MARGINS)
        self.who.set_reading(
            "Every labelled input is in one field, by who is right; inherited ones have the same wrong label twice. A "
            "click selects a field’s inputs."
        )
        self.who.add(self.table)
        self.passed = Card("Were mistakes passed on?", " ", margins=MARGINS)
        self.passed.set_reading(
            "The share of the teacher’s mistakes that is repeated with the same wrong label, with its 95% interval. "
            "Only what lies beyond the student without a teacher was passed on."
        )
        self.passed.caption.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.passed.add(self.chart)
        self.passed.add(self.sentence)
        self.spots = Card("Blind spots", " ", margins=(16, 10, 16, 10))
        self.spots.set_reading(
            "Teacher and student both give more than 80% to the same wrong class: nothing in their answers warns of "
            "these. A click selects a group."
        )
        self.spots.body.setSpacing(theme().px(4))
        self.spots.add(self.blind)
        return scrolled(self.who, self.passed, self.spots, spacing=8)

    def _right(self) -> QWidget:
        card = Card(margins=(14, 12, 8, 10))
        card.setAccessibleName("Inputs with this outcome")
        line = QHBoxLayout()
        line.setSpacing(theme().px(6))
        self.pills: dict[str, PillButton] = {}
        for name, words in CHIPS.items():
            pill = PillButton(words, MARKS.get(name, ""))
            pill.setObjectName(f"chip-{name}")
            pill.clicked.connect(lambda _=False, name=name: self.outcomeChosen.emit(name))
            self.pills[name] = pill
            line.addWidget(pill)
        line.addStretch()
        card.add(line)
        self.empty = EmptyState("", icon="columns")
        self.empty.setVisible(False)
        self._has_outcomes = False
        card.add(self.grid, 1)
        card.add(self.empty, 1)
        self.none, self.foot = NoMatch(), SampleActions()
        self.none.acted.connect(self.widened)
        card.add(self.none, 1)
        card.add(self.foot)
        self.counted = self.foot.counted
        return card

    def _count(self) -> None:
        first, last = self.grid.seen()
        total = len(self.grid.rows())
        self.counted.setText(f"{first}–{last} of {count(total)} shown" if total else "")


def _groups(seen: Seen) -> list[Group]:
    """Return the blind spots, each beside what the student without a teacher says there."""
    baseline = seen.labels.get("baseline")
    return [
        Group(
            seen.class_words(spot.true),
            seen.class_words(spot.said),
            Rows(seen.rows(spot.positions)),
            None if baseline is None else int((baseline[spot.positions] == spot.said).sum()),
        )
        for spot in seen.blind_spots
    ]


def _counts(found: analysis.Outcomes | None) -> Outcomes | None:
    if found is None:
        return None
    return Outcomes(
        both_right=len(found.both_right),
        lost=len(found.lost),
        fixed=len(found.fixed),
        inherited=len(found.inherited),
        different=len(found.different),
    )
