"""The Map tab on a real run: linked maps, lasso, colours."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QWidget

from kdstudio.analysis.embedding import answers, neighbours, preservation
from kdstudio.models.source import load
from kdstudio.ui.panels.understand.seen import OUTCOMES
from kdstudio.ui.tabs.map import MapTab
from kdstudio.ui.widgets.labels import Label
from kdstudio.ui.workspace import Workspace

WIDE, NARROW = (1360, 766), (968, 550)
Open = Callable[..., MapTab]


@pytest.fixture
def opened(open_tab) -> Open:
    return lambda folder, size=WIDE: open_tab(folder, "map", lambda tab: bool(tab.told.text()), size)


def at(tab: MapTab, who: str, k: int) -> QPoint:
    return QPoint(*(round(float(v)) for v in tab.maps._drawn(who)[k]))


def test_that_a_click_shows_the_input_in_both_maps(qtbot, opened: Open, run: Path, workspace: Workspace):
    tab = opened(run)
    k = int(np.argmax(tab.maps._places["teacher"][:, 0]))  # at the edge nothing lies over it
    found = tab.maps.nearest(at(tab, "teacher", k).toPointF())
    qtbot.mouseClick(tab.maps, Qt.MouseButton.LeftButton, pos=at(tab, "teacher", k))
    assert workspace.view.current == tab.exploration.seen.student.index[found]
    assert tab.maps._current == found


def test_that_pointing_at_one_map_says_what_it_is(qtbot, opened: Open, run: Path):
    tab = opened(run)
    qtbot.mouseMove(tab.maps, at(tab, "student", 3))
    tab.maps.pointed.emit(3)
    row = int(tab.exploration.seen.student.index[3])
    assert tab.told.text().startswith(f"Validation input {row}: truth ")


def test_that_a_lasso_with_shift_selects(qtbot, opened: Open, run: Path, workspace: Workspace):
    tab = opened(run)
    rect, shift, left = tab.maps.squares()["student"], Qt.KeyboardModifier.ShiftModifier, Qt.MouseButton.LeftButton
    middle = rect.center().x()
    corners = [(middle, rect.top() + 2), (rect.right() - 2, rect.top() + 2), (rect.right() - 2, rect.bottom() - 2)]
    qtbot.mousePress(tab.maps, left, shift, QPoint(int(middle), int(rect.bottom()) - 2))
    for x, y in corners:
        qtbot.mouseMove(tab.maps, QPoint(int(x), int(y)))
    qtbot.mouseRelease(tab.maps, left, shift, QPoint(int(middle), int(rect.bottom()) - 2))
    expected = tab.exploration.seen.student.index[tab.maps._drawn("student")[:, 0] >= int(middle)]
    assert set(workspace.view.selection.rows) == set(expected.tolist())
    assert workspace.view.selection.words == "Lasso on the student’s map"
    assert tab.maps._bright.sum() == len(expected)
    workspace.view.clear()
    assert tab.maps._bright is None


def lay_out(qtbot, tab: MapTab, kind: str, way: str) -> None:
    for switch, value in ((tab.kind, kind), (tab.way, way)):
        switch.set_value(value)
        switch.chosen.emit(value)
    qtbot.waitUntil(lambda: (tab._shown.kind, tab._shown.way) == (kind, way), timeout=60_000)


def test_that_it_tells_how_many_neighbours_are_kept(qtbot, opened: Open, run: Path, workspace: Workspace):
    tab = opened(run)
    lay_out(qtbot, tab, "answers", "pca")
    found = workspace.run.predictions("validation", "last")
    near = {who: neighbours(answers(one)) for who, one in found.items()}
    kept, alone = (preservation(near["teacher"], near[who]) for who in ("student", "baseline"))
    assert f"{kept:.0%} are nearest to the student too; without teacher {alone:.0%}" in tab.told.text()


def test_that_the_embedding_is_laid_out_where_the_run_keeps_it(qtbot, opened: Open, run: Path, workspace: Workspace):
    tab = opened(run)
    assert (tab._shown.kind, tab._shown.kinds) == ("embedding", ("embedding", "answers"))
    place = run / "predictions" / "student" / "validation" / "last"
    values, rows = np.load(place / "embedding.npy"), np.load(place / "embedding_index.npy")
    student = tab.exploration.seen.student
    assert values.dtype == np.float16
    np.testing.assert_array_equal(rows, student.index)
    model = load(run / "checkpoints" / "last" / "student.safetensors")
    last = [layer for layer in model.module.modules() if isinstance(layer, torch.nn.Linear)][-1]
    with torch.inference_mode():
        again = last(torch.from_numpy(values).float()).numpy()
    np.testing.assert_allclose(again, student.logits, atol=0.02 * np.abs(student.logits).max())
    near = {who: tab._shown.near[who] for who in ("teacher", "student")}
    np.testing.assert_array_equal(near["student"], neighbours(values.astype(np.float64)))
    assert tab._shown.kept["student"] == preservation(near["teacher"], near["student"])


def test_that_answers_are_laid_out_at_other_epochs_and_in_older_runs(
    qtbot, opened: Open, run: Path, workspace: Workspace, tmp_path: Path
):
    older = Path(shutil.copytree(run, tmp_path / "older"))
    for file in older.rglob("embedding*.npy"):
        file.unlink()
    tab = opened(older)
    assert (tab._shown.kind, tab._shown.kinds, tab.kind.isVisible()) == ("answers", ("answers",), False)


def test_that_t_sne_keeps_neighbours_that_two_directions_lose(qtbot, opened: Open, run: Path):
    tab = opened(run)
    before = {who: places.copy() for who, places in tab.maps._places.items()}
    lay_out(qtbot, tab, "embedding", "tsne")
    assert "how far groups are apart means nothing" in tab.told.text()
    near = tab._shown.near["student"]
    flat, kept = (preservation(near, neighbours(places["student"])) for places in (before, tab.maps._places))
    assert kept > flat
    lay_out(qtbot, tab, "embedding", "pca")
    np.testing.assert_array_equal(tab.maps._places["student"], before["student"])


def test_that_points_are_coloured_by_outcome(opened: Open, run: Path):
    tab = opened(run)
    tab.by.set_value("outcome")
    tab.by.chosen.emit("outcome")
    names = [label.text() for label in tab.legend.findChildren(Label)]
    assert names[:5] == [f"● {OUTCOMES[name]}" for name in tab.exploration.seen.outcomes]
    wrong = list(tab.exploration.seen.outcomes).index("inherited")
    assert (tab.maps._numbers == wrong).sum() == len(tab.exploration.seen.outcomes["inherited"])


def test_that_it_follows_the_epoch(qtbot, opened: Open, run: Path, workspace: Workspace):
    tab = opened(run)
    before = tab.maps._places["student"].copy()
    workspace.view.set_epoch(1)
    qtbot.waitUntil(lambda: not np.allclose(tab.maps._places["student"], before))


def test_that_without_a_teacher_there_is_one_map(opened: Open, alone: Path):
    tab = opened(alone)
    assert list(tab.maps.squares()) == ["student"]
    assert tab.told.text() == "There is no teacher to compare with."


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_that_words_fit_and_controls_have_names(qtbot, opened: Open, run: Path, size: tuple[int, int]):
    tab = opened(run, size)
    labels = tab.findChildren(Label)  # laid out after they were filled
    qtbot.waitUntil(lambda: [one.text() for one in labels if one.isVisible() and one.is_elided()] == [])
    for part in tab.findChildren(QWidget):
        if part.isVisible() and part.focusPolicy() & Qt.FocusPolicy.TabFocus:
            assert part.accessibleName(), f"{type(part).__name__} has no name"
