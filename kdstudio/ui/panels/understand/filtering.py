"""Narrows what is selected by the words that were typed, and keeps that up to date with answers and lens."""

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
from PySide6.QtCore import QObject, Signal

from kdstudio.analysis.filtering.fields import Field, Mark, Names, Words
from kdstudio.analysis.filtering.matching import Misunderstood, misunderstood, passing
from kdstudio.analysis.filtering.offered import Asked, offered
from kdstudio.analysis.filtering.terms import terms
from kdstudio.core.rows import Rows
from kdstudio.ui.panels.understand.exploration import Exploration
from kdstudio.ui.panels.understand.seen import Seen
from kdstudio.ui.panels.understand.slices import Slices
from kdstudio.ui.workspace import Workspace


class Filtering(QObject):
    """Follows the filter of the view; `fields` say what can be filtered by, `fieldsChanged` that they are others."""

    fieldsChanged = Signal()

    def __init__(self, workspace: Workspace, exploration: Exploration, slices: Slices, parent: QObject) -> None:
        super().__init__(parent)
        self._workspace, self._exploration, self._slices = workspace, exploration, slices
        self.fields: dict[str, Field] = {}
        self._made_of: tuple[Seen | None, float] = (None, 0.0)
        self._own: dict[str, Field] = {}
        exploration.seenChanged.connect(self._renew)
        exploration.numbersChanged.connect(self._renew)  # comes when the lens rests
        slices.changed.connect(self._renew)
        workspace.draft.changed.connect(self._renew)  # has the pinned inputs
        workspace.inputs.opened.connect(self._renew)
        workspace.view.filterChanged.connect(self._narrow)

    def misunderstood(self, text: str) -> tuple[Misunderstood, ...]:
        """Return what of a filter cannot be understood."""
        return misunderstood(terms(text), self.fields)

    def take(self, text: str) -> bool:
        """Filter by these words, unless something in them cannot be understood: then all stays as it is."""
        if self.misunderstood(text):
            return False
        self._workspace.view.set_filter(text.strip())
        return True

    def _renew(self, _numbers: object = None) -> None:
        seen, lens = self._exploration.seen, self._workspace.view.lens
        if seen is None:
            self.fields = {}
            return
        if self._made_of[0] is not seen or self._made_of[1] != lens:
            self._made_of, self._own = (seen, lens), offered(_asked(seen), lens)
        self.fields = self._own | self._more(seen)
        self.fieldsChanged.emit()
        self._narrow()

    def _more(self, seen: Seen) -> dict[str, Field]:
        """What the answers do not know: pinned inputs, slices, and the words of a text."""
        found: dict[str, Field] = {}
        if seen.split == "validation":
            pinned = np.isin(seen.student.index, self._workspace.draft.pinned())
            found["pinned"] = Mark("Inputs that are pinned as probes", pinned)
        there = self._slices.there
        if there:
            names, parts = tuple(one.name for one in there), [np.isin(seen.student.index, one.rows) for one in there]
            has = lambda ks: np.logical_or.reduce([parts[k] for k in ks])  # noqa: E731
            found["slice"] = Names("A selection that was saved", names, has, "slice")
        texts = self._texts(seen)
        if texts is not None:
            holds = lambda word: np.array([word.casefold() in text for text in texts()], dtype=bool)  # noqa: E731
            found["text"] = Words("A word in the text", holds)
        return found

    def _texts(self, seen: Seen) -> Callable[[], Sequence[str]] | None:
        inputs = self._workspace.inputs
        part = inputs.part(seen.split)
        if inputs.kind != "text" or part is None:
            return None
        positions = Rows(part.index).positions(seen.index)

        @cache
        def read() -> Sequence[str]:
            texts = part.read(positions[positions >= 0])
            found = iter([str(text).casefold() for text in texts])
            return ["" if position < 0 else next(found) for position in positions]

        return read

    def _narrow(self) -> None:
        view, seen, fields = self._workspace.view, self._exploration.seen, self.fields
        found = terms(view.filter)
        self._workspace.analyses.drop("filter")
        if not found or seen is None or misunderstood(found, fields):
            if view.selection.filter:
                view.narrow(None)
            return
        order = seen.orders["telling"]
        work = lambda: seen.rows(order[passing(found, fields, len(seen))[order]])  # noqa: E731
        self._workspace.analyses.submit("filter", work, view.narrow)


def _asked(seen: Seen) -> Asked:
    models = {"student": seen.student, "teacher": seen.teacher, "baseline": seen.baseline}
    outcomes = dict(seen.outcomes)
    if "teacher" in seen.labels and seen.task != "regression":
        outcomes["disagreement"] = np.flatnonzero(seen.labels["teacher"] != seen.labels["student"])
    if seen.blind_spots:
        outcomes["blind_spot"] = np.concatenate([spot.positions for spot in seen.blind_spots])
    there = {who: one for who, one in models.items() if one is not None}
    return Asked(there, seen.labels, seen.truth, seen.targets, outcomes, seen.errors)
