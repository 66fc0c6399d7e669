"""Pairs of classes in words: whose doubt was transferred, missed, invented."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from kdstudio.analysis.pairs import Pair, Pairs
from kdstudio.ui import icons
from kdstudio.ui.panels.scrolled import scrolled
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.cards import Divider, Glyph
from kdstudio.ui.widgets.controls import Hovered
from kdstudio.ui.widgets.labels import Heading, Label, Paragraph
from kdstudio.ui.widgets.painting import LEFT, RIGHT, begin, box, focus_ring, text, width

KINDS = {  # icon, token, title, what it means with a baseline, and without
    "transferred": ("check", "truth", "Transferred", "would differ without it", "doubt that both share"),
    "missed": ("close", "diff_less", "Missed", "teacher doubts more", "teacher doubts more"),
    "invented": ("plus", "diff_more", "Invented", "student doubts more", "student doubts more"),
}
NONE = {
    "transferred": "No doubt came over that would not be there anyway.",
    "missed": "Nowhere does the student clearly doubt less.",
    "invented": "Nowhere does the student clearly doubt more.",
}

READINGS = {
    "transferred": "The student gives about the teacher’s share of its doubt to the second class; without a teacher it "
    "is at least twice as far off. A click selects the inputs.",
    "missed": "The student gives less of its doubt to the second class than its teacher. A click selects the inputs.",
    "invented": "The student gives more of its doubt to the second class than its teacher. A click selects the inputs.",
}


class PairRow(Hovered, QAbstractButton):
    """One pair: the classes, and the shares of doubt of teacher, student and baseline in percent."""

    def __init__(self, pair: Pair, names: Sequence[str]) -> None:
        super().__init__()
        self.take_clicks(QSizePolicy.Policy.Expanding)
        self.set_pair(pair, names)

    def set_pair(self, pair: Pair, names: Sequence[str]) -> None:
        """Show another pair."""
        self.pair, self._names = pair, (names[pair.true], names[pair.other])
        told = [f"{who} {value:.0%}" for who, value in self._values() if np.isfinite(value)]
        self.setAccessibleName(f"{self._names[0]}, doubt on {self._names[1]}: {', '.join(told)}")
        self.setToolTip(f"When it is really {self._names[0]}, doubt goes to {self._names[1]}: {', '.join(told)}")
        self.update()

    def sizeHint(self) -> QSize:
        """Both names, three numbers."""
        return QSize(theme().px(190), theme().px(24))

    def minimumSizeHint(self) -> QSize:
        """Names may elide."""
        return QSize(theme().px(130), theme().px(24))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw names and numbers."""
        painter, px, rect = begin(self), theme().px, QRectF(self.rect())
        if self.is_hovered:
            box(painter, rect, px(5), theme().colour("surface_2"))
        right = rect.right() - px(2)
        digits = 1 if max(self.pair.teacher, self.pair.student) < 0.1 else 0
        for (_, value), tone in reversed(
            list(zip(self._values(), ("teacher_text", "student_text", "text_2"), strict=True))
        ):
            if np.isfinite(value):
                text(
                    painter,
                    QRectF(right - px(21), 0, px(21), rect.height()),
                    f"{value * 100:.{digits}f}",
                    "smallm",
                    tone,
                    RIGHT,
                )
                right -= px(22)
        room, arrow = right - px(4), px(20)
        first = min(width(self._names[0], "small") + 1, (room - arrow) / 2)
        text(painter, QRectF(px(2), 0, first, rect.height()), self._names[0], "small", "text_1", LEFT)
        icons.draw(
            painter, "arrow-right", QRectF(px(2) + first + px(4), rect.center().y() - px(6), px(12), px(12)), "text_3"
        )
        left = px(2) + first + arrow
        text(painter, QRectF(left, 0, room - left, rect.height()), self._names[1], "small", "text_1", LEFT)
        if self.has_ring:
            focus_ring(painter, rect, px(5))

    def _values(self) -> list[tuple[str, float]]:
        return [
            ("teacher", self.pair.teacher),
            ("student", self.pair.student),
            ("without teacher", self.pair.baseline),
        ]


class PairLists(QWidget):
    """Three lists side by side; `chosen` gives the pair that was clicked."""

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme().px(12))
        self.rows: dict[str, list[PairRow]] = {kind: [] for kind in KINDS}
        self._columns: dict[str, QVBoxLayout] = {}
        self._below: dict[str, Label] = {}
        self._none: dict[str, Paragraph] = {}
        self._places: dict[str, int] = {}
        self._row = row
        for kind, (icon, token, title, _, _) in KINDS.items():
            if self._columns:
                row.addWidget(Divider(vertical=True))
            self._below[kind] = Label("", "caption", "2")
            inner = QWidget()
            self._columns[kind] = QVBoxLayout(inner)
            self._columns[kind].setContentsMargins(0, 0, 0, 0)
            self._columns[kind].setSpacing(0)
            self._none[kind] = Paragraph(NONE[kind], "small", "2")
            self._columns[kind].addWidget(self._none[kind])
            column = QVBoxLayout()
            column.setSpacing(theme().px(2))
            head = QHBoxLayout()
            head.setSpacing(theme().px(7))
            head.addWidget(Glyph(icon, token, 13))
            heading = Heading(title, 3)
            heading.setToolTip(READINGS[kind])
            heading.setAccessibleDescription(READINGS[kind])
            head.addWidget(heading, 1)
            column.addLayout(head)
            column.addWidget(self._below[kind])
            column.addWidget(scrolled(inner), 1)
            row.addLayout(column, 1)
            self._places[kind] = row.indexOf(column)

    def set_pairs(self, found: Pairs, names: Sequence[str], *, has_baseline: bool) -> None:
        """Show other pairs."""
        for kind, (*_, with_it, alone) in KINDS.items():
            self._below[kind].setText(with_it if has_baseline else alone)
            pairs: tuple[Pair, ...] = getattr(found, kind)
            rows = self.rows[kind]
            for button in rows[len(pairs) :]:
                button.setParent(None)
                button.deleteLater()
            del rows[len(pairs) :]
            for button, pair in zip(rows, pairs, strict=False):  # to make them anew takes ten times as long
                button.set_pair(pair, names)
            for pair in pairs[len(rows) :]:
                button = PairRow(pair, names)
                button.clicked.connect(lambda _=False, button=button: self.chosen.emit(button.pair))
                self._columns[kind].addWidget(button)
                rows.append(button)
            self._row.setStretch(self._places[kind], 5 if pairs else 3)
            self._none[kind].setVisible(not pairs)
