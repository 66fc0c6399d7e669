"""The Map tab: where the inputs lie to teacher and student, and whether neighbours stay neighbours."""

from typing import cast

import numpy as np
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QWidget

from kdstudio.analysis.tsne import perplexity
from kdstudio.ui.charts.maps import Maps
from kdstudio.ui.charts.panel_menu import PanelMenu
from kdstudio.ui.charts.ramps import oklch, sequential
from kdstudio.ui.panels.understand.mapped import Colouring, Kind, Mapped, Way, colouring, colourings, mapped
from kdstudio.ui.panels.understand.seen import Seen
from kdstudio.ui.tabs.tab import Tab
from kdstudio.ui.theme import theme
from kdstudio.ui.view import Selection
from kdstudio.ui.widgets.cards import Card
from kdstudio.ui.widgets.labels import Label
from kdstudio.ui.widgets.layouts import emptied
from kdstudio.ui.widgets.painting import count
from kdstudio.ui.widgets.segmented import Segmented

READING = (
    "Each point is an input; those that are alike to a model lie together. The embedding is what its last layer is "
    "given, the answers are what that layer makes of it. PCA shows their two main directions; t-SNE keeps near inputs "
    "near, and says nothing by the distance of far ones. The student’s map is turned onto the teacher’s, so that "
    "places mean the same. Point at an input to see its ten nearest to each model; drag with Shift to select."
)
SHOWN_NAMES = 10


