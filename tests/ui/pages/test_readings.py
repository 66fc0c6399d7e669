"""Every chart of Understand says how it is to be read, to the pointer and to a screen reader."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget

from kdstudio.ui.pages.understand import UnderstandPage
from kdstudio.ui.widgets.cards import Card
from kdstudio.ui.widgets.labels import Heading
from kdstudio.ui.workspace import Workspace

TITLED = {
    "classes": {"Where the doubt goes", "Per class"},
    "disagreements": {"Who is right?", "Were mistakes passed on?", "Blind spots"},
    "calibration": {
        "Is its confidence deserved?",
        "Expected calibration error",
        "Other scores",
        "A better temperature for answers",
    },
    "map": {"Do neighbours stay neighbours?"},
}


@pytest.mark.parametrize("name", TITLED)
def test_that_every_card_with_a_title_says_how_it_is_read(
    open_tab: Callable[..., QWidget], run: Path, name: str
) -> None:
    tab = open_tab(run, name, lambda tab: tab.exploration.seen is not None)
    cards = {card.title.text(): card for card in tab.findChildren(Card) if card.title.text()}
    assert set(cards) >= TITLED[name]
    for title in TITLED[name]:
        words = cards[title].title.toolTip()
        assert words.endswith("."), title
        assert cards[title].accessibleDescription() == words


def test_that_pairs_and_bars_say_how_they_are_read(qtbot, workspace: Workspace, run: Path) -> None:
    workspace.run.open(run)
    page = UnderstandPage(workspace)
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: page.exploration.seen is not None)
    lists = page.tabs["classes"].lists
    assert all(heading.toolTip().endswith(".") for heading in lists.findChildren(Heading))
    assert page.inspector.about_bars.toolTip().startswith("The teacher’s bars grow to the left")
