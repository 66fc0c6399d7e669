"""The Tokens tab on a real run of a language model: what is coloured, chosen, and said of a passage."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from kdstudio.core.types import log_softmax
from kdstudio.ui.charts.token_text import TokenText
from kdstudio.ui.tabs.tokens import TokensTab
from kdstudio.ui.workspace import Workspace
from tests.small_language import language_recipe, write_exchanges
from tests.small_task import trained

Open = Callable[..., TokensTab]


@pytest.fixture(scope="module")
def language(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two epochs on lines of random words."""
    place = tmp_path_factory.mktemp("language")
    return trained(language_recipe(place), place / "run")


@pytest.fixture
def opened(open_tab, workspace: Workspace, language: Path) -> Open:
    return lambda size=(1360, 766): open_tab(
        language, "tokens", lambda tab: bool(tab.text._passages) and not workspace.analyses.is_busy, size
    )


def test_that_each_token_is_coloured_by_what_the_models_answered_there(opened: Open, workspace: Workspace):
    tab = opened()
    found = workspace.run.predictions("validation", "last")
    teacher, student = (log_softmax(np.asarray(found[who].logits)) for who in ("teacher", "student"))
    gaps = (np.exp(teacher) * (teacher - student)).sum(axis=1)
    passages = workspace.run.passages("validation")
    assert passages is not None
    first = tab.text._passages[0]
    rows = np.searchsorted(found["student"].index, passages.indices(0))
    np.testing.assert_allclose(first.values, gaps[rows], rtol=1e-5)
    assert list(first.words) == [found["student"].class_names[token] for token in passages.of(0)[1:]]
    tab.kind._choose(2)
    truth = -student[rows, found["student"].targets[rows]]
    np.testing.assert_allclose(tab.text._passages[0].values, truth, rtol=1e-5)


def test_that_a_click_on_a_word_opens_what_was_expected_there(opened: Open, qtbot, workspace: Workspace):
    tab = opened()
    text: TokenText = tab.text
    place = text._places[0][1].center().toPoint()
    qtbot.mouseClick(text, Qt.MouseButton.LeftButton, pos=place)
    passages = workspace.run.passages("validation")
    assert passages is not None
    assert workspace.view.current == passages.indices(0)[1]
    assert tab.foot.text() == "KL per token"
    assert "passage 1" in tab.mean.text()
    qtbot.keyClick(text, Qt.Key.Key_Right)
    assert workspace.view.current == passages.indices(0)[2]
    qtbot.mouseClick(tab.bars, Qt.MouseButton.LeftButton, pos=QPoint(2, 2))
    assert workspace.view.current == passages.indices(0)[0]
    face = tab.exploration.face(int(passages.indices(0)[1]))
    assert face is not None
    assert face.words.endswith("____")
    one = tab.exploration.one(int(passages.indices(0)[1]))
    assert one is not None
    assert one.words == "Passage 1, token 2"


def test_that_the_tiles_are_about_the_passage(opened: Open, workspace: Workspace):
    tab = opened()
    passages = workspace.run.passages("validation")
    assert passages is not None
    workspace.view.show(int(passages.indices(3)[0]))
    found = workspace.run.predictions("validation", "last")
    rows = np.searchsorted(found["student"].index, passages.indices(3))
    student = log_softmax(np.asarray(found["student"].logits))[rows, found["student"].targets[rows]]
    assert tab.tiles["student"].accessibleName().startswith(f"Perplexity, student: {np.exp(-student.mean()):.1f}")
    same = (found["student"].labels[rows] == found["teacher"].labels[rows]).mean()
    assert tab.tiles["same"].accessibleName().startswith(f"Same next token: {same:.0%}")


def test_that_words_flow_anew_in_a_narrow_window_and_none_is_lost(opened: Open):
    wide, narrow = (opened(size).text for size in ((1360, 766), (900, 600)))
    assert sum(map(len, wide._places)) == sum(map(len, narrow._places))
    assert narrow.minimumHeight() >= wide.minimumHeight()
    assert all(rect.right() <= narrow.width() for rects in narrow._places for rect in rects)


def test_that_a_chart_can_be_taken_away_as_picture_and_numbers(opened: Open):
    tab = opened()
    assert not tab.text.picture().isNull()
    assert tab.text.as_csv().splitlines()[0] == "passage,token,index,value"
    assert tab.bars.as_csv().startswith("token,value\n")
    assert b"<svg" in tab.text.as_svg()


def test_that_other_runs_have_no_such_tab(open_tab, run: Path):
    tab = open_tab(run, "input", lambda tab: tab.exploration.seen is not None)
    page = tab.window()
    assert "tokens" not in page.line.tabs._values


def test_that_the_tokens_of_a_prompt_are_shown_and_nothing_is_said_of_them(
    open_tab, workspace: Workspace, qtbot, tmp_path: Path
):
    value = language_recipe(tmp_path, epochs=1, baseline=False)
    value["data"] = {**value["data"], "path": str(write_exchanges(tmp_path / "exchanges.jsonl"))}
    run = trained(value, tmp_path / "run")
    tab = open_tab(run, "tokens", lambda tab: bool(tab.text._passages) and not workspace.analyses.is_busy)
    found = workspace.run.predictions("validation", "last")["student"]
    passages = workspace.run.passages("validation")
    assert passages is not None
    one = tab.text._passages[0]
    own = found.index[found.index // passages.places == passages.row[0]]
    assert one.index[one.index >= 0].tolist() == own.tolist()
    assert np.isfinite(one.values[one.index >= 0]).all()
    assert np.isnan(one.values[one.index < 0]).all()
    assert len(one.words) > len(own) + 3
    given = tab.text._places[0][0].center().toPoint()
    qtbot.mouseClick(tab.text, Qt.MouseButton.LeftButton, pos=given)
    assert workspace.view.current not in passages.indices(0)[: len(one.words) - len(own) - 1]
    workspace.view.show(int(own[0]))
    qtbot.keyClick(tab.text, Qt.Key.Key_Right)
    assert workspace.view.current == own[1]
    qtbot.keyClick(tab.text, Qt.Key.Key_Left)
    qtbot.keyClick(tab.text, Qt.Key.Key_Left)
    assert workspace.view.current == own[0]
    assert list(tab.rows()) == own.tolist()
    qtbot.mouseClick(tab.bars, Qt.MouseButton.LeftButton, pos=QPoint(2, 2))
    assert workspace.view.current == own[0]
