"""The Classes tab: where the doubt goes, which of it was transferred, and what became of each class."""

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kdstudio.ui.panels.scrolled import scroll_area
from kdstudio.ui.panels.understand.class_doubt import Classes, Doubt, classes_of, doubt_of
from kdstudio.ui.panels.understand.class_numbers import ClassNumbers
from kdstudio.ui.panels.understand.class_pairs import PairLists
from kdstudio.ui.panels.understand.matrices_card import MatricesCard
from kdstudio.ui.panels.understand.seen import Seen
from kdstudio.ui.tabs.tab import Tab
from kdstudio.ui.theme import theme
from kdstudio.ui.view import Selection
from kdstudio.ui.widgets.cards import Card
from kdstudio.ui.widgets.labels import Label

PAIRS_MS = 120  # the lists follow the lens when it rests; the matrices follow at once
MANY = 60  # classes above which the lists of pairs say more than the matrices
_NUMBERS = "Numbers have no classes to take for one another. The largest errors show where the student fails."


class ClassesTab(Tab):
    """Matrices follow the lens; a cell, pair or class selects its inputs."""

    key, title, tile = "classes", "Classes", "structure"

    def make(self) -> QWidget:
        """Return matrices above, lists and numbers below."""
        self.classes: Classes | None = None
        self._rough: Classes | None = None  # of the sample, where one was looked at first
        self._doubt: Doubt | None = None
        self._marked = ("", -2, -2)
        self._resting = QTimer(self, singleShot=True, interval=PAIRS_MS)
        self._resting.timeout.connect(self._rested)
        self.card, self.lists, self.numbers = MatricesCard(), PairLists(), ClassNumbers()
        self.pairs = Card(margins=(16, 11, 14, 10))
        self.pairs.setAccessibleName("Pairs of classes")
        self.pairs.add(self.lists, 1)
        self.pairs.add(Label("Share of the doubt in %:  ● teacher  ◆ student  ○ without teacher", "caption", "2"))
        lower = QHBoxLayout()
        lower.setSpacing(theme().px(10))
        lower.addWidget(self.pairs, 1)
        lower.addWidget(self.numbers)
        self.numbers.setFixedWidth(theme().px(330))
        inner = QWidget()
        inner.setObjectName("scrolled")
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(10))
        self.card.setMinimumHeight(theme().px(330))
        self.pairs.setMinimumHeight(theme().px(206))
        column.addWidget(self.card, 5)
        column.addLayout(lower, 3)
        self._column = column
        self.card.modeChosen.connect(lambda _: self._soften())
        self.card.chosen.connect(self._choose)
        self.lists.chosen.connect(lambda pair: self._choose("student", pair.true, pair.other, adds=False))
        self.numbers.chosen.connect(lambda k: self._choose("student", k, -1, adds=False))
        area = scroll_area(inner)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return area

    def against(self, seen: Seen) -> str:
        """Numbers have no classes."""
        if seen.task == "regression":
            return _NUMBERS
        return "With one class there is nothing to take it for." if len(seen.class_names) < 2 else ""

    def set_seen(self, seen: Seen) -> None:
        """Forget the former answers; they are worked on when the tab is open."""
        super().set_seen(seen)
        if self.classes is not None and self.classes.seen is not seen:
            self.classes = self._rough = None

    def refresh(self) -> None:
        """Compute what has changed since the tab was open."""
        seen, temperature = self.exploration.seen, self.view.training_temperature
        if seen is None or self.against(seen):
            return
        if self.classes is None or self.classes.seen is not seen:
            submit, sample = self.workspace.analyses.submit, self.exploration.sample
            if sample is not None:
                submit("rough classes", lambda: classes_of(sample, temperature), self._take_rough)
            if sample is not seen:
                submit("classes", lambda: classes_of(seen, temperature), self._take, slow=sample is not None)
        elif self._doubt is None or self._doubt.temperature != self.view.lens:
            self._soften()

    def set_lens(self, temperature: float, *, is_beside: bool) -> None:
        """Soften the matrices."""
        self._soften()

    def set_selection(self, selection: Selection) -> None:
        """Take the ring away where something else is selected."""
        if selection.words != self._marked[0]:
            self._mark("", -2, -2)

    def _take_rough(self, classes: Classes) -> None:
        self._rough = classes
        if self.classes is None:
            self._take(classes)

    def _take(self, classes: Classes) -> None:
        self.classes = classes
        self.numbers.set_classes(classes)
        is_large = len(classes.order) > MANY
        self.card.setMinimumHeight(theme().px(250 if is_large and not classes.groups else 330))
        for at, stretch in enumerate((2, 3) if is_large else (5, 3)):
            self._column.setStretch(at, stretch)
        self._soften()

    def _soften(self) -> None:
        """Compute the matrices; where that takes long those of the sample first, the others once the lens rests."""
        classes, mode, temperature = self.classes, self.card.mode.value(), self.view.lens
        if classes is None:
            return
        self.workspace.analyses.drop("whole doubt")
        rough = self._rough if mode == "doubt" and not self._is_read(temperature) else None
        quick, lists = rough or classes, rough is None or classes.seen.is_sample
        self.workspace.analyses.submit(
            "doubt", lambda: doubt_of(quick, mode, temperature, classes.groups, lists=lists), self._show
        )

    def _is_read(self, temperature: float) -> bool:
        """Whether all inputs have been softened at a temperature already."""
        return (
            any(one.temperature == temperature for one in self.classes.seen.surveyed.values())
            if self.classes
            else False
        )

    def _rested(self) -> None:
        """The lens rests: list the pairs, and look at all inputs where only a sample was."""
        classes, doubt = self.classes, self._doubt
        if classes is None or doubt is None or not doubt.extent or classes.seen.is_sample:
            self._list()
        else:
            work = lambda: doubt_of(classes, doubt.mode, doubt.temperature)  # noqa: E731
            self.workspace.analyses.submit("whole doubt", work, self._show, slow=True)

    def _show(self, doubt: Doubt) -> None:
        if self.classes is None:
            return
        is_first = self._doubt is None or self._doubt.mode != doubt.mode or self._doubt.extent != doubt.extent
        self._doubt = doubt
        self.card.set_doubt(self.classes, doubt)
        self.card.set_marked(*self._marked[1:])
        if is_first and not (doubt.extent and not self.classes.seen.is_sample):
            self._list()
        else:
            self._resting.start()

    def _list(self) -> None:
        if self.classes is None or self._doubt is None:
            return
        found, seen = self._doubt.pairs, self.classes.seen
        self.pairs.setVisible(found is not None)
        if found is not None:
            self.lists.set_pairs(found, seen.class_names, has_baseline=seen.baseline is not None)

    def _choose(self, who: str, i: int, j: int, adds: bool) -> None:
        if self.classes is None:
            return
        mode = self.card.mode.value()
        rows, words = self.classes.inputs(mode, who, i, j), self._words(mode, who, i, j)
        former = self.view.chosen
        if adds and former.words:
            known = set(former.rows)
            rows = np.array([*former.rows, *(row for row in rows.tolist() if row not in known)], dtype=np.int64)
            words = f"{former.words} + {words}"
        self._mark(words, i, j)
        self.view.select(rows, words)

    def _mark(self, words: str, i: int, j: int) -> None:
        self._marked = (words, i, j)
        self.card.set_marked(i, j)
        self.numbers.rows.set_marked(max(i, j) if min(i, j) == -1 else -1)

    def _words(self, mode: str, who: str, i: int, j: int) -> str:
        names = self.classes.seen.class_names if self.classes is not None else ()
        if i < 0 or j < 0:
            return f"{names[max(i, j)]}"
        if mode == "models":
            return f"Teacher {names[i]}, {'student' if who == 'student' else 'without'} {names[j]}"
        return f"{names[i]} with doubt on {names[j]}" if mode == "doubt" else f"{names[i]} taken for {names[j]}"
