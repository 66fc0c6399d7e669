"""Two models against each other in words: all of it is seen, however little room there is."""

import numpy as np
import pytest

from kdstudio.core.types import Predictions
from kdstudio.ui.panels.compare.run_against import RunAgainst
from kdstudio.ui.panels.compare.versus import Versus

FEW = (("seed", 0, 1),)
MANY = (
    ("student", "wide-resnet-16-2", "wide-resnet-40-4"),
    ("soft_targets.temperature", 1, 4),
    ("optimizer.learning_rate", 0.05, 0.1),
    ("epochs", 30, 60),
)


def versus(fields: tuple) -> Versus:
    made = Predictions(np.arange(4), np.zeros(4, dtype=np.int64), np.eye(4), ("a", "b", "c", "d"), split="test")
    return Versus(made, made, None, (), None, np.zeros(0, dtype=np.int64), fields)


@pytest.fixture
def card(qtbot) -> RunAgainst:
    made = RunAgainst()
    qtbot.addWidget(made)
    made.resize(880, 200)
    made.show()
    return made


def test_that_a_short_difference_stands_beside_the_names(card: RunAgainst) -> None:
    card.show_versus(versus(FEW), ("Run 1", "Run 2"))
    assert card.fields.isVisible()
    assert not card.fields.is_elided()
    assert not card.fields_below.isVisible()


def test_that_a_long_difference_has_a_line_of_its_own_and_comes_back_with_the_room(qtbot, card: RunAgainst) -> None:
    card.show_versus(versus(MANY), ("temperature=1,weight=0.9", "temperature=4,weight=0.9"))
    assert card.fields_below.isVisible()
    assert "epochs 30 → 60" in card.fields_below.words()
    assert not card.heading.is_elided()
    assert card.inputs.text() == "95% interval over 4 test inputs"
    card.resize(1600, 200)
    qtbot.waitUntil(lambda: card.fields.isVisible() and not card.fields.is_elided())
    assert not card.fields_below.isVisible()


def test_that_a_refusal_leaves_nothing_of_the_last_two(card: RunAgainst) -> None:
    card.show_versus(versus(MANY), ("Run 1", "Run 2"))
    card.show_refusal("They answered other inputs.", ("Run 1", "Run 3"))
    assert not card.fields_below.isVisible()
    assert card.fields.text() == ""
