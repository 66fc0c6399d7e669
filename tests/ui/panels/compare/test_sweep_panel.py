"""The map of a sweep: what each cell says, one run everywhere, the keyboard, the words."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from kdstudio.project.facts import Facts
from kdstudio.project.sweep_map import SweepMap, laid_out
from kdstudio.recipe.sweep import Plan, grid
from kdstudio.ui.charts.sweep_grid import SweepGrid
from kdstudio.ui.panels.compare.sweep_panel import SweepPanel

HOME = Path("/sweep")
TWO = {"methods.soft_targets.temperature": [1, 4, 8], "methods.soft_targets.weight": [0.5, 0.9]}
SCORES = {
    "temperature=1,weight=0.5": 0.5,
    "temperature=4,weight=0.5": 0.9,
    "temperature=8,weight=0.5": 0.7,
    "temperature=1,weight=0.9": 0.6,
}


def laid(over: dict) -> SweepMap:
    found = laid_out(HOME, Plan({}, Path("/"), over, grid(over)))
    assert found is not None
    return found


def run(name: str, score: float, state: str = "finished") -> Facts:
    own = {"accuracy": score, "ece": 1 - score}
    return Facts(HOME / name, own=own, state=state, split="test", validation={"student": own})


def facts(scores: dict[str, float]) -> dict[str, Facts]:
    return {str(HOME / name): run(name, score) for name, score in scores.items()}


@pytest.fixture
def panel(qtbot) -> SweepPanel:
    made = SweepPanel()
    qtbot.addWidget(made)
    made.resize(440, 300)
    made.show_sweep(laid(TWO), facts(SCORES))
    made.show()
    return made


def middle(chart: SweepGrid, i: int, j: int) -> QPoint:
    return chart.places().cell_rect(0, i, j).center().toPoint()


def test_that_a_cell_is_its_run_and_a_click_chooses_it(qtbot, panel: SweepPanel) -> None:
    with qtbot.waitSignal(panel.hovered) as pointed:
        qtbot.mouseMove(panel.chart, middle(panel.chart, 0, 1))
    assert pointed.args == [str(HOME / "temperature=4,weight=0.5")]
    assert panel.told.text() == "weight 0.5, temperature 4: validation 90.0%"
    with qtbot.waitSignal(panel.chosen) as chosen:
        qtbot.mouseClick(
            panel.chart, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier, middle(panel.chart, 1, 0)
        )
    assert chosen.args == [str(HOME / "temperature=1,weight=0.9"), True]


def test_that_a_trial_that_has_not_run_is_an_empty_cell(qtbot, panel: SweepPanel) -> None:
    assert panel.told.text() == "4 of 6 trials done"
    assert panel.chart.words(0, 1, 2) == "weight 0.9, temperature 8: not run yet"
    with qtbot.assertNotEmitted(panel.chosen):
        qtbot.mouseClick(panel.chart, Qt.MouseButton.LeftButton, pos=middle(panel.chart, 1, 2))
    assert np.isnan(panel.chart._swept.shares[1, 2])


def test_that_arrows_point_at_runs_and_enter_chooses(qtbot, panel: SweepPanel) -> None:
    panel.chart.setFocus(Qt.FocusReason.TabFocusReason)
    with qtbot.waitSignal(panel.hovered) as pointed:
        qtbot.keyClick(panel.chart, Qt.Key.Key_Right)
    assert pointed.args == [str(HOME / "temperature=4,weight=0.5")]
    assert panel.chart.accessibleDescription() == "weight 0.5, temperature 4: validation 90.0%"
    with qtbot.waitSignal(panel.chosen) as chosen:
        qtbot.keyClick(panel.chart, Qt.Key.Key_Return)
    assert chosen.args == [str(HOME / "temperature=4,weight=0.5"), False]


def test_that_a_run_that_is_pointed_at_elsewhere_is_ringed(panel: SweepPanel) -> None:
    before = panel.chart.grab().toImage()
    panel.set_focus((), str(HOME / "temperature=4,weight=0.5"))
    ring = panel.chart.places().cell_rect(0, 0, 1).topLeft().toPoint() + QPoint(20, -1)
    assert panel.chart.grab().toImage().pixel(ring) != before.pixel(ring)


def test_that_the_best_is_the_strongest_for_errors_too(panel: SweepPanel) -> None:
    panel.score.setCurrentIndex(panel.score.findData("ece"))
    panel.score.activated.emit(panel.score.currentIndex())
    assert panel.chart.title() == "ECE by weight × temperature"
    assert panel.chart._swept.shares[0].tolist() == pytest.approx([0.0, 1.0, 0.5])
    assert panel.chart.scale_words() == (".10", ".50")
    assert "the best is weight 0.5, temperature 4: ECE .10" in panel.chart.as_text()


def test_that_numbers_can_be_taken(panel: SweepPanel) -> None:
    rows = list(csv.reader(io.StringIO(panel.chart.as_csv())))
    assert rows[0] == ["weight", "temperature", "Validation by weight × temperature"]
    assert rows[1:] == [
        ["0.5", "1", "0.5"], ["0.5", "4", "0.9"], ["0.5", "8", "0.7"],
        ["0.9", "1", "0.6"], ["0.9", "4", ""], ["0.9", "8", ""],
    ]  # fmt: skip


def test_that_of_several_runs_in_a_cell_the_best_stands_for_them(panel: SweepPanel) -> None:
    over = {"seed": [0, 1], "epochs": [1, 2, 3], "batch_size": [8, 16, 32]}
    names = [one.name for one in grid(over)]
    panel.show_sweep(laid(over), facts({name: 0.5 + at / 100 for at, name in enumerate(names)}))
    assert panel.told.text() == "18 trials, the best over seed"
    assert panel.chart.words(0, 0, 0).endswith(", the best of 2 runs")
    assert "seed=1" in panel.chart.key(0, 0)


def test_that_one_value_is_a_line_of_points(qtbot, panel: SweepPanel) -> None:
    over = {"epochs": [1, 2, 4]}
    panel.show_sweep(laid(over), facts({"epochs=1": 0.5, "epochs=4": 0.8}))
    panel.grab()
    points = [panel.chart._point(panel.chart.places(), j) for j in range(3)]
    assert points[0].x() < points[1].x() < points[2].x()
    assert points[2].y() < points[0].y()
    with qtbot.waitSignal(panel.chosen) as chosen:
        qtbot.mouseClick(panel.chart, Qt.MouseButton.LeftButton, pos=points[2].toPoint())
    assert chosen.args == [str(HOME / "epochs=4"), False]
    assert panel.chart.words(0, 0, 1) == "epochs 2: not run yet"


def test_that_a_sweep_without_any_result_is_no_error(panel: SweepPanel) -> None:
    panel.show_sweep(laid(TWO), {})
    assert panel.chart.as_text().endswith("no trial has been measured yet")
    panel.grab()
    panel.show_sweep(None, {})
    panel.grab()
