"""The Tokens tab: a language model's text, and where teacher and student expect different words."""

import numpy as np
from PySide6.QtCore import QRectF, QTimer
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kdstudio.core.passages import Passages, is_special
from kdstudio.core.rows import Rows
from kdstudio.ui.charts.panel_menu import PanelMenu
from kdstudio.ui.charts.token_bars import TokenBars
from kdstudio.ui.charts.token_text import Shown, TokenText
from kdstudio.ui.panels.scrolled import scroll_area
from kdstudio.ui.panels.understand.seen import Seen
from kdstudio.ui.panels.understand.token_numbers import KINDS, TokenNumbers, token_numbers
from kdstudio.ui.tabs.tab import Tab
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.cards import Card
from kdstudio.ui.widgets.labels import Label
from kdstudio.ui.widgets.segmented import Segmented
from kdstudio.ui.widgets.tiles import Tile

READING = (
    "Each token is coloured by how differently the two models predicted it, given everything before it in its passage. "
    "Click one to see what they expected there. Tokens without a ground were given: a prompt, or the first of a text."
)
_TILES = {
    "same": "Same next token",
    "kl": "Mean KL",
    "teacher": "Perplexity, teacher",
    "student": "Perplexity, student",
}
_MOST = 300  # passages that are shown at once


class TokensTab(Tab):
    """Passages in the order of the text; tiles and bars are about the current one."""

    key, title, tile = "tokens", "Tokens", "kl"

    def make(self) -> QWidget:
        """Return tiles above, the text, and bars below."""
        self._numbers: TokenNumbers | None = None
        self._passage, self._asked = -1, np.zeros(0, dtype=np.int64)  # and the answers about it
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(10))
        line = QHBoxLayout()
        line.setSpacing(theme().px(10))
        self.tiles = {key: Tile(words) for key, words in _TILES.items()}
        for one in self.tiles.values():
            line.addWidget(one)
        column.addLayout(line)
        column.addWidget(self._card(), 1)
        return page

    def _card(self) -> Card:
        card = Card("Where do they expect different words?", margins=(16, 11, 16, 12))
        card.set_reading(READING)
        self.text, self.bars = TokenText(), TokenBars()
        self.text.setObjectName("scrolled")
        self.kind = Segmented(list(KINDS.items()), "Colour")
        self.menu = PanelMenu(self.text, card)
        self.area = scroll_area(self.text)
        self.foot, self.mean = Label("", "smallm"), Label("", "caption", "2")
        self.caption = Label("", "small", "2")
        card.add_action(self.kind)
        card.add_action(self.menu)
        card.add(self.caption)
        card.add(self.area, 1)
        row = QHBoxLayout()
        row.addWidget(self.foot, 1)
        row.addWidget(self.mean)
        card.add(row)
        card.add(self.bars)
        self.kind.chosen.connect(lambda _: self._paint())
        self.text.chosen.connect(self.view.show)
        self.bars.chosen.connect(self._choose)
        return card

    def is_offered(self) -> bool:
        """Only language models have passages."""
        return self.exploration.passages is not None

    def against(self, seen: Seen) -> str:
        """Say why there is no text."""
        return "" if self.exploration.passages is not None else "These answers are not a language model's."

    def set_seen(self, seen: Seen) -> None:
        """Measure other answers, place by place."""
        super().set_seen(seen)
        passages = self.exploration.passages
        self._numbers = None if passages is None else token_numbers(seen, passages)
        self._passage = -1

    def set_compact(self, compact: bool) -> None:
        """Leave more room to the text."""
        for tile in self.tiles.values():
            tile.set_compact(compact)
        self.bars.set_low(low=compact)

    def refresh(self) -> None:
        """Show the text."""
        self._paint()

    def set_current(self, row: int) -> None:
        """Go to the word that an answer is about."""
        numbers, passages = self._numbers, self.exploration.passages
        found = None if passages is None else passages.find(row)
        if numbers is None or passages is None or found is None:
            return
        self._tell(numbers, passages, found[0])
        self.bars.set_current(int(np.searchsorted(self._asked, row)))
        place = self.text.set_current(row)
        if place is not None:  # once the text has its height
            QTimer.singleShot(0, self, lambda: self._reveal(place))

    def _reveal(self, place: QRectF) -> None:
        middle = place.center()
        self.area.ensureVisible(int(middle.x()), int(middle.y()), 0, theme().px(60))

    def rows(self) -> Rows:
        """Walk through the places of the current passage; through those that are selected where some are."""
        passages = self.exploration.passages
        if self.view.selection or passages is None or self._passage < 0:
            return super().rows()
        return Rows(self._asked)

    def _paint(self) -> None:
        numbers, passages, seen = self._numbers, self.exploration.passages, self.exploration.seen
        if numbers is None or passages is None or seen is None:
            return
        kind = self.kind.value()
        values = numbers.values(kind)
        known = values[np.isfinite(values)]
        top = float(np.quantile(known, 0.97)) if len(known) else 1.0
        names = seen.class_names
        shown = [_shown(passages, number, values, names, numbers) for number in range(min(len(passages), _MOST))]
        self.caption.setText(f"{KINDS[kind]}, in nats: from 0 (dark) to {top:.1f} or more (light).")
        if not theme().is_dark:
            self.caption.setText(f"{KINDS[kind]}, in nats: from 0 (pale) to {top:.1f} or more (purple).")
        self.text.set_passages(shown, top, KINDS[kind])
        self._passage = -1
        if self.view.current is not None:
            self.set_current(self.view.current)

    def _tell(self, numbers: TokenNumbers, passages: Passages, number: int) -> None:
        """Say what is measured of one passage."""
        if number == self._passage:
            return
        self._passage = number
        facts, kind = numbers.facts(passages, number), self.kind.value()
        self.tiles["same"].set_value(facts.same, "of positions in this text")
        self.tiles["kl"].set_value(facts.kl, "nats per token")
        self.tiles["teacher"].set_value(facts.teacher, "on this text")
        self.tiles["student"].set_value(facts.student, f"without teacher {facts.baseline}")
        asked = numbers.asked_of(passages, number)
        self._asked = passages.indices(number)[asked]
        one = numbers.of(passages, number, kind)[asked]
        words = tuple(np.array(self._words(passages, number)[1:], dtype=object)[asked])
        self.bars.set_values(one, words, f"{KINDS[kind]} per token")
        self.foot.setText(f"{KINDS[kind]} per token")
        mean = float(np.nanmean(one)) if np.isfinite(one).any() else 0.0
        self.mean.setText(f"passage {number + 1} · mean {mean:.2f}")
        self.arranged.emit()

    def _words(self, passages: Passages, number: int) -> list[str]:
        seen = self.exploration.seen
        return [] if seen is None else [seen.class_names[token] for token in passages.of(number)]

    def _choose(self, place: int) -> None:
        if self._passage >= 0:
            self.view.show(int(self._asked[place]))


def _shown(passages: Passages, number: int, values: np.ndarray, names: tuple[str, ...], numbers: TokenNumbers) -> Shown:
    """Return one passage as it is drawn; the first token is only drawn where it is a word."""
    words = tuple(names[token] for token in passages.of(number))
    begin = int(bool(words) and is_special(words[0]))
    about = np.where(numbers.asked_of(passages, number), passages.indices(number), -1)
    index = np.concatenate([[-1], about])[begin:]
    own = values[passages.first(number) : passages.first(number) + len(words) - 1]
    return Shown(f"Passage {number + 1}", words[begin:], index, np.concatenate([[np.nan], own])[begin:])