class MapTab(Tab):
    """Both maps follow selection and current input; a lasso selects."""

    key, title, tile = "map", "Map", "agreement"

    def make(self) -> QWidget:
        """Return the card with both maps."""
        self._shown: Mapped | None = None
        self._made: dict[tuple[str, str], Mapped] = {}  # of the answers that are looked at
        card = Card("Do neighbours stay neighbours?", " ", margins=(16, 11, 12, 10))
        card.set_reading(READING)
        self.card = card
        self.by = Segmented([("class", "Class"), ("outcome", "Outcome"), ("kl", "KL")], "Colour by")
        self.kind = Segmented([("embedding", "Embedding"), ("answers", "Answers")], "Laid out")
        self.way = Segmented([("pca", "PCA"), ("tsne", "t-SNE")], "Way")
        self.maps = Maps()
        self.maps.setObjectName("maps")
        self.menu = PanelMenu(self.maps, card)
        self.legend, self.told = QWidget(), Label("", "small", "2")
        self._names = QHBoxLayout(self.legend)
        self._names.setContentsMargins(0, 0, 0, 0)
        self._names.setSpacing(theme().px(12))
        for control in (self.kind, self.way, self.by, self.menu):
            card.add_action(control)
        card.add(self.maps, 1)
        card.add(self.legend)
        card.add(self.told)
        self.by.chosen.connect(self._colour)
        self.kind.chosen.connect(lambda _: self._lay_out())
        self.way.chosen.connect(lambda _: self._lay_out())
        self.maps.chosen.connect(lambda at: self.view.show(self._row(at)))
        self.maps.pointed.connect(self._point)
        self.maps.lassoed.connect(self._lasso)
        theme().changed.connect(self._colour)
        self.workspace.analyses.progressed.connect(self._progress)
        return card

    def against(self, seen: Seen) -> str:
        """One number has no second direction."""
        if seen.student.logits.shape[1] < 2:
            return "With one number an answer is a place on a line: there is nothing to draw a map of."
        return "A map needs at least three inputs." if len(seen) < 3 else ""

    def set_seen(self, seen: Seen) -> None:
        """Forget the former answers."""
        super().set_seen(seen)
        if self._shown is not None and self._shown.seen is not seen:
            self._shown = None
            self._made.clear()

    def refresh(self) -> None:
        """Lay out what is new."""
        seen = self.exploration.seen
        if seen is not None and not self.against(seen) and self._shown is None:
            self._lay_out()

    def set_selection(self, selection: Selection) -> None:
        """Let the other points fade."""
        if self._shown is not None:
            rows = self._shown.seen.rows(self._shown.positions)
            self.maps.set_selected(np.isin(rows, selection.rows.array) if selection else None)

    def set_current(self, row: int) -> None:
        """Ring the input."""
        if self._shown is not None:
            found = np.flatnonzero(self._shown.seen.rows(self._shown.positions) == row)
            self.maps.set_current(int(found[0]) if len(found) else -1)

    def _lay_out(self) -> None:
        """Show the map that is chosen; t-SNE takes its time, until then what is there stays."""
        seen, folder = self.exploration.seen, self.workspace.run.folder
        kind, way = cast(Kind, self.kind.value()), cast(Way, self.way.value())
        if seen is None:
            return
        if (kind, way) in self._made:
            self.workspace.analyses.drop("map")
            self._take(self._made[kind, way])
            return
        if way == "tsne":
            self._progress("map", 0)
        work = lambda: mapped(seen, folder, kind, way)  # noqa: E731
        self.workspace.analyses.submit("map", work, self._take, slow=way == "tsne" or not seen.is_sample)

    def _progress(self, key: str, share: float) -> None:
        if key == "map" and self.way.value() == "tsne":
            self.card.caption.setText(f"t-SNE is being computed: {share:.0%} (PCA ends it)")

    def _take(self, shown: Mapped) -> None:
        if shown.seen is not self.exploration.seen:
            return
        self._shown = shown
        self._made[shown.kind, shown.way] = shown
        self.kind.setVisible(len(shown.kinds) > 1)
        self.kind.set_value(shown.kind)
        self.by.set_choices(colourings(shown.seen))
        self.maps.set_places(shown.places, shown.near)
        self.card.caption.setText(_drawn(shown))
        self._colour()
        self.set_selection(self.view.selection)
        if self.view.current is not None:
            self.set_current(self.view.current)
        self._point(-1)

    def _colour(self, _by: str = "") -> None:
        if self._shown is not None:
            found = colouring(self._shown, self.by.value())
            colours = self._colours(found)
            self.maps.set_colours(found.numbers, colours)
            self._explain(found, colours)

    def _colours(self, found: Colouring) -> list[QColor]:
        if found.tokens:
            return [theme().colour(token) for token in found.tokens]
        if self.by.value() == "kl":
            table = sequential("teacher", dark=theme().is_dark)
            steps = np.linspace(60, 250, 10).astype(int)
            return [QColor(*(int(part) for part in table[k])) for k in steps]
        size = len(found.names)
        light = np.where(np.arange(size) % 2, 0.62, 0.76) - (0.0 if theme().is_dark else 0.12)
        table = oklch(light, np.full(size, 0.13), np.arange(size) * 360.0 / max(1, size) + 20)
        return [QColor(*(int(part) for part in rgb)) for rgb in table]

    def _explain(self, found: Colouring, colours: list[QColor]) -> None:
        emptied(self._names)
        named = [(name, colour) for name, colour in zip(found.names, colours, strict=True) if name]
        for name, colour in named[:SHOWN_NAMES]:
            label = Label(f"● {name}", "caption", elide=True)
            label.setStyleSheet(f"color: {colour.name()}")
            self._names.addWidget(label)
        if len(named) > SHOWN_NAMES:
            self._names.addWidget(Label(f"and {len(named) - SHOWN_NAMES} more", "caption", "2"))
        self._names.addStretch()

    def _row(self, at: int) -> int:
        assert self._shown is not None
        return int(self._shown.seen.rows(self._shown.positions[at : at + 1])[0])

    def _point(self, at: int) -> None:
        """Say what is pointed at, else how many neighbours were kept."""
        shown = self._shown
        if shown is None:
            return
        one = shown.seen.one(self._row(at)) if at >= 0 else None
        if one is not None:
            said = [f"{who} {one.said(who)}" for who in ("teacher", "student") if one.said(who)]
            truth = [f"truth {one.truth_words}"] if one.truth_words else []
            self.told.setText(f"{one.words}: {', '.join([*truth, *said])}")
            return
        kept, alone = shown.kept.get("student"), shown.kept.get("baseline")
        if kept is None:
            self.told.setText("There is no teacher to compare with.")
        else:
            without = "" if alone is None else f"; without teacher {alone:.0%}"
            far = f" Perplexity {perplexity(len(shown.positions)):.0f}; how far groups are apart means nothing."
            self.told.setText(
                f"Of the ten nearest to the teacher {kept:.0%} are nearest to the student too{without}."
                f"{far if shown.way == 'tsne' else ''}"
            )

    def _lasso(self, who: str, points: np.ndarray) -> None:
        if self._shown is not None and len(points):
            rows = self._shown.seen.rows(self._shown.positions[points])
            self.view.select(rows, f"Lasso on the {who}’s map")


def _drawn(shown: Mapped) -> str:
    """Say of how many inputs the map is."""
    drawn, whole = len(shown.positions), len(shown.seen)
    part, rest = (f"{count(drawn)} of ", ", each class by its share") if drawn < whole else ("", "")
    return f"{part}{count(whole)} inputs{rest}"
