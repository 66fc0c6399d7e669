"""A sweep on the Compare page: its map beside the table, and one run marked everywhere."""

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from kdstudio.core.files import write_json
from kdstudio.recipe.sweep import FILE, Plan, grid
from kdstudio.ui.pages.compare import ComparePage
from kdstudio.ui.workspace import Workspace

OVER = {"methods.soft_targets.temperature": [1, 4], "seed": [0, 1]}


@pytest.fixture
def home(tmp_path: Path, run: Path) -> Path:
    """A sweep of four trials of which two have run, among other runs."""
    plan = Plan({}, Path("/"), OVER, grid(OVER))  # type: ignore[arg-type]
    for trial in plan.trials[:2]:
        shutil.copytree(run, tmp_path / "runs" / "sweep" / trial.name)
    shutil.copytree(run, tmp_path / "runs" / "20261101-100000-mlp")
    write_json(tmp_path / "runs" / "sweep" / FILE, plan.to_value())
    return tmp_path / "runs"


@pytest.fixture
def page(qtbot, workspace: Workspace, home: Path) -> ComparePage:
    made = ComparePage(workspace)
    qtbot.addWidget(made)
    made.resize(1360, 820)
    made.show()
    made.take([home])
    qtbot.waitUntil(lambda: len(made.models.rows) == 3 and bool(made.charts._sweeps))
    return made


def test_that_the_map_is_offered_and_follows_what_is_pointed_at_and_chosen(qtbot, page: ComparePage, home) -> None:
    assert page.charts.tabs.isVisible()
    qtbot.keyClick(page.charts.tabs, Qt.Key.Key_Right)
    assert page.charts.sweep.isVisible()
    chart = page.charts.sweep.chart
    assert page.charts.sweep.told.text() == "2 of 4 trials done"
    done = str(home / "sweep" / "temperature=1,seed=1")
    at = chart.places().cell_rect(0, *next((i, j) for i in (0, 1) for j in (0, 1) if chart.key(i, j) == done))
    qtbot.mouseMove(chart, at.center().toPoint())
    assert page.models.hovered == done
    qtbot.mouseClick(chart, Qt.MouseButton.LeftButton, pos=at.center().toPoint())
    assert page.models.selected == (done,)
    assert page.list.table.rows.shown[page.list.table.currentIndex().row()].key == done


def test_that_without_its_runs_there_is_no_map(qtbot, page: ComparePage) -> None:
    qtbot.keyClick(page.charts.tabs, Qt.Key.Key_Right)
    for row in page.models.rows:
        if "sweep" in row.key:
            page.models.put_away(row.key)
    qtbot.waitUntil(lambda: not page.charts._sweeps)
    assert page.charts.overlay.isVisible()
    assert not page.charts.sweep.isVisible()
