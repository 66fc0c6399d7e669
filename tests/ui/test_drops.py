"""Dragging real files over a real window: what is lit, what is said, and how the role is chosen."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow
from pytestqt.qtbot import QtBot

from kdstudio.data.dataset import ArrayInputs
from kdstudio.models.preprocessing.image import ImagePreprocessing
from kdstudio.models.save import save
from kdstudio.models.student import student
from kdstudio.recipe.choices import StudentChoice
from kdstudio.ui.drops import DropTarget
from kdstudio.ui.panels.export.image_drop import ImageDrop
from kdstudio.ui.theme import Theme
from kdstudio.ui.workspace import Workspace

LEFT, COPY = Qt.MouseButton.LeftButton, Qt.DropAction.CopyAction
NONE, ALT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.AltModifier


class Desk:
    """A window with a workspace, and hands that drag."""

    def __init__(self, workspace: Workspace, size: tuple[int, int] = (1440, 900)) -> None:
        self.workspace = workspace
        self.window = QMainWindow()
        self.window.resize(*size)
        self.page = QLabel("page")
        self.window.setCentralWidget(self.page)
        self.window.show()
        self.target = DropTarget(self.window, workspace)
        self.overlay = self.target.overlay
        self.said: list[str] = []
        self.target.hintChanged.connect(self.said.append)
        self.mime = QMimeData()

    def enter(self, *paths: Path | str, at: QPoint = QPoint(3, 3)) -> QDragEnterEvent:
        self.mime = QMimeData()
        self.mime.setUrls([QUrl.fromLocalFile(str(p)) if isinstance(p, Path) else QUrl(p) for p in paths])
        event = QDragEnterEvent(at, Qt.DropAction.MoveAction | COPY, self.mime, LEFT, NONE)
        event.ignore()
        QApplication.sendEvent(self.window, event)
        return event

    def move(self, at: QPoint) -> None:
        QApplication.sendEvent(self.window, QDragMoveEvent(at, COPY, self.mime, LEFT, NONE))

    def drop(self, at: QPoint, keys: Qt.KeyboardModifier = NONE) -> QDropEvent:
        actions = Qt.DropAction.MoveAction | COPY
        event = QDropEvent(QPointF(at), actions, self.mime, LEFT, keys, QEvent.Type.Drop)
        QApplication.sendEvent(self.window, event)
        return event

    def over(self, role: str) -> QPoint:
        zone = self.overlay.zones[role]
        return zone.mapTo(self.window, zone.rect().center())

    def states(self) -> list[str]:
        return [self.overlay.zones[role].state for role in ("teacher", "student", "data")]

    def path(self, role: str) -> str:
        return Path(self.workspace.draft.path(role)).name


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("größe")
    for name, hidden in (("large", 96), ("small", 8)):
        choice = StudentChoice(architecture="mlp", knobs={"hidden": [hidden]})
        names = tuple("0123456789")
        made = student(
            choice, ArrayInputs(np.zeros((1, 1, 8, 8), np.uint8)), 10, names, ImagePreprocessing.plain(1, (8, 8)), 0
        )
        save(made, base / f"{name}.safetensors")
    np.savez(base / "data.npz", images=np.zeros((20, 8, 8), np.uint8), labels=np.arange(20) % 2)
    (base / "notes.txt").write_text("notes")
    Image.new("L", (8, 8)).save(base / "picture.png")
    return base


@pytest.fixture
def desk(workspace: Workspace) -> Desk:
    return Desk(workspace)


def test_that_a_model_lights_the_role_that_it_would_take(desk: Desk, files: Path):
    assert desk.enter(files / "large.safetensors").isAccepted()
    assert desk.states() == ["lit", "rest", "disabled"]
    assert desk.overlay.zones["data"].accessibleDescription() == "this file is a model, not a data set"
    assert desk.overlay.chip.accessibleName().startswith("large.safetensors: model · 7")
    assert "teacher" in desk.overlay.hint
    assert desk.said[-1] == "Release to use large.safetensors as the teacher"


def test_that_the_zone_under_the_pointer_wins(desk: Desk, files: Path):
    desk.enter(files / "large.safetensors")
    desk.move(desk.over("student"))
    assert desk.states() == ["rest", "lit", "disabled"]
    assert desk.said[-1] == "Release over Student to use large.safetensors as the student"
    desk.move(desk.over("data"))
    assert desk.states() == ["lit", "rest", "disabled"]
    desk.drop(desk.over("student"))
    assert (desk.path("teacher"), desk.path("student")) == ("", "large.safetensors")
    assert not desk.overlay.isVisible()
    assert desk.said[-1] == ""


def test_that_a_drop_never_moves_the_file(desk: Desk, files: Path):
    assert desk.enter(files / "data.npz").dropAction() == COPY
    assert desk.drop(QPoint(2, 2)).dropAction() == COPY
    assert desk.path("data") == "data.npz"


def test_that_sizes_are_told(desk: Desk, files: Path):
    desk.workspace.draft.set_path("teacher", files / "large.safetensors")
    desk.enter(files / "small.safetensors")
    assert desk.overlay.hint == "Looks like a student: 12 times smaller than your teacher."
    assert desk.overlay.zones["teacher"].accessibleDescription() == "replaces large.safetensors"


def test_that_several_files_light_all_their_zones(desk: Desk, files: Path):
    desk.enter(files / "small.safetensors", files / "large.safetensors", files / "data.npz")
    assert desk.states() == ["lit", "lit", "lit"]
    assert desk.overlay.zones["student"].accessibleDescription() == "small.safetensors"
    assert desk.said[-1] == "Release to use 3 files as teacher and student and data"
    desk.drop(desk.over("data"))
    assert [desk.path(role) for role in ("teacher", "student", "data")] == [
        "large.safetensors", "small.safetensors", "data.npz"
    ]  # fmt: skip


def test_that_what_cannot_be_opened_is_said_before_and_told_after(desk: Desk, files: Path):
    desk.enter(files / "notes.txt")
    assert desk.states() == ["disabled"] * 3
    assert desk.overlay.hint == "“notes.txt” is a text file."
    assert desk.said[-1] == "notes.txt cannot be opened"
    desk.drop(desk.over("teacher"))
    (problem, _), = desk.workspace.notices.problems  # fmt: skip
    assert problem.message == "“notes.txt” is a text file."
    assert "can be opened" in problem.hint


def test_that_links_are_left_alone(desk: Desk):
    assert not desk.enter("https://example.org/model.pt").isAccepted()
    assert not desk.overlay.isVisible()


def test_that_leaving_the_window_changes_nothing(desk: Desk, files: Path):
    before = desk.workspace.draft.value
    desk.enter(files / "large.safetensors")
    QApplication.sendEvent(desk.window, QDragLeaveEvent())
    assert not desk.overlay.isVisible()
    assert desk.said[-1] == ""
    assert desk.workspace.draft.value == before


def test_that_alt_lets_one_choose_with_the_keyboard(desk: Desk, files: Path, qtbot: QtBot):
    desk.enter(files / "large.safetensors")
    desk.drop(desk.over("teacher"), ALT)
    assert desk.overlay.isVisible()
    assert desk.overlay.is_choosing
    assert desk.path("teacher") == ""
    assert desk.states() == ["lit", "rest", "disabled"]
    zones = desk.overlay.zones
    qtbot.keyClick(zones["teacher"], Qt.Key.Key_Right)
    assert desk.states() == ["rest", "lit", "disabled"]
    qtbot.keyClick(zones["student"], Qt.Key.Key_Right)  # data is not possible
    qtbot.keyClick(zones["student"], Qt.Key.Key_Return)
    assert (desk.path("teacher"), desk.path("student")) == ("", "large.safetensors")
    assert not desk.overlay.isVisible()


def test_that_alt_lets_one_choose_with_the_pointer_and_escape_cancels(desk: Desk, files: Path, qtbot: QtBot):
    desk.enter(files / "large.safetensors")
    desk.drop(QPoint(2, 2), ALT)
    qtbot.keyClick(desk.overlay.zones["teacher"], Qt.Key.Key_Escape)
    assert not desk.overlay.isVisible()
    assert desk.path("teacher") == ""
    desk.enter(files / "large.safetensors")
    desk.drop(QPoint(2, 2), ALT)
    qtbot.mouseClick(desk.overlay.zones["student"], LEFT)
    assert desk.path("student") == "large.safetensors"


def test_that_an_image_is_left_to_the_place_that_wants_one(desk: Desk, files: Path):
    place = ImageDrop()
    place.setParent(desk.page)
    place.show()
    assert not desk.enter(files / "picture.png").isAccepted()
    place.hide()
    assert desk.enter(files / "picture.png").isAccepted()


@pytest.mark.parametrize("theme_name", ["dark", "light"])
@pytest.mark.parametrize("size", [(1440, 900), (1024, 680)])
def test_that_the_overlay_covers_the_page_and_cuts_nothing(
    desk: Desk, files: Path, dressed: Theme, size: tuple[int, int], theme_name: str
):
    dressed.set_name(theme_name)
    desk.window.resize(*size)
    desk.enter(files / "large.safetensors")
    assert desk.overlay.size() == desk.page.size()
    for label in desk.overlay.findChildren(QLabel):
        if label.isVisible() and not label.wordWrap():
            assert label.sizeHint().width() <= label.width() + 1, f"{label.text()!r} is cut off"
    assert desk.overlay.grab().width() == size[0]


def test_that_a_second_model_may_teach_beside_the_first(desk: Desk, files: Path):
    desk.enter(files / "large.safetensors")
    assert not desk.overlay.zones["committee"].isVisible()
    desk.drop(desk.over("teacher"))
    desk.enter(files / "small.safetensors")
    zone = desk.overlay.zones["committee"]
    assert zone.isVisible()
    assert zone.accessibleDescription() == "beside large.safetensors"
    desk.move(desk.over("committee"))
    assert (zone.state, desk.overlay.zones["teacher"].state) == ("lit", "rest")
    assert desk.said[-1] == "Release over Committee to let small.safetensors teach beside the others"
    desk.drop(desk.over("committee"))
    teachers = desk.workspace.draft.value["teachers"]
    assert [Path(one["path"]).name for one in teachers] == ["large.safetensors", "small.safetensors"]
    assert desk.workspace.draft.recipe().teachers[1].kind == "frozen"
    desk.workspace.draft.undo.undo()
    assert len(desk.workspace.draft.value["teachers"]) == 1


def test_that_the_same_file_makes_no_committee(desk: Desk, files: Path):
    desk.enter(files / "large.safetensors")
    desk.drop(desk.over("teacher"))
    desk.enter(files / "large.safetensors")
    assert not desk.overlay.zones["committee"].isVisible()
