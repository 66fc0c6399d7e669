"""Home with the bundled samples, and with projects that were really made."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QWidget

from kdstudio.core.paths import resource
from kdstudio.project import queue
from kdstudio.project.project import Project
from kdstudio.recipe.recipe import parse
from kdstudio.ui.pages.home import HomePage
from kdstudio.ui.panels.home.computer_card import facts
from kdstudio.ui.panels.home.hero import Hero, stored_example
from kdstudio.ui.panels.home.link_card import ExampleCard, RecentRow
from kdstudio.ui.panels.home.recent_projects import look_at
from kdstudio.ui.widgets.labels import Label
from kdstudio.ui.workspace import Workspace

WIDE, NARROW = (1360, 826), (968, 600)
MACHINE = {
    "device": "cpu",
    "devices": [{"name": "CPU", "kind": "cpu", "memory_bytes": None}],
    "threads": 2,
    "torch": "2.13.0+cpu",
    "python": "3.11.7",
    "memory_bytes": 24_000_000_000,
}


@pytest.fixture
def page(qtbot, workspace: Workspace) -> Iterator[HomePage]:
    made = HomePage(workspace)
    qtbot.addWidget(made)
    made.resize(*WIDE)
    made.show()
    yield made
    for key in ("recent projects", "example pictures"):
        workspace.analyses.drop(key)


def test_that_the_butterfly_shows_the_stored_answers(page: HomePage):
    value = json.loads(resource("samples", "home.json").read_text(encoding="utf-8"))
    logits = np.array(value["teacher"])
    softened = np.exp(logits / value["temperature"])
    expected = np.sort(softened / softened.sum())[::-1]
    rows = page.hero.butterflies[0].rows()
    assert [row.teacher for row in rows[:6]] == pytest.approx(expected[:6])
    assert sum(row.teacher for row in rows) == pytest.approx(1)
    assert next(row.name for row in rows if row.is_truth) == value["class_names"][value["target"]]


def test_that_without_stored_answers_the_words_stand_alone(qtbot):
    hero = Hero(None)
    qtbot.addWidget(hero)
    hero.show()
    hero.set_compact(True)
    assert hero.butterflies == ()
    assert hero.demo.isVisible()
    assert not hero.divider.isVisible()


def test_that_the_stored_example_is_whole():
    example = stored_example()
    assert example is not None
    assert example.picture.shape == (1, 28, 28)
    assert example.sentence


@pytest.mark.parametrize(
    ("button", "signal"),
    [
        ("open-model", "openModelRequested"),
        ("open-dataset", "openDataRequested"),
        ("open-project", "openProjectRequested"),
    ],
)
def test_that_the_strip_asks_for_dialogs(qtbot, page: HomePage, button: str, signal: str):
    with qtbot.waitSignal(getattr(page, signal)):
        qtbot.mouseClick(page.findChild(QAbstractButton, button), Qt.MouseButton.LeftButton)


def test_that_the_demo_button_starts_the_demo(qtbot, page: HomePage, workspace: Workspace):
    with qtbot.waitSignal(workspace.pageRequested) as asked:
        qtbot.mouseClick(page.hero.demo, Qt.MouseButton.LeftButton)
    assert asked.args == ["train"]
    assert workspace.is_demo
    assert workspace.run.is_live
    assert workspace.project is not None
    workspace.engine.kill()
    qtbot.waitUntil(lambda: not workspace.engine.is_running)
    workspace.project.discard()


@pytest.mark.parametrize(("name", "left_out"), [("example-images", []), ("example-unseen", ["Bag"])])
def test_that_an_example_opens_ready_to_train(
    qtbot, page: HomePage, workspace: Workspace, name: str, left_out: list[str]
):
    with qtbot.waitSignal(workspace.pageRequested) as asked:
        qtbot.mouseClick(page.findChild(ExampleCard, name), Qt.MouseButton.LeftButton)
    assert asked.args == ["setup"]
    assert workspace.draft.path("data").endswith("fashion.npz")
    assert list(workspace.draft.value["data"].get("omit", [])) == left_out
    assert not workspace.run.is_live
    assert workspace.project is not None
    workspace.project.discard()


def test_that_the_example_shows_one_real_input_of_each_class(qtbot, page: HomePage):
    qtbot.waitUntil(lambda: page.images.thumbnails[9].pixmap() is not None)
    with np.load(resource("samples", "fashion.npz")) as stored:
        first = stored["x_train"][np.flatnonzero(stored["y_train"] == 9)[0]]
        bag = stored["x_train"][np.flatnonzero(stored["y_train"] == 8)[0]]
    assert np.array_equal(page.images.thumbnails[9]._array[0], first)
    assert np.array_equal(page.unseen.thumbnails[0]._array[0], bag)


def test_that_nothing_recent_is_said_with_a_way_on(qtbot, page: HomePage):
    assert page.recent.empty.isVisible()
    assert page.recent.rows() == []


def test_that_recent_projects_open(qtbot, page: HomePage, workspace: Workspace, tmp_path: Path, run: Path):
    import shutil

    project = Project.create(tmp_path / "blumen", "Blumen")
    shutil.copytree(run, project.runs_folder / run.name)
    project.save(run=run.name)
    untrained = Project.create(tmp_path / "digits", "Digits")
    for one in (untrained, project):
        workspace.settings.remember(one.file)
    workspace.settings.remember(tmp_path / "gone" / "project.kdproj")
    page.refresh()
    qtbot.waitUntil(lambda: len(page.recent.rows()) == 2)
    first, second = page.recent.rows()
    summary = json.loads((run / "summary.json").read_text())
    assert first.project.student == f"{summary['student']['accuracy'] * 100:.1f}%"
    assert first.accessibleName().startswith("Blumen, just now, student")
    assert second.project.student == ""
    assert not page.recent.empty.isVisible()
    with qtbot.waitSignal(workspace.pageRequested) as asked:
        qtbot.mouseClick(first, Qt.MouseButton.LeftButton)
    assert asked.args == ["understand"]
    assert workspace.project is not None
    assert workspace.project.folder == project.folder


def test_that_a_project_says_how_many_runs_wait_in_it(tmp_path: Path):
    project = Project.create(tmp_path / "mine")
    recipe = parse({"data": {"path": "d"}, "student": {"architecture": "mlp"}, "methods": [{"method": "hard_labels"}]})
    queue.add(project.runs_folder / "1", recipe)
    found = look_at([project.file], project.file.stat().st_mtime)
    assert [one.waiting for one in found] == [1]
    assert RecentRow(found[0]).accessibleName() == "mine, 1 run waits · just now"


def test_that_a_damaged_recent_project_is_left_out(tmp_path: Path):
    project = Project.create(tmp_path / "a")
    project.file.write_text("{")
    assert look_at([project.file, tmp_path / "b" / "project.kdproj"]) == []


def test_that_the_computer_is_described(qtbot, page: HomePage, workspace: Workspace):
    names = [fact.name for fact in facts(None, 10**9, 10**9)]
    assert names == ["Processor", "Memory", "PyTorch", "Graphics card"]
    workspace._take_machine(MACHINE)
    told = {part.accessibleName() for part in page.computer.findChildren(QWidget)}
    assert {"Processor: 2 threads", "PyTorch: 2.13", "Graphics card: none, not needed"} <= told


def test_that_a_graphics_card_is_named():
    device = {"name": "cuda:0 NVIDIA H100", "kind": "cuda", "memory_bytes": 80 * 10**9}
    found = facts({**MACHINE, "devices": [*MACHINE["devices"], device]}, 24 * 10**9, 20 * 10**9)
    assert [fact.value for fact in found] == ["2 threads", "24 GB, 20 free", "2.13", "cuda:0 NVIDIA H100, 80 GB"]


def test_that_a_card_that_is_not_used_is_told_with_what_to_do(page: HomePage, workspace: Workspace):
    workspace._take_machine(MACHINE | {"advice": "An RTX 4090 is there. Install the one with CUDA."})
    (line,) = (part for part in page.computer.findChildren(QWidget) if "not used" in part.accessibleName())
    assert line.accessibleName() == "Graphics card: there, but not used"
    assert line.toolTip() == line.accessibleDescription() == "An RTX 4090 is there. Install the one with CUDA."


def test_that_an_engine_that_does_not_start_is_said():
    found = facts(None, 24 * 10**9, 20 * 10**9, "engine could not be started")
    assert [fact.token for fact in found] == ["error", "truth", "error", "error"]


@pytest.mark.parametrize("size", [WIDE, NARROW])
@pytest.mark.parametrize("name", ["dark", "light"])
def test_that_words_fit_and_controls_have_names(qtbot, page: HomePage, workspace: Workspace, dressed, size, name: str):
    dressed.set_name(name)
    workspace._take_machine(MACHINE)
    page.resize(*size)
    labels = page.findChildren(Label)
    qtbot.waitUntil(lambda: [one.text() for one in labels if one.isVisible() and one.is_elided()] == [])
    for part in page.findChildren(QAbstractButton):
        if part.isVisible():
            assert QAccessible.queryAccessibleInterface(part).text(QAccessible.Text.Name), part


def test_that_a_small_page_stacks_and_scrolls_without_an_empty_end(qtbot, page: HomePage):
    page.resize(*NARROW)
    full, few = page.hero.butterflies
    assert (full.isVisible(), few.isVisible()) == (False, True)
    inner = page.area.widget()
    qtbot.waitUntil(lambda: page.computer.y() > page.recent.y() and inner.height() > page.height())
    qtbot.waitUntil(lambda: inner.height() - page.computer.geometry().bottom() <= 40)
