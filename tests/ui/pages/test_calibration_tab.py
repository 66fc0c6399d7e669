"""The Calibration tab on a real run: bins, scores, and a better temperature as a preview."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from kdstudio.analysis import calibration
from kdstudio.analysis.bias_shift import bias_shift, shifted
from kdstudio.analysis.confidence import best_temperature, bins
from kdstudio.core.types import Predictions
from kdstudio.ui.tabs.calibration import CalibrationTab
from kdstudio.ui.widgets.labels import Label
from kdstudio.ui.workspace import Workspace

WIDE, NARROW = (1360, 766), (968, 550)
Open = Callable[..., CalibrationTab]


@pytest.fixture
def opened(open_tab) -> Open:
    return lambda folder, size=WIDE: open_tab(
        folder, "calibration", lambda tab: bool(tab.chart.as_text()) or tab.empty.isVisible(), size
    )


def student(workspace: Workspace) -> Predictions:
    return workspace.run.predictions("validation", "last")["student"]


def test_that_a_point_selects_the_inputs_of_its_bin(qtbot, opened: Open, run: Path, workspace: Workspace):
    tab = opened(run)
    expected = bins(student(workspace))
    at = len(expected) - 1
    areas = tab.chart.areas()
    point = areas.bars.center()
    point.setX(areas.x((expected[at].low + expected[at].high) / 2))
    point.setY(areas.bars.center().y() + 2)
    qtbot.mouseClick(tab.chart, Qt.MouseButton.LeftButton, pos=point.toPoint())
    assert workspace.view.selection.rows == tuple(student(workspace).index[expected[at].positions].tolist())
    assert workspace.view.selection.words == f"Student {expected[at].low:.0%}–{expected[at].high:.0%} sure"


def test_that_scores_are_those_of_the_analysis(opened: Open, run: Path, workspace: Workspace):
    tab, one = opened(run), student(workspace)
    assert tab.errors["student"][0].text() == f"{calibration.ece(one):.3f}".removeprefix("0")
    assert tab.cells["nll", "student"].text() == f"{calibration.nll(one):.3f}".removeprefix("0")
    assert tab.cells["brier", "student"].text() == f"{calibration.brier(one):.3f}".removeprefix("0")


def test_that_the_best_temperature_is_a_preview(qtbot, opened: Open, run: Path, workspace: Workspace):
    tab, one = opened(run), student(workspace)
    best = best_temperature(one)
    assert f"by {best:.2f}, found on validation" in tab.sentence.words()
    qtbot.mouseClick(tab.use, Qt.MouseButton.LeftButton)
    expected = bins(one, temperature=tab.slider.value())
    qtbot.waitUntil(lambda: tab.chart._bins["student"][0].confidence == pytest.approx(expected[0].confidence, rel=1e-2))
    assert tab.now.text().startswith(f"Error at {best:.2f}: ")
    assert tab.errors["student"][0].text() == f"{calibration.ece(one):.3f}".removeprefix("0")


def test_that_bins_may_hold_equally_many_inputs(qtbot, opened: Open, run: Path, workspace: Workspace):
    tab = opened(run)
    tab.kind.set_value("adaptive")
    tab.kind.chosen.emit("adaptive")
    expected = [len(one.positions) for one in bins(student(workspace), adaptive=True)]
    qtbot.waitUntil(lambda: [len(one.positions) for one in tab.chart._bins["student"]] == expected)


def test_that_the_keyboard_chooses_a_bin(qtbot, opened: Open, run: Path, workspace: Workspace):
    tab = opened(run)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Return):
        qtbot.keyClick(tab.chart, key)
    expected = bins(student(workspace))[1]
    assert len(workspace.view.selection.rows) == len(expected.positions)
    assert tab.chart.as_csv().count("student,") == len(bins(student(workspace)))


def test_that_without_labels_it_says_why_there_is_nothing(opened: Open, run: Path, tmp_path: Path):
    copy = Path(shutil.copytree(run, tmp_path / "run"))
    for path in copy.glob("predictions/*/validation/targets.npy"):
        np.save(path, np.full_like(np.load(path), -1))
    tab = opened(copy)
    assert tab.empty.isVisible()
    assert tab.empty.sentence.words().startswith("The data has no labels")
    assert not tab.empty.action.isVisible()


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_that_words_fit_and_controls_have_names(qtbot, opened: Open, run: Path, size: tuple[int, int]):
    tab = opened(run, size)
    labels = tab.findChildren(Label)  # laid out after they were filled
    qtbot.waitUntil(lambda: [one.text() for one in labels if one.isVisible() and one.is_elided()] == [])
    for part in tab.findChildren(QWidget):
        if part.isVisible() and part.focusPolicy() & Qt.FocusPolicy.TabFocus:
            assert part.accessibleName(), f"{type(part).__name__} has no name"


def test_that_shifted_biases_are_told_with_what_they_would_do(opened: Open, run: Path, workspace: Workspace):
    tab = opened(run)
    found = workspace.run.predictions("validation", "last")
    one, shift = found["student"], bias_shift(found["student"], found["teacher"])
    name = one.class_names[int(np.abs(shift).argmax())]
    wrong, moved = ((answers.labels != answers.targets).sum() for answers in (one, shifted(one, shift)))
    assert tab.biases.isVisible()
    assert tab.expected.text().startswith(f"{name}: expected ")
    assert tab.shift.text().endswith(f": {moved} errors, now {wrong}")
