"""The Classes tab on a real run: matrices, pairs and classes, and the inputs behind them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QWidget

from kdstudio.analysis import calibration, per_class, similarity
from kdstudio.analysis.confusion import confusion, in_doubt
from kdstudio.core.types import Predictions
from kdstudio.ui.panels.understand.class_doubt import classes_of, doubt_of
from kdstudio.ui.panels.understand.matrices_card import MatricesCard
from kdstudio.ui.panels.understand.seen import look
from kdstudio.ui.tabs.classes import ClassesTab
from kdstudio.ui.widgets.labels import Label
from kdstudio.ui.workspace import Workspace

WIDE, NARROW = (1360, 766), (968, 550)
Open = Callable[..., ClassesTab]


@pytest.fixture
def opened(open_tab, workspace: Workspace) -> Open:
    return lambda folder, size=WIDE: open_tab(
        folder, "classes", lambda tab: bool(tab.card.shown()) and not workspace.analyses.is_busy, size
    )


def stored(workspace: Workspace) -> tuple[Predictions, Predictions, Predictions]:
    found = workspace.run.predictions("validation", "last")
    return found["teacher"], found["student"], found["baseline"]


def cell(tab: ClassesTab, which: int, i: int, j: int) -> QPoint:
    return tab.card.matrices.places().cell_rect(which, i, j).center().toPoint()


def shown(tab: ClassesTab) -> list[np.ndarray]:
    return [one.values for one in tab.card.matrices._shown]


def test_that_the_matrices_are_the_doubt_in_the_teachers_order(opened: Open, run: Path, workspace: Workspace):
    tab = opened(run)
    teacher, student, _ = stored(workspace)
    first, second = (similarity.doubt(one, teacher.targets, 4.0) for one in (teacher, student))
    order = similarity.order(first)
    np.testing.assert_allclose(shown(tab)[0], first[np.ix_(order, order)])
    np.testing.assert_allclose(shown(tab)[1], second[np.ix_(order, order)])
    np.testing.assert_allclose(shown(tab)[2], (second - first)[np.ix_(order, order)])
    one, other = (matrix.top for matrix in tab.card.matrices._shown[:2])
    assert one == other == pytest.approx(max(np.nanmax(first), np.nanmax(second)))


def test_that_cells_have_the_colours_of_their_values(opened: Open, run: Path):
    tab = opened(run)
    matrices = tab.card.matrices
    picture = matrices.grab().toImage()
    for which, one in enumerate(matrices._shown):
        corner = matrices.places().cell_rect(which, 0, 4).topLeft().toPoint() + QPoint(5, 3)  # beside the number
        seen = picture.pixelColor(corner)
        assert (seen.red(), seen.green(), seen.blue()) == tuple(one.colours(is_log=False)[0, 4].tolist())


def test_that_the_lens_moves_the_matrices(qtbot, opened: Open, run: Path, workspace: Workspace):
    tab = opened(run)
    workspace.view.set_lens(9.0)
    teacher, _, _ = stored(workspace)
    expected = similarity.doubt(teacher, teacher.targets, 9.0)[np.ix_(tab.classes.order, tab.classes.order)]
    qtbot.waitUntil(lambda: np.allclose(shown(tab)[0], expected, equal_nan=True))
    assert "at T 9" in tab.card.caption.text()


def test_that_a_cell_selects_its_class_by_doubt(qtbot, opened: Open, run: Path, workspace: Workspace):
    tab = opened(run)
    _, student, _ = stored(workspace)
    i, j = int(tab.classes.order[2]), int(tab.classes.order[5])
    qtbot.mouseClick(tab.card.matrices, Qt.MouseButton.LeftButton, pos=cell(tab, 1, 2, 5))
    expected = student.index[in_doubt(student, student.targets, i, j)]
    assert workspace.view.selection.rows == tuple(expected.tolist())
    assert workspace.view.selection.words == f"{i} with doubt on {j}"
    assert workspace.view.current == expected[0]
    more = Qt.KeyboardModifier.ControlModifier
    qtbot.mouseClick(tab.card.matrices, Qt.MouseButton.LeftButton, more, cell(tab, 1, 3, 5))
    assert len(workspace.view.selection.rows) == np.isin(student.targets, [i, tab.classes.order[3]]).sum()


def test_that_counts_select_exactly_the_inputs_that_they_count(qtbot, opened: Open, run: Path, workspace: Workspace):
    tab = opened(run)
    _, student, _ = stored(workspace)
    tab.card.mode.set_value("counts")
    tab.card.modeChosen.emit("counts")
    counted = confusion(student.targets, student.labels, 10)[np.ix_(tab.classes.order, tab.classes.order)]
    off = ~np.eye(10, dtype=bool)
    qtbot.waitUntil(lambda: np.array_equal(shown(tab)[1][off], counted[off]))
    i, j = np.argwhere((counted > 0) & off)[0]
    qtbot.mouseClick(tab.card.matrices, Qt.MouseButton.LeftButton, pos=cell(tab, 1, i, j))
    assert len(workspace.view.selection.rows) == counted[i, j]
    assert " taken for " in workspace.view.selection.words


def test_that_model_against_model_counts_disagreements(qtbot, opened: Open, run: Path, workspace: Workspace):
    tab = opened(run)
    teacher, student, _ = stored(workspace)
    tab.card.mode.set_value("models")
    tab.card.modeChosen.emit("models")
    qtbot.waitUntil(lambda: tab.card.shown() == ["student", "baseline"])
    assert np.nansum(shown(tab)[0]) == (teacher.labels != student.labels).sum()
    assert not tab.card.against.isVisible()


def test_that_the_keyboard_moves_a_cursor_and_chooses(qtbot, opened: Open, run: Path, workspace: Workspace):
    tab = opened(run)
    matrices = tab.card.matrices
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Return):
        qtbot.keyClick(matrices, key)
    i, j = tab.classes.order[1], tab.classes.order[2]
    assert workspace.view.selection.words == f"{i} with doubt on {j}"
    assert matrices.accessibleDescription().startswith(f"{i} → {j}: Teacher ")


def test_that_a_name_selects_its_class(qtbot, opened: Open, run: Path, workspace: Workspace):
    tab = opened(run)
    rect = tab.card.matrices.places().row_name(4)
    qtbot.mouseClick(tab.card.matrices, Qt.MouseButton.LeftButton, pos=rect.center().toPoint())
    _, student, _ = stored(workspace)
    k = int(tab.classes.order[4])
    assert set(workspace.view.selection.rows) == set(student.index[student.targets == k].tolist())


def test_that_a_pair_selects_its_inputs(qtbot, opened: Open, run: Path, workspace: Workspace):
    tab = opened(run)
    button = next(button for rows in tab.lists.rows.values() for button in rows)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert " with doubt on " in workspace.view.selection.words
    assert workspace.view.selection.rows


def test_that_classes_tell_recall_and_are_sorted_by_change(qtbot, opened: Open, run: Path, workspace: Workspace):
    tab = opened(run)
    _, student, baseline = stored(workspace)
    gained = per_class.recall(student, student.targets) - per_class.recall(baseline, baseline.targets)
    rows = tab.numbers.rows._rows
    assert [row.change for row in rows] == pytest.approx(sorted(gained, reverse=True))
    assert sum(row.count for row in rows) == len(student.index)
    mean = np.average([row.values["student"] for row in rows], weights=[row.count for row in rows])
    assert mean == pytest.approx(calibration.accuracy(student))
    qtbot.mouseClick(tab.numbers.rows, Qt.MouseButton.LeftButton, pos=QPoint(100, 9))
    assert workspace.view.selection.words == rows[0].name


def test_that_the_structure_tile_leads_here(qtbot, opened: Open, run: Path, workspace: Workspace):
    page = opened(run).window()
    page.open_tab("input")
    qtbot.mouseClick(page.tiles.tiles["structure"], Qt.MouseButton.LeftButton)
    assert page.line.tabs.value() == "classes"


def test_that_it_follows_the_epoch(qtbot, opened: Open, run: Path, workspace: Workspace):
    tab = opened(run)
    before = shown(tab)[1].copy()
    workspace.view.set_epoch(1)
    qtbot.waitUntil(lambda: not np.allclose(shown(tab)[1], before, equal_nan=True))
    assert tab.classes.seen.epoch == 1


def test_that_without_a_teacher_the_student_stands_alone(opened: Open, alone: Path):
    tab = opened(alone)
    assert tab.card.shown() == ["student"]
    assert not tab.pairs.isVisible()
    assert tab.numbers.isVisible()


def test_that_numbers_and_pictures_can_be_taken_along(opened: Open, run: Path):
    tab = opened(run)
    lines = tab.card.matrices.as_csv().splitlines()
    assert lines[0] == "row,column,teacher,student,difference"
    assert len(lines) == 1 + 90
    assert b"<svg" in tab.card.matrices.as_svg()
    assert tab.card.matrices.picture().width() == 2 * tab.card.matrices.width()
    assert {"Save SVG…", "Save CSV…"} <= {action.text() for action in tab.card.menu.menu().actions()}


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_that_words_fit_and_controls_have_names(qtbot, opened: Open, run: Path, size: tuple[int, int]):
    tab = opened(run, size)
    labels = tab.findChildren(Label)  # laid out after they were filled
    qtbot.waitUntil(lambda: [one.text() for one in labels if one.isVisible() and one.is_elided()] == [])
    for part in tab.findChildren(QWidget):
        if part.isVisible() and part.focusPolicy() & Qt.FocusPolicy.TabFocus:
            assert part.accessibleName(), f"{type(part).__name__} has no name"


def test_that_groups_of_many_classes_open_on_a_click_and_close_again(qtbot):
    names = tuple(f"class {k}" for k in range(240))
    draw = np.random.default_rng(1)
    targets = np.repeat(np.arange(240), 3)
    found = {
        who: Predictions(np.arange(720), targets, draw.normal(size=(720, 240)) + 6 * np.eye(240)[targets], names)
        for who in ("teacher", "student")
    }
    classes = classes_of(look(found, "validation", "last", 4.0), 4.0)
    card, chosen = MatricesCard(), []
    qtbot.addWidget(card)
    card.chosen.connect(lambda *told: chosen.append(told))
    card.set_doubt(classes, doubt_of(classes, "doubt", 4.0))
    assert sorted(np.concatenate(classes.groups).tolist()) == list(range(240))
    assert card.is_grouped
    assert card.matrices._shown[0].values.shape == (len(classes.groups),) * 2
    assert card.back.isHidden()
    card.matrices.chosen.emit(0, 0, 1, False)
    inside = np.concatenate(classes.groups[:2])
    assert chosen == []
    np.testing.assert_array_equal(card.matrices._shown[0].values, classes.doubt("teacher", 4.0)[np.ix_(inside, inside)])
    card.matrices.chosen.emit(1, 0, 1, False)
    assert chosen == [("student", int(inside[0]), int(inside[1]), False)]
    card.back.click()
    assert card.is_grouped
