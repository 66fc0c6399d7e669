"""The Understand page on real runs: scikit-learn's digits, a teacher that makes mistakes, a student and a baseline."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QWidget

from kdstudio.analysis import calibration, outcomes
from kdstudio.analysis.agreement import mean_kl
from kdstudio.analysis.summary import metrics
from kdstudio.analysis.telling import most_telling
from kdstudio.core.events import Evaluated
from kdstudio.core.types import Predictions, softmax
from kdstudio.data.face import Face
from kdstudio.recipe.recipe import load
from kdstudio.ui.pages.understand import UnderstandPage
from kdstudio.ui.panels.understand.one_input import OneInput
from kdstudio.ui.widgets.labels import Label
from kdstudio.ui.workspace import Workspace

WIDE, NARROW = (1360, 766), (968, 550)


Open = Callable[..., UnderstandPage]


@pytest.fixture
def opened(qtbot, workspace: Workspace) -> Open:
    def open_page(folder: Path, size: tuple[int, int] = WIDE, seen: bool = True) -> UnderstandPage:
        workspace.run.open(folder)
        page = UnderstandPage(workspace)
        qtbot.addWidget(page)
        page.resize(*size)
        page.show()
        if seen:
            qtbot.waitUntil(lambda: page.exploration.seen is not None and page.tiles.shows_numbers)
        return page

    return open_page


def stored(
    workspace: Workspace, split: str = "validation", epoch: str = "last"
) -> tuple[Predictions, Predictions, Predictions]:
    found = workspace.run.predictions(split, epoch)
    return found["teacher"], found["student"], found["baseline"]


def tile(page: UnderstandPage, metric: str) -> str:
    return page.tiles.tiles[metric].accessibleName()


def test_that_tiles_show_what_the_analysis_computes(opened: Open, run: Path, workspace: Workspace):
    page = opened(run)
    teacher, student, baseline = stored(workspace)
    mine, without = metrics(student, teacher, 4.0), metrics(baseline, teacher, 4.0)
    accuracy = calibration.accuracy(teacher)
    assert tile(page, "accuracy") == (
        f"Accuracy: {mine['accuracy']:.1%}, Teacher {accuracy * 100:.1f} · without {without['accuracy'] * 100:.1f}"
    )
    assert tile(page, "agreement").startswith(f"Agreement: {mine['agreement']:.1%}, Without teacher")
    assert tile(page, "inherited").startswith(f"Inherited mistakes: {mine['inherited']:.0%}")
    assert f"r {mine['structure']:.2f}".replace("0.", ".") in tile(page, "structure")


def test_that_it_opens_on_the_most_telling_input(opened: Open, run: Path, workspace: Workspace):
    page = opened(run)
    teacher, student, baseline = stored(workspace)
    first = most_telling(teacher, student, baseline, 4.0)[0]
    assert workspace.view.current == student.index[first]
    assert page.inspector.place.text().startswith("1 of ")
    assert page.inspector.sentence.words()


def test_that_the_lens_moves_the_bars_at_once_and_the_softness_gap_soon(qtbot, opened: Open, run: Path, workspace):
    page = opened(run)
    before = tile(page, "kl")
    workspace.view.set_lens(9.0)
    teacher, student, _ = stored(workspace)
    at = page.exploration.seen.index.position(workspace.view.current)
    expected = np.sort(softmax(teacher.logits[at], 9.0))[::-1]
    assert np.allclose([row.teacher for row in page.inspector.butterfly.rows()], expected)
    assert tile(page, "kl") == before
    qtbot.waitUntil(lambda: tile(page, "kl") != before)
    assert np.allclose([row.teacher for row in page.tabs["input"].panel.butterfly.rows()], expected)
    gap = mean_kl(teacher, student, 9.0)
    assert f"{gap:.3f}"[1:] in tile(page, "kl") or f"{gap:.2f}"[1:] in tile(page, "kl")


def test_that_a_click_on_inherited_selects_exactly_those_inputs(qtbot, opened: Open, run: Path, workspace):
    page = opened(run)
    page.open_tab("disagreements")
    teacher, student, _ = stored(workspace)
    expected = set(student.index[outcomes.outcomes(teacher, student).inherited].tolist())
    assert expected
    table = page.tabs["disagreements"].panel.table
    qtbot.mouseClick(table, Qt.MouseButton.LeftButton, pos=QPoint(table.width() - 40, 165))
    assert set(workspace.view.selection.rows) == expected == set(page.tabs["disagreements"].panel.grid.rows())
    assert page.line.pill.text() == f"Inherited mistakes · {len(expected)} inputs"
    assert page.inspector.place.text() == f"1 of {len(expected)}"
    qtbot.mouseClick(page.line.pill, Qt.MouseButton.LeftButton)
    assert workspace.view.selection.rows == ()
    assert not page.line.pill.isVisible()


@pytest.mark.parametrize("name", ["lost", "fixed", "different"])
def test_that_chips_select_and_clear(qtbot, opened: Open, run: Path, workspace: Workspace, name: str):
    page = opened(run)
    page.open_tab("disagreements")
    expected = page.exploration.seen.outcomes[name]
    pill = page.tabs["disagreements"].panel.pills[name]
    assert pill.text().endswith(f" {len(expected)}")
    qtbot.mouseClick(pill, Qt.MouseButton.LeftButton)
    assert len(workspace.view.selection.rows) == len(expected)
    assert pill.isChecked()
    qtbot.mouseClick(pill, Qt.MouseButton.LeftButton)
    assert workspace.view.selection.words == ""


def test_that_keys_walk_through_the_selection(qtbot, opened: Open, run: Path, workspace: Workspace):
    page = opened(run)
    page.exploration.choose_outcome("lost")
    rows = workspace.view.selection.rows
    assert workspace.view.current == rows[0]
    qtbot.keyClick(page, Qt.Key.Key_Right)
    assert (workspace.view.current, page.inspector.place.text()) == (rows[1], f"2 of {len(rows)}")
    for _ in range(2):
        qtbot.keyClick(page, Qt.Key.Key_Left)
    assert workspace.view.current == rows[0]
    qtbot.keyClick(page, Qt.Key.Key_Escape)
    assert workspace.view.selection.words == ""


def test_that_d_and_i_find_the_next_ones_but_not_while_typing(qtbot, opened: Open, run: Path, workspace: Workspace):
    page = opened(run)
    seen, view = page.exploration.seen, workspace.view
    qtbot.keyClick(page, Qt.Key.Key_D)
    at = seen.index.position(view.current)
    assert seen.labels["teacher"][at] != seen.labels["student"][at]
    qtbot.keyClick(page, Qt.Key.Key_I)
    assert seen.outcome(view.current) == "inherited"
    before = view.current
    qtbot.keyClick(page.filter.editor, Qt.Key.Key_D)
    assert view.current == before
    assert page.filter.text() == "d"


def test_that_the_list_is_sorted_and_filtered(qtbot, opened: Open, run: Path, workspace: Workspace):
    page = opened(run)
    listed, seen = page.tabs["input"].panel.list, page.exploration.seen
    listed.sort_by("kl")
    assert listed.rows()[0] == seen.student.index[np.argmax(seen.kl)]
    qtbot.keyClicks(page.filter.editor, "7")
    qtbot.waitUntil(lambda: workspace.view.selection.filter == "7")
    assert listed.rows()[0] == max(listed.rows(), key=lambda row: seen.kl[seen.index.position(row)])
    shown = [seen.index.position(row) for row in listed.rows()]
    assert shown
    assert all(7 in (seen.targets[at], *(labels[at] for labels in seen.labels.values())) for at in shown)
    assert page.inspector.place.text().endswith(f" of {len(shown)}")


def test_that_a_tile_leads_to_what_explains_it(qtbot, opened: Open, run: Path, workspace: Workspace):
    page = opened(run)
    qtbot.mouseClick(page.tiles.tiles["inherited"], Qt.MouseButton.LeftButton)
    assert page.line.tabs.value() == "disagreements"
    assert workspace.view.selection.words == "Inherited mistakes"
    qtbot.mouseClick(page.tiles.tiles["kl"], Qt.MouseButton.LeftButton)
    assert (page.line.tabs.value(), page.tabs["input"].panel.list.sort.value()) == ("input", "kl")


def test_that_a_click_in_the_grid_shows_the_input(qtbot, opened: Open, run: Path, workspace: Workspace):
    page = opened(run)
    page.open_tab("disagreements")
    page.exploration.choose_outcome("lost")
    grid = page.tabs["disagreements"].panel.grid
    qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(190, 40))
    assert workspace.view.current == grid.rows()[1]
    assert page.tabs["disagreements"].panel.counted.text().endswith(f"of {len(grid.rows())} shown")


def test_that_the_test_split_is_shown_at_the_best_epoch(qtbot, opened: Open, run: Path, workspace: Workspace):
    page = opened(run)
    workspace.view.set_split("test")
    workspace.view.set_epoch("best")
    qtbot.waitUntil(lambda: page.exploration.seen is not None and page.exploration.seen.split == "test")
    teacher, student, _ = stored(workspace, "test", "best")
    qtbot.waitUntil(lambda: f"{metrics(student, teacher)['accuracy']:.1%}" in tile(page, "accuracy"))
    assert workspace.run.summary["student"]["accuracy"] == metrics(student)["accuracy"]


def test_that_a_selected_outcome_follows_the_epoch(qtbot, opened: Open, run: Path, workspace: Workspace):
    page = opened(run)
    page.exploration.choose_outcome("lost")
    workspace.view.set_epoch(1)
    qtbot.waitUntil(lambda: page.exploration.seen.epoch == 1)
    seen = page.exploration.seen
    assert set(workspace.view.selection.rows) == set(seen.rows(seen.outcomes["lost"]).tolist())


def test_that_a_run_without_teacher_says_so(qtbot, opened: Open, alone: Path, workspace: Workspace):
    page = opened(alone)
    assert tile(page, "agreement") == "Agreement: –, This run has no teacher"
    assert "No baseline" in tile(page, "accuracy")
    page.open_tab("disagreements")
    assert not page.tabs["disagreements"].panel.left.isVisible()
    assert page.tabs["disagreements"].panel.empty.isVisible()
    for key in (Qt.Key.Key_D, Qt.Key.Key_I, Qt.Key.Key_B, Qt.Key.Key_Right):
        qtbot.keyClick(page, key)


def test_that_a_run_without_baseline_asks_for_one(opened: Open, run: Path, workspace: Workspace, tmp_path: Path):
    copy = Path(shutil.copytree(run, tmp_path / "run"))
    shutil.rmtree(copy / "predictions" / "baseline")
    page = opened(copy)
    assert page.note.isVisible()
    assert "no baseline" in tile(page, "accuracy")
    page.open_tab("disagreements")
    assert "Train a baseline" in page.tabs["disagreements"].panel.sentence.text()


def test_that_without_labels_disagreements_remain(opened: Open, run: Path, workspace: Workspace, tmp_path: Path):
    copy = Path(shutil.copytree(run, tmp_path / "run"))
    for path in copy.glob("predictions/*/validation/targets.npy"):
        np.save(path, np.full_like(np.load(path), -1))
    page = opened(copy)
    assert tile(page, "accuracy") == "Accuracy: –, The data has no labels"
    page.open_tab("disagreements")
    assert not page.tabs["disagreements"].panel.left.isVisible()
    assert page.tabs["disagreements"].panel.grid.rows() == page.exploration.shown()[1]
    assert page.exploration.shown()[0] == "disagreement"


def test_that_it_says_why_there_is_nothing(qtbot, opened: Open, run: Path, workspace: Workspace, tmp_path: Path):
    page = UnderstandPage(workspace)
    qtbot.addWidget(page)
    page.show()
    assert "Train a student" in page.empty.sentence.words()
    workspace.run.begin(tmp_path / "soon", load(run / "recipe.json"))
    assert page.empty.sentence.words() == "First results after epoch 1."
    assert not page.inspector.isVisible()


def test_that_evaluations_in_a_burst_are_looked_at_once(qtbot, opened: Open, run: Path, workspace: Workspace):
    page = opened(run)
    looked: list[bool] = []
    page.exploration.seenChanged.connect(lambda: looked.append(True))
    for learner in ("student", "baseline", "student"):
        workspace.run.feed([Evaluated(step=9, epoch=3, learner=learner, split="validation", metrics={})])
    qtbot.waitUntil(lambda: bool(looked))
    qtbot.waitUntil(lambda: not workspace.analyses.is_busy)
    assert len(looked) == 1


def test_that_a_hidden_page_rests(opened: Open, run: Path, workspace: Workspace):
    page = opened(run)
    page.hide()
    seen = page.exploration.seen
    workspace.view.set_epoch(1)
    assert not workspace.analyses.is_busy
    assert page.exploration.seen is seen


def test_that_a_picture_from_outside_has_a_way_back(qtbot, opened: Open, run: Path, workspace: Workspace):
    page = opened(run)
    place = page.inspector.place.text()
    names = page.exploration.seen.class_names
    one = OneInput("mine.png", names, np.arange(10.0), np.arange(10.0)[::-1])
    page.inspection.own.answered.emit(one, Face("image", np.zeros((1, 8, 8), np.uint8)))
    assert page.inspector.own.text() == "mine.png"
    assert page.inspector.butterfly.rows()[0].name == names[0]
    qtbot.mouseClick(page.inspector.back, Qt.MouseButton.LeftButton)
    assert not page.inspector.own.isVisible()
    assert page.inspector.place.text() == place


def test_that_a_narrow_page_has_the_inspector_over_it(qtbot, opened: Open, run: Path, workspace: Workspace):
    page = opened(run, NARROW)
    assert not page.inspector.isVisible()
    qtbot.mouseClick(page.line.inspector, Qt.MouseButton.LeftButton)
    assert page.inspector.isVisible()
    qtbot.keyClick(page, QKeySequence("F4")[0].key())
    assert not page.inspector.isVisible()


@pytest.mark.parametrize("size", [WIDE, NARROW])
@pytest.mark.parametrize("tab", ["input", "disagreements"])
def test_that_words_fit_and_controls_have_names(qtbot, opened: Open, run: Path, workspace: Workspace, size, tab: str):
    page = opened(run, size)
    page.open_tab(tab)
    page.exploration.choose_outcome("inherited")
    if size == NARROW:
        page.toggle_inspector()
    labels = page.findChildren(Label)  # laid out after they were filled
    qtbot.waitUntil(lambda: [one.text() for one in labels if one.isVisible() and one.is_elided()] == [])
    for part in page.findChildren(QWidget):
        if part.isVisible() and part.focusPolicy() & Qt.FocusPolicy.TabFocus:
            assert part.accessibleName(), f"{type(part).__name__} has no name"
