"""How strong each method would be, measured by a real engine and shown beside it on the Setup page."""

import json
from typing import Any

import pytest

from kdstudio.core.paths import resource
from kdstudio.training.opening import catalogue
from kdstudio.ui.draft_value import EMPTY
from kdstudio.ui.pages.setup import SetupPage
from kdstudio.ui.panels.methods.method_row import MethodRow
from kdstudio.ui.panels.methods.pull_line import percent
from kdstudio.ui.workspace import Workspace

METHODS = [
    {"method": "hard_labels", "weight": 1e-5},
    {"method": "soft_targets", "weight": 0.9, "temperature": 4.0},
]
CHOSEN: dict[str, Any] = {
    **EMPTY,
    "teachers": [{"kind": "frozen", "path": str(resource("samples", "fashion-teacher.safetensors"))}],
    "data": {"path": str(resource("samples", "fashion.npz"))},
    "methods": METHODS,
}


@pytest.fixture
def page(qtbot, workspace: Workspace) -> SetupPage:
    workspace.catalogue = workspace.draft.catalogue = catalogue()
    made = SetupPage(workspace)
    qtbot.addWidget(made)
    made.resize(1360, 826)
    made.show()
    made.recipe.set_mode("advanced")
    workspace.start_engine()
    workspace.draft.replace(json.loads(json.dumps(CHOSEN)))
    return made


def rows(page: SetupPage) -> list[MethodRow]:
    return page.recipe.advanced.methods.rows


@pytest.mark.slow
def test_that_each_method_says_how_strong_it_would_be(qtbot, page: SetupPage, workspace: Workspace) -> None:
    qtbot.waitUntil(lambda: page.pulls.is_measuring, timeout=60_000)
    assert rows(page)[0].pull.words.text() == "measuring its share of the gradient…"
    qtbot.waitUntil(lambda: bool(page.pulls.shares), timeout=60_000)
    weak, strong = (row.pull for row in rows(page))
    assert weak.words.text() == "<0.1% of the gradient in the first step"
    assert weak.warning.isVisible()
    assert weak.warning.words().startswith("It would hardly move the student: its gradient is 1/")
    assert strong.words.text() == "100% of the gradient in the first step"
    assert not strong.warning.isVisible()
    workspace.draft.change("methods[0].weight", 0.5)
    assert weak.words.text() == "measuring its share of the gradient…"  # what was measured is no longer true
    qtbot.waitUntil(lambda: bool(page.pulls.shares), timeout=60_000)
    assert not weak.warning.isVisible()
    assert weak.bar.accessibleName() == f"Share of the gradient: {percent(page.pulls.shares[0])}"
    workspace.draft.change("epochs", 7)
    assert page.pulls.shares  # which does not depend on that
    workspace.draft.replace({**workspace.draft.value, "methods": METHODS[1:]})
    qtbot.waitUntil(lambda: not page.pulls.is_measuring, timeout=60_000)
    assert not rows(page)[0].pull.isVisible()  # one method has all of it


@pytest.mark.slow
def test_that_another_draft_gives_up_what_was_being_measured(qtbot, page: SetupPage, workspace: Workspace) -> None:
    asked = []
    page.pulls.arrived.connect(lambda: asked.append(page.pulls.shares))
    qtbot.waitUntil(lambda: page.pulls.is_measuring, timeout=60_000)
    workspace.draft.change("methods[1].temperature", 2.0)
    assert page.pulls.shares == ()
    qtbot.waitUntil(lambda: bool(page.pulls.shares), timeout=60_000)
    assert [len(shares) for shares in asked if shares] == [2]  # one answer, to the last question


@pytest.mark.parametrize(("share", "words"), [(0.5, "50%"), (0.0123, "1.2%"), (0.0004, "<0.1%"), (0.0, "0%")])
def test_that_a_share_is_told_in_few_figures(share: float, words: str) -> None:
    assert percent(share) == words
