"""Several labels and numbers to predict in the real window, with a real engine: from the data to the exported file."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from kdstudio.analysis.several import company
from kdstudio.ui.main_window import MainWindow
from kdstudio.ui.opening import open_paths
from kdstudio.ui.pages.setup import SetupPage
from kdstudio.ui.pages.train import TrainPage
from kdstudio.ui.pages.understand import UnderstandPage
from kdstudio.ui.panels.methods.method_needs import unmet
from kdstudio.ui.settings import Settings
from kdstudio.ui.widgets.labels import Label
from kdstudio.ui.workspace import Workspace
from tests.small_task import trained
from tests.ui.tasks import MARKS, recipe, taught, write_pictures

TASKS = ("multi_label", "regression")
WAIT = 40_000
P = TypeVar("P", bound=QWidget)
Made = Callable[[str], tuple[Path, Path]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Data and teacher of a task, made when they are first asked for."""
    found: dict[str, tuple[Path, Path]] = {}

    def make(task: str) -> tuple[Path, Path]:
        if task not in found:
            found[task] = taught(tmp_path_factory.mktemp(task), task)
        return found[task]

    return make


@pytest.fixture
def window(qtbot: QtBot, own_home: Path, dressed) -> Iterator[MainWindow]:
    shown = MainWindow(Workspace(Settings(own_home / "settings.json")))
    shown.resize(1440, 900)
    shown.show()
    shown.workspace.start_engine()
    qtbot.waitUntil(lambda: bool(shown.workspace.catalogue.methods), timeout=WAIT)
    yield shown
    shown.closing.decide()


def opened(qtbot: QtBot, window: MainWindow, *paths: Path) -> SetupPage:
    """Open files as if they were dropped, and wait until everything about them was answered."""
    draft = window.workspace.draft
    for path in paths:
        open_paths(window.workspace, [path])
        qtbot.waitUntil(lambda: window.workspace.engine.is_idle, timeout=WAIT)
    window.show_page("setup")
    qtbot.waitUntil(lambda: draft.check is not None and not draft.is_checking and not draft.check.errors, timeout=WAIT)
    qtbot.waitUntil(lambda: window.workspace.engine.is_idle and not window.workspace.analyses.is_busy, timeout=WAIT)
    return page(window, SetupPage)


def page(window: MainWindow, kind: type[P]) -> P:
    return next(iter(window.findChildren(kind)))


