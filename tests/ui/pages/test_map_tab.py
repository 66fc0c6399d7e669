"""The Map tab on a real run: linked maps, lasso, colours."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QWidget

from kdstudio.analysis.embedding import answers, neighbours, preservation
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


def test_that_it_tells_how_many_neighbours_are_kept(opened: Open, run: Path, workspace: Workspace):
    tab = opened(run)
    found = workspace.run.predictions("validation", "last")
    near = {who: neighbours(answers(one)) for who, one in found.items()}
    kept, alone = (preservation(near["teacher"], near[who]) for who in ("student", "baseline"))
    assert f"{kept:.0%} are nearest to the student too; without teacher {alone:.0%}" in tab.told.text()


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
