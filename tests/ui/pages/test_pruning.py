"""Ordering a pruned student from Compare: what goes, and what each layer can do without, asked of a real engine."""

from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copytree

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QWidget

from kdstudio.core.errors import Problem
from kdstudio.core.events import Progress
from kdstudio.core.layout import RunFolder
from kdstudio.engine.inside import measure_layers
from kdstudio.project.sensitivity import read_sensitivity
from kdstudio.training.opened import Opener
from kdstudio.ui.panels.compare.prune_sheet import PruneSheet
from kdstudio.ui.widgets.labels import Label
from kdstudio.ui.workspace import Workspace

WAIT = 60_000
Open = Callable[..., PruneSheet]


@pytest.fixture(scope="module")
def measured(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of a run whose layers were measured before."""
    copy = copytree(run, tmp_path_factory.mktemp("measured") / "run")
    measure_layers(RunFolder(copy), "channels", Opener())
    return copy


@pytest.fixture
def opened(qtbot, workspace: Workspace) -> Iterator[Open]:
    windows = []

    def on(folder: Path, size: tuple[int, int] = (1440, 900)) -> PruneSheet:
        window = QWidget()
        qtbot.addWidget(window)
        window.resize(*size)
        window.show()
        windows.append(window)
        sheet = PruneSheet(workspace, folder, "Run 1", window)
        sheet.open()
        qtbot.waitUntil(lambda: not workspace.analyses.is_busy)
        QCoreApplication.processEvents()
        return sheet

    yield on
    for window in windows:
        window.close()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def is_shown(sheet: PruneSheet) -> bool:
    return sheet.card._found is not None


def test_that_the_engine_measures_once_and_the_folder_keeps_it(
    qtbot, opened: Open, run: Path, tmp_path: Path, workspace: Workspace
) -> None:
    folder = copytree(run, tmp_path / "run")
    sheet = opened(folder)
    assert "before you prune" in sheet.card.waiting.accessibleName()
    assert not workspace.engine.is_running  # nothing is measured that nobody asked for
    qtbot.mouseClick(sheet.card.waiting.action, Qt.MouseButton.LeftButton)
    assert sheet.card.stop.isVisible()
    qtbot.waitUntil(lambda: is_shown(sheet), timeout=WAIT)
    found = read_sensitivity(RunFolder(folder), "channels")
    assert found is not None
    assert sheet.card.grid._rows.names == found.layers
    assert sheet.card.caption.text() == f"best student, {found.of} validation inputs"
    assert "Without 50% of the channels of fc1" in sheet.card.sentence.text()
    assert [one for one in ("scores", "agreements") if one in sheet.card.kind._values] == ["scores", "agreements"]
    sheet.card.kind.set_value("agreements")
    sheet.card.kind.chosen.emit("agreements")
    assert "agreement" in sheet.card.sentence.text()


def test_that_measuring_can_be_stopped(qtbot, opened: Open, run: Path, tmp_path: Path, workspace: Workspace) -> None:
    folder = copytree(run, tmp_path / "run")
    sheet = opened(folder)
    qtbot.mouseClick(sheet.card.waiting.action, Qt.MouseButton.LeftButton)
    asked = sheet.card._asked
    sheet.card._hear(asked, [Progress(done=1, total=4, doing="Asking the student")])
    assert sheet.card.line.accessibleName() == "Measuring: 25%"
    qtbot.mouseClick(sheet.card.stop, Qt.MouseButton.LeftButton)
    assert sheet.card.waiting.action.isVisible()
    assert asked not in workspace.engine._open
    answers: list[object] = []
    workspace.engine.ask("ping", answers.append)
    qtbot.waitUntil(lambda: bool(answers), timeout=WAIT)
    assert not is_shown(sheet)


def test_that_what_is_kept_is_shown_without_the_engine(opened: Open, measured: Path, workspace: Workspace) -> None:
    sheet = opened(measured)
    assert is_shown(sheet)
    assert not workspace.engine.is_running
    sheet.unit.set_value("weights")
    sheet.unit.chosen.emit("weights")
    assert not is_shown(sheet)
    assert "some of their weights" in sheet.card.waiting.accessibleName()
    assert sheet.share.text() == "80%"


def test_that_refusals_are_told(opened: Open, run: Path) -> None:
    sheet = opened(run)
    sheet.card._refused([Problem(message="the layers are tied", hint="Choose another student.")])
    assert sheet.card.waiting.accessibleName() == "The layers are tied. Choose another student."
    assert sheet.card.waiting.action.text() == "Try again"  # data that was moved may be back
    sheet.card._answered(run, "channels", {"note": "nothing is measured while a run or an export is going on"})
    assert sheet.card.waiting.accessibleName().startswith("Nothing is measured while")
    assert sheet.card.waiting.action.text() == "Try again"


def test_that_an_order_says_what_goes_and_how_much(qtbot, opened: Open, run: Path) -> None:
    sheet = opened(run)
    sheet.track.set_value(0.3)
    with qtbot.waitSignal(sheet.ordered) as told:
        sheet._order()
    assert told.args == [0.3, "channels"]


def test_that_a_next_step_takes_more_weights_than_the_last(qtbot, run: Path, workspace: Workspace) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    for zeros, usual in ((0.8, 0.9), (0.9, 0.95), (0.97, 0.99)):
        sheet = PruneSheet(workspace, run, "Run 1", window, zeros)
        sheet._turn("weights")
        assert sheet.track.value() == pytest.approx(usual)
        assert f"{zeros:.0%} are zero already" in sheet.words.text()
        sheet._turn("channels")
        assert sheet.track.value() == 0.5
    qtbot.waitUntil(lambda: not workspace.analyses.is_busy)


@pytest.mark.parametrize("size", [(1440, 900), (1024, 680)])
def test_that_words_fit_and_controls_have_names(qtbot, opened: Open, measured: Path, size: tuple[int, int]) -> None:
    sheet = opened(measured, size)
    assert sheet.height() <= size[1]
    labels = sheet.findChildren(Label)
    qtbot.waitUntil(lambda: [one.text() for one in labels if one.isVisible() and one.is_elided()] == [])
    for part in sheet.findChildren(QWidget):
        if part.isVisible() and part.focusPolicy() & Qt.FocusPolicy.TabFocus:
            assert part.accessibleName(), f"{type(part).__name__} has no name"