@pytest.mark.slow
@pytest.mark.parametrize("task", ["multi_label", "regression"])
def test_that_a_task_goes_from_data_to_the_exported_file(qtbot: QtBot, window: MainWindow, made: Made, task: str):
    data, teacher = made(task)
    setup = opened(qtbot, window, data, teacher)
    draft, is_numbers = window.workspace.draft, task == "regression"
    assert [choice["method"] for choice in draft.value["methods"]] == ["hard_labels", task]
    assert draft.value["optimizer"]["name"] == ("adamw" if is_numbers else "sgd")
    assert ("a number (price)" if is_numbers else "3 labels at once") in setup.data.format.text()
    assert setup.data.balance.isVisible()
    assert ("price, " if is_numbers else "warm ") in setup.data.balance.accessibleDescription()
    name = "R²" if is_numbers else "F1"
    assert setup.teacher.accuracy.accessibleName().startswith(f"{name} on your validation data: 0.")
    assert setup.recipe.preview.shown.isVisible()
    assert setup.recipe.preview.shown.answer.isVisible() == is_numbers
    reason = unmet(draft.catalogue.method("soft_targets"), draft)
    assert "one class for each input" in reason
    assert unmet(draft.catalogue.method(task), draft) == ""

    draft.replace({**draft.value, "epochs": 3, "student": {"architecture": "mlp", "knobs": {"hidden": [8]}},
                   "optimizer": {"name": "adamw", "learning_rate": 0.02}, "batch_size": 32})  # fmt: skip
    qtbot.waitUntil(lambda: not draft.is_checking and not setup.why_not(), timeout=WAIT)
    setup.train()
    run = window.workspace.run
    qtbot.waitUntil(lambda: run.state == "finished", timeout=WAIT)
    assert run.task == task
    window.show_page("train")
    train = page(window, TrainPage)
    assert train.curves.grid.panels["accuracy"].title() == name
    assert train.curves.grid.panels["accuracy"].plot.points["student"].values.size == 3
    assert train.curves.grid.panels["accuracy"].plot.level == pytest.approx(run.score("teacher"))
    assert train.transfer.figures["correlation" if is_numbers else "agreement"].value.text() not in ("–", "")
    qtbot.waitUntil(lambda: bool(train.probes.list.rows()) and train.probes.list.rows()[0].probe.face is not None)
    told = train.probes.list.rows()[0].accessibleDescription()
    assert ("truth " in told) if is_numbers else (MARKS[0] in told)

    window.show_page("understand")
    understand = page(window, UnderstandPage)
    qtbot.waitUntil(lambda: understand.exploration.seen is not None and understand.tiles.shows_numbers, timeout=WAIT)
    shown = [metric for metric, tile in understand.tiles.tiles.items() if tile.isVisible()]
    assert shown[0] == ("r2" if is_numbers else "f1")
    understand.open_tab("disagreements")
    assert understand.tabs["disagreements"].empty.isVisible() == is_numbers
    assert understand.tabs["disagreements"].panel.isVisible() != is_numbers

    window.show_page("export")
    qtbot.waitUntil(lambda: window.findChild(QWidget, "exportButton").isEnabled())
    qtbot.mouseClick(window.findChild(QWidget, "exportButton"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(window.findChildren(QWidget, f"value-{name}")), timeout=WAIT)
    assert window.findChild(Label, f"value-{name}").text().startswith("0.")
    bars = window.findChild(QWidget, "answerBars")
    qtbot.waitUntil(lambda: bars.accessibleName() != "Answer: none yet", timeout=WAIT)
    assert ("price " if is_numbers else "%") in bars.accessibleName()


@pytest.fixture
def understand(qtbot: QtBot, workspace: Workspace) -> Callable[[Path], UnderstandPage]:
    def open_run(run: Path) -> UnderstandPage:
        workspace.run.open(run)
        shown = UnderstandPage(workspace)
        qtbot.addWidget(shown)
        shown.resize(1360, 766)
        shown.show()
        qtbot.waitUntil(lambda: shown.exploration.seen is not None and workspace.inputs.dataset is not None)
        qtbot.waitUntil(lambda: shown.tiles.shows_numbers and shown.inspector.picture.face is not None)
        return shown

    return open_run


@pytest.fixture(scope="module")
def runs(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A run of each task with a teacher: on its table, or on pictures without any target."""
    found: dict[tuple[str, bool], Path] = {}

    def run(task: str, *, known: bool = True) -> Path:
        if (task, known) not in found:
            folder = tmp_path_factory.mktemp(f"{task} run")
            if known:
                data, teacher = made(task)
            else:
                data = write_pictures(folder, task, known=False)
                value = recipe(write_pictures(folder, task, known=True), epochs=3)
                teacher = trained(value, folder / "teacher") / "checkpoints" / "best" / "student.safetensors"
            methods = [{"method": task}, *([{"method": "hard_labels", "weight": 0.3}] if known else [])]
            value = recipe(data, teachers=[{"path": str(teacher)}], methods=methods, baseline=known, epochs=3)
            found[task, known] = trained(value, folder / "run")
        return found[task, known]

    return run


def test_that_labels_are_told_as_sets(qtbot: QtBot, understand, runs) -> None:
    shown = understand(runs("multi_label"))
    seen = shown.exploration.seen
    row = seen.orders["telling"][0]
    true = [name for name, value in zip(MARKS, seen.targets[row], strict=True) if value == 1]
    shown._workspace.view.show(int(seen.student.index[row]))
    assert shown.inspector.truth.accessibleName().endswith(", ".join(true) or "no label")
    marked = {one.name for one in shown.tabs["input"].panel.butterfly.rows() if one.is_truth}
    assert marked == set(true)
    given = {one.name for one in shown.tabs["input"].panel.butterfly.rows() if one.is_student_top}
    assert given == {name for name, logit in zip(MARKS, seen.student.logits[row], strict=True) if logit > 0}
    shown.inspector.set_lens(1.0)
    sharp = {one.name: one.student for one in shown.inspector.butterfly.rows()}
    assert sharp[MARKS[0]] == pytest.approx(1 / (1 + np.exp(-float(seen.student.logits[row][0]))), abs=1e-6)
    shown.open_tab("classes")
    card = shown.tabs["classes"].card
    qtbot.waitUntil(lambda: bool(card.shown()))
    present = seen.targets == 1
    order = shown.tabs["classes"].classes.order
    expected = company(seen.teacher, present, shown._workspace.view.lens)[np.ix_(order, order)]
    np.testing.assert_allclose(card.matrices._shown[0].values, expected)
    qtbot.keyClick(card.matrices, Qt.Key.Key_Return)
    assert len(shown._workspace.view.selection.rows) == present[:, order[0]].sum()
    shown._workspace.view.clear()
    shown.open_tab("map")
    qtbot.waitUntil(lambda: "nearest" in shown.tabs["map"].told.text())
    shown.open_tab("calibration")
    assert "yes or no of its own" in shown.tabs["calibration"].empty.sentence.words()
    shown.open_tab("input")
    shown.filter.editor.setText("windy")
    qtbot.waitUntil(lambda: shown._workspace.view.selection.filter == "windy")
    hit = {seen.index.position(one) for one in shown.tabs["input"].panel.list.rows()}
    wanted = (seen.targets[:, 2] == 1) | np.any(
        [one.logits[:, 2] > 0 for one in (seen.student, seen.teacher, seen.baseline)], 0
    )
    assert hit == set(np.flatnonzero(wanted).tolist())
    shown.open_tab("disagreements")
    counts = seen.counts
    assert sum(
        len(part) for part in (counts.both_right, counts.lost, counts.fixed, counts.inherited, counts.different)
    ) == len(seen)


def test_that_numbers_lie_on_an_axis_and_a_point_chooses_an_input(qtbot: QtBot, understand, runs) -> None:
    shown = understand(runs("regression"))
    seen, view = shown.exploration.seen, shown._workspace.view
    assert shown.tabs["input"].panel.numbers.isVisible()
    assert not shown.tabs["input"].panel.classes.isVisible()
    scatter = shown.tabs["input"].panel.numbers.scatter
    at = int(np.argmax(seen.targets[:, 0]))
    qtbot.mouseClick(scatter, Qt.MouseButton.LeftButton, pos=scatter.point(at).toPoint())
    assert view.current == int(seen.student.index[at])
    told = shown.tabs["input"].panel.numbers.axes.accessibleDescription()
    assert told.startswith("price: truth ")
    assert all(who in told for who in ("teacher", "student", "without teacher"))
    for key in ("classes", "calibration", "map"):
        shown.open_tab(key)
        assert shown.tabs[key].empty.isVisible()
    shown.open_tab("disagreements")
    qtbot.mouseClick(shown.tabs["disagreements"].empty.action, Qt.MouseButton.LeftButton)
    assert shown.line.tabs.value() == "input"
    errors = np.abs(seen.student.logits[:, 0] - seen.targets[:, 0])
    first = [seen.index.position(row) for row in shown.tabs["input"].panel.list.rows()[:3]]
    assert first == np.argsort(-errors, kind="stable")[:3].tolist()


@pytest.mark.parametrize("task", TASKS)
def test_that_a_run_without_any_target_is_shown(
    qtbot: QtBot, workspace: Workspace, understand, runs, task: str
) -> None:
    shown = understand(runs(task, known=False))
    seen = shown.exploration.seen
    assert not seen.has_labels
    for key in ("classes", "calibration", "map"):
        shown.open_tab(key)
        qtbot.waitUntil(lambda: not workspace.analyses.is_busy)
    assert shown.tabs["calibration"].currentIndex() == 1
    if task == "multi_label":
        qtbot.waitUntil(lambda: bool(shown.tabs["classes"].card.shown()))
        assert shown.tabs["classes"].card.caption.text().startswith("row: teacher’s label")
    head = "r2" if task == "regression" else "f1"
    assert shown.tiles.tiles[head].accessibleName().count("–")
    assert not shown.inspector.truth.isVisible()
    shown.open_tab("disagreements")
    shown.open_tab("input")
    assert shown.grab().width() == 1360
    train = TrainPage(workspace)
    qtbot.addWidget(train)
    train.resize(1360, 766)
    train.show()
    qtbot.waitUntil(lambda: bool(train.probes.list.rows()))
    assert train.grab().width() == 1360


@pytest.mark.slow
def test_that_whole_numbers_are_taken_as_numbers_and_back(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    rows = "\n".join(f"{a},{a % 7},{a % 4}" for a in range(120))
    (tmp_path / "stars.csv").write_text(f"x,y,stars\n{rows}\n")
    open_paths(window.workspace, [tmp_path / "stars.csv"])
    draft = window.workspace.draft
    qtbot.waitUntil(lambda: draft.item("data") is not None, timeout=WAIT)
    window.show_page("setup")
    card = page(window, SetupPage).data
    assert draft.task == "classification"
    assert card.task_field.isVisible()
    card.task.chosen.emit("regression")
    qtbot.waitUntil(lambda: draft.item("data") is not None, timeout=WAIT)
    assert draft.item("data").task == "regression"
    assert [choice["method"] for choice in draft.value["methods"]] == ["hard_labels", "regression"]
    assert draft.value["optimizer"]["name"] == "adamw"
    card.task.chosen.emit("auto")
    qtbot.waitUntil(lambda: draft.item("data") is not None, timeout=WAIT)
    assert [choice["method"] for choice in draft.value["methods"]] == ["hard_labels", "soft_targets"]
    assert draft.value["optimizer"]["name"] == "sgd"


def test_that_methods_that_somebody_chose_stay(qtbot: QtBot, window: MainWindow, made: Made) -> None:
    draft = window.workspace.draft
    chosen = [{"method": "soft_targets", "weight": 0.5, "temperature": 2.0}]
    draft.change("methods", chosen)
    open_paths(window.workspace, [made("multi_label")[0]])
    qtbot.waitUntil(lambda: draft.item("data") is not None, timeout=WAIT)
    assert draft.value["methods"] == chosen
