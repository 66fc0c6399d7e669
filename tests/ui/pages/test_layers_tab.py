"""The Layers tab on real runs, asked of a real engine."""

from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from kdstudio.core.layout import RunFolder
from kdstudio.engine.inside import compare_inside
from kdstudio.export.export import export
from kdstudio.project.layers import read_layers
from kdstudio.training.opened import Opener
from kdstudio.ui.pages.understand import UnderstandPage
from kdstudio.ui.tabs.layers import LayersTab
from kdstudio.ui.widgets.labels import Label
from kdstudio.ui.workspace import Workspace
from tests.small_task import result

WIDE, NARROW = (1360, 766), (968, 550)
WAIT = 60_000
Open = Callable[..., LayersTab]


def is_shown(tab: LayersTab) -> bool:
    return tab.stack.currentWidget() is tab.card


@pytest.fixture(scope="module")
def asked(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of a run, whose layers were asked about before."""
    copy = copytree(run, tmp_path_factory.mktemp("asked") / "run")
    compare_inside(RunFolder(copy), Opener())
    return copy


@pytest.fixture
def opened(qtbot, workspace: Workspace) -> Open:
    def on(folder: Path, size: tuple[int, int] = WIDE, ready: Callable[[LayersTab], bool] = is_shown) -> LayersTab:
        workspace.run.open(folder)
        page = UnderstandPage(workspace)
        qtbot.addWidget(page)
        page.resize(*size)
        page.show()
        page.open_tab("layers")
        qtbot.waitUntil(lambda: ready(page.tabs["layers"]), timeout=WAIT)
        return page.tabs["layers"]

    return on


def test_that_the_engine_is_asked_once_and_the_folder_keeps_it(
    opened: Open, run: Path, tmp_path: Path, workspace: Workspace
) -> None:
    folder = copytree(run, tmp_path / "run")
    tab = opened(folder)
    found = read_layers(RunFolder(folder))
    assert found is not None
    assert [one.who for one in tab.grids._shown] == ["student", "baseline"]
    assert tab.grids._rows.names == found.layers["teacher"]
    best, alone = found.best("student").mean(), found.best("baseline").mean()
    assert f"average {best:.2f}".replace("0.", ".") in tab.sentence.text()
    assert f"without teacher {alone:.2f}".replace("0.", ".") in tab.sentence.text()
    assert tab.card.caption.text() == f"linear CKA, best student, {found.of} test inputs"
    assert workspace.engine.is_running


def test_that_what_is_kept_is_shown_without_the_engine(opened: Open, asked: Path, workspace: Workspace) -> None:
    tab = opened(asked)
    assert not workspace.engine.is_running
    tab.mode.set_value("classes")
    tab.mode.chosen.emit("classes")
    assert [one.who for one in tab.grids._shown] == ["teacher", "student", "baseline"]
    assert "rank correlation" in tab.sentence.text()
    tab.grids.pointed.emit("Teacher: 3 and 8 .40")
    assert tab.told.text() == "Teacher: 3 and 8 .40"


def test_that_a_moved_teacher_is_told_and_may_be_asked_again(
    opened: Open, run: Path, alone: Path, tmp_path: Path, qtbot
) -> None:
    copy = copytree(run, tmp_path / "run")
    recipe, gone = copy / "recipe.json", str(tmp_path / "gone.safetensors")
    path = str(alone / "checkpoints" / "best" / "student.safetensors")
    recipe.write_text(recipe.read_text().replace(path, gone))
    tab = opened(copy, ready=lambda tab: tab.waiting.action.isVisible())
    assert "gone.safetensors" in tab.waiting.accessibleName()
    recipe.write_text(recipe.read_text().replace(gone, path))
    qtbot.mouseClick(tab.waiting.action, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: is_shown(tab), timeout=WAIT)


def test_that_a_run_without_a_teacher_says_so(opened: Open, alone: Path) -> None:
    tab = opened(alone, ready=lambda tab: tab.currentWidget() is tab.empty)
    assert tab.empty.accessibleName() == "There is no teacher whose layers could be compared."


def test_that_a_run_that_goes_on_is_waited_for(opened: Open, asked: Path, workspace: Workspace, qtbot) -> None:
    tab = opened(asked)
    workspace.run.set_state("running")
    tab.refresh()
    assert "when the run has ended" in tab.waiting.accessibleName()
    workspace.run.set_state("finished")
    qtbot.waitUntil(lambda: is_shown(tab))


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_that_words_fit_and_controls_have_names(qtbot, opened: Open, asked: Path, size: tuple[int, int]) -> None:
    tab = opened(asked, size)
    labels = tab.findChildren(Label)
    qtbot.waitUntil(lambda: [one.text() for one in labels if one.isVisible() and one.is_elided()] == [])
    for part in tab.findChildren(QWidget):
        if part.isVisible() and part.focusPolicy() & Qt.FocusPolicy.TabFocus:
            assert part.accessibleName(), f"{type(part).__name__} has no name"


def test_that_a_teacher_that_is_a_program_is_told(opened: Open, run: Path, alone: Path, tmp_path: Path) -> None:
    events = export(alone, tmp_path / "out", ["onnx"])
    file = result(events)[0].path
    copy = copytree(run, tmp_path / "run")
    path = str(alone / "checkpoints" / "best" / "student.safetensors")
    (copy / "recipe.json").write_text((copy / "recipe.json").read_text().replace(path, str(file)))
    tab = opened(copy, ready=lambda tab: "cannot be seen" in tab.waiting.accessibleName())
    assert "the teacher is in the format ONNX" in tab.waiting.accessibleName()
    assert not tab.waiting.action.isVisible()
