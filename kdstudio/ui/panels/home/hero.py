"""The first thing one sees: what kdstudio is for, the demo, and one real input that explains it without a word."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from kdstudio.core.paths import resource
from kdstudio.core.types import softmax
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.butterfly import Butterfly
from kdstudio.ui.widgets.butterfly_rows import Answers
from kdstudio.ui.widgets.buttons import Button
from kdstudio.ui.widgets.cards import Card, Divider
from kdstudio.ui.widgets.labels import Heading, Label, Paragraph
from kdstudio.ui.widgets.pictures import Thumbnail

ROWS, FEW_ROWS = 6, 4
HEADLINE = ("Distil a big model into a small one,", "and see what it inherits.")
BELOW = (
    "Watch a small student learn from a large teacher, then look inside: which doubts it took over, which it missed, "
    "which mistakes it inherited."
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A real input of the demo with everybody's answer to it, softened alike."""

    answers: Answers
    sentence: str
    picture: np.ndarray  # (1, H, W) uint8


def stored_example() -> Shown | None:
    """Return the input that the demo's stored predictions tell most about, or None where there is no such file."""
    try:
        value = json.loads(resource("samples", "home.json").read_text(encoding="utf-8"))
        return _shown(value)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _shown(value: dict[str, Any]) -> Shown:
    temperature = float(value.get("temperature", 4.0))
    teacher, student, baseline = (
        softmax(np.array(value[who], dtype=np.float64), temperature) for who in ("teacher", "student", "baseline")
    )
    names = tuple(map(str, value["class_names"]))
    answers = Answers(names, teacher, student, baseline, (int(value["target"]),))
    return Shown(answers, str(value["sentence"]), np.array(value["picture"], dtype=np.uint8)[None])


class Hero(Card):
    """Headline and demo at the left, the butterfly at the right; one below the other where there is no room."""

    demoRequested = Signal()

    def __init__(self, example: Shown | None) -> None:
        super().__init__(margins=(32, 26, 28, 20))
        self.setObjectName("hero")
        self.setAccessibleName("Welcome")
        self.demo = Button("Try the demo", "primary", "play", size="hero")
        self.demo.setObjectName("try-demo")
        self.demo.clicked.connect(self.demoRequested)
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._row.setSpacing(theme().px(28))
        self._row.addLayout(self._words(), 13)
        self.add(self._row, 1)
        self.butterflies: tuple[Butterfly, ...] = ()
        self.divider = Divider(vertical=True)
        if example is None:
            self.divider.hide()
            return
        self._row.addWidget(self.divider)
        self._row.addWidget(self._example(example), 11)

    def set_compact(self, is_compact: bool) -> None:
        """Stack the halves, with fewer classes."""
        direction = QBoxLayout.Direction.TopToBottom if is_compact else QBoxLayout.Direction.LeftToRight
        self._row.setDirection(direction)
        if self.butterflies:
            self.divider.setVisible(not is_compact)
            full, few = self.butterflies
            full.setVisible(not is_compact)
            few.setVisible(is_compact)

    def _words(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(theme().px(10))
        column.addStretch(1)
        lines = QVBoxLayout()
        lines.setSpacing(0)
        for words in HEADLINE:
            lines.addWidget(Label(words, "display"))
        column.addLayout(lines)
        column.addWidget(Paragraph(BELOW, "body", "2"))
        column.addSpacing(theme().px(6))
        line = QHBoxLayout()
        line.setSpacing(theme().px(14))
        line.addWidget(self.demo)
        facts = QVBoxLayout()
        facts.setSpacing(theme().px(2))
        facts.addWidget(Label("about a minute · a normal CPU is fine", "small", "2"))
        facts.addWidget(Label("offline, nothing is downloaded", "small", "3"))
        line.addLayout(facts, 1)
        column.addLayout(line)
        column.addStretch(1)
        return column

    def _example(self, example: Shown) -> QWidget:
        made = QWidget()
        column = QVBoxLayout(made)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(10))
        head = QHBoxLayout()
        head.setSpacing(theme().px(14))
        head.addWidget(Thumbnail(example.picture, 64, "A test image of the demo"), 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(theme().px(2))
        words.addWidget(Heading("What is this?", 3))
        words.addWidget(Paragraph(example.sentence, "small"))
        words.addStretch(1)
        head.addLayout(words, 1)
        column.addLayout(head)
        self.butterflies = (Butterfly(top=ROWS), Butterfly(top=FEW_ROWS))
        for butterfly in self.butterflies:
            butterfly.set_answers(example.answers)
            column.addWidget(butterfly, 1)
        self.butterflies[1].hide()
        return made
