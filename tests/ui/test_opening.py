"""What is opened as what: one table for drop, File ▸ Open, paste and the command line, over real files."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QMainWindow
from pytestqt.qtbot import QtBot
from sklearn.datasets import load_digits

from kdstudio.core.events import Started
from kdstudio.core.files import write_json
from kdstudio.data.dataset import ArrayInputs
from kdstudio.models.preprocessing.image import ImagePreprocessing
from kdstudio.models.save import save
from kdstudio.models.student import student
from kdstudio.project.project import Project
from kdstudio.project.store import recorded
from kdstudio.recipe.choices import StudentChoice
from kdstudio.ui.assigning import look
from kdstudio.ui.draft_value import EMPTY
from kdstudio.ui.drops import DropTarget
from kdstudio.ui.opening import open_paths, paths_in, present
from kdstudio.ui.pages.compare import ComparePage
from kdstudio.ui.panels.dragged import Dragged
from kdstudio.ui.workspace import Workspace
from tests.conftest import move_home
from tests.small_task import write_digits
from tests.ui.conftest import workspace_in

LARGE, MIDDLE, SMALL, DATA = "lehrer größe.safetensors", "middle.safetensors", "schüler.safetensors", "ziffern.npz"
RECIPE = {
    "schema": 1,
    "data": {"path": "/nowhere/data"},
    "teachers": [{"path": "/nowhere/teacher.safetensors"}],
    "student": {"architecture": "mlp", "knobs": {}},
    "methods": [{"method": "hard_labels"}],
}


def write_model(path: Path, width: int) -> None:
    choice = StudentChoice(architecture="mlp", knobs={"hidden": [width]})
    names = tuple("0123456789")
    save(
        student(
            choice, ArrayInputs(np.zeros((1, 1, 8, 8), np.uint8)), 10, names, ImagePreprocessing.plain(1, (8, 8)), 0
        ),
        path,
    )


def begin_run(folder: Path) -> None:
    write_json(folder / "recipe.json", RECIPE)
    for _ in recorded(folder, (event for event in [Started(task="train", total=4)])):
        pass


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one of everything that people drop."""
    base = tmp_path_factory.mktemp("Dateien mit Leerzeichen é")
    for name, width in ((LARGE, 96), (MIDDLE, 32), (SMALL, 8)):
        write_model(base / name, width)
    write_digits(base / DATA, 200)
    (base / "notes.txt").write_text("Remember the milk.")
    (base / "empty.bin").write_bytes(b"")
    (base / "folder").mkdir()
    (base / "folder" / "notes.txt").write_text("No images here.")
    Image.fromarray(load_digits().images[0].astype(np.uint8)).save(base / "picture.png")
    (base / "recipe.json").write_text(json.dumps(RECIPE))
    (base / "broken.json").write_text(json.dumps(RECIPE | {"epochs": -3}))
    begin_run(base / "run")
    for trial in ("temperature=1", "temperature=4"):
        begin_run(base / "sweep" / trial)
    Project.create(base / "project").save(recipe=RECIPE | {"epochs": 7})
    return base


@pytest.fixture(scope="module")
def shared(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """One workspace, and so one engine, for all tests here."""
    with pytest.MonkeyPatch.context() as patch:
        home = move_home(patch, tmp_path_factory.mktemp("home"))
        with workspace_in(home) as made:
            made.start_engine()  # engine and worker outlive the single tests
            made.analyses.submit("warm", lambda: None, lambda _: None)
            yield made


@pytest.fixture
def workspace(shared: Workspace) -> Workspace:
    shared.run.close()
    shared.project = None
    shared.draft.start(EMPTY)
    shared.notices.clear()
    return shared


def by_open(workspace: Workspace, paths: list[Path]) -> None:
    open_paths(workspace, [str(path) for path in paths])


def by_paste(workspace: Workspace, paths: list[Path]) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    QGuiApplication.clipboard().setMimeData(mime)
    open_paths(workspace, paths_in(QGuiApplication.clipboard().mimeData()))
    QGuiApplication.clipboard().clear()  # left there, it would be taken apart after Python is gone


def by_drop(workspace: Workspace, paths: list[Path]) -> None:
    window = QMainWindow()
    window.resize(1000, 600)
    window.show()
    target = DropTarget(window, workspace)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    at, copy, left, none = QPoint(5, 5), Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier(0)
    QApplication.sendEvent(window, QDragEnterEvent(at, copy, mime, left, none))
    assert target.overlay.isVisible()
    QApplication.sendEvent(window, QDropEvent(QPointF(at), copy, mime, left, none))
    assert not target.overlay.isVisible()


WAYS = {"open": by_open, "paste": by_paste, "drop": by_drop}
# dropped, then what stands in teacher, student and data, and words from what is told
CASES: dict[str, tuple[list[str], dict[str, str], list[str]]] = {
    "a model teaches": ([LARGE], {"teacher": LARGE}, []),
    "data": ([DATA], {"data": DATA}, []),
    "two models": ([SMALL, LARGE], {"teacher": LARGE, "student": SMALL}, []),
    "everything at once": ([DATA, SMALL, LARGE], {"teacher": LARGE, "student": SMALL, "data": DATA}, []),
    "three models": ([MIDDLE, SMALL, LARGE], {"teacher": LARGE, "student": SMALL}, ["“middle.safetensors” was left"]),
    "the same twice": ([LARGE, LARGE], {"teacher": LARGE}, []),
    "two data sets": ([DATA, "images"], {"data": DATA}, ["“images” was left out"]),
    "a text file": (["notes.txt"], {}, ["“notes.txt” is a text file"]),
    "an empty file": (["empty.bin"], {}, ["“empty.bin” is an empty file"]),
    "a folder without images": (["folder"], {}, ["“folder” is a folder without models, images"]),
    "a single picture": (["picture.png"], {}, ["“picture.png” is a single PNG image"]),
    "what is not there": (["gone.pt"], {}, ["“gone.pt” is not readable"]),
    "a good one among bad ones": (
        ["notes.txt", LARGE, "empty.bin"],
        {"teacher": LARGE},
        ["“notes.txt”", "“empty.bin”"],
    ),
    "a recipe": (["recipe.json"], {"teacher": "teacher.safetensors", "data": "data"}, []),
    "a wrong recipe": (["broken.json"], {}, ["epochs"]),
    "a run": (["run"], {"teacher": "teacher.safetensors", "data": "data"}, []),
    "a project folder": (["project"], {"teacher": "teacher.safetensors", "data": "data"}, []),
    "a project file": (["project/project.kdproj"], {"teacher": "teacher.safetensors", "data": "data"}, []),
    "a recipe with data": (["recipe.json", DATA], {"teacher": "teacher.safetensors", "data": DATA}, []),
}


@pytest.fixture(scope="module", autouse=True)
def image_folder(files: Path) -> None:
    for name in ("null", "eins"):
        (files / "images" / name).mkdir(parents=True)
        Image.new("L", (8, 8)).save(files / "images" / name / "bild.png")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", CASES)
def test_that_every_way_in_gives_the_same(workspace: Workspace, files: Path, case: str, way: str):
    names, roles, told = CASES[case]
    WAYS[way](workspace, [files / name for name in names])
    found = {role: Path(workspace.draft.path(role)).name for role in ("teacher", "student", "data")}
    assert {role: name for role, name in found.items() if name} == roles
    messages = [str(problem) for problem, _ in workspace.notices.problems]
    assert len(messages) == len(told)
    for message, words in zip(messages, told, strict=True):
        assert words in message


def test_that_several_runs_and_folders_of_runs_are_compared(qtbot: QtBot, workspace: Workspace, files: Path):
    draft = dict(workspace.draft.value)
    paths = [files / "run", files / "sweep"]
    assert Dragged(tuple(look(paths)), present(workspace.draft, workspace.catalogue)).opens == "runs"
    with qtbot.waitSignal(workspace.runsOpened) as asked:
        assert open_paths(workspace, paths).problems == ()
    assert asked.args == [paths]
    assert workspace.draft.value == draft
    page = ComparePage(workspace)
    qtbot.addWidget(page)
    page.show()
    workspace.runsOpened.emit(paths)
    qtbot.waitUntil(lambda: {row.path.name for row in page.models.rows} >= {"run", "temperature=1", "temperature=4"})
    workspace.runsOpened.disconnect(page.take)  # the workspace outlives this page


def pages(workspace: Workspace, act: Callable[[], object]) -> list[str]:
    """Return where the window was sent while `act` ran."""
    seen: list[str] = []
    workspace.pageRequested.connect(seen.append)
    act()
    workspace.pageRequested.disconnect(seen.append)
    return seen


@pytest.mark.parametrize(
    ("name", "page"), [(LARGE, ["setup"]), ("run", ["train"]), ("sweep", ["compare"]), ("notes.txt", [])]
)
def test_that_the_window_goes_where_the_file_belongs(workspace: Workspace, files: Path, name: str, page: list[str]):
    assert pages(workspace, lambda: open_paths(workspace, [files / name])) == page


@pytest.mark.parametrize(
    ("before", "dropped", "after"),
    [
        ({"teacher": LARGE}, SMALL, {"teacher": LARGE, "student": SMALL}),
        ({"teacher": MIDDLE}, LARGE, {"teacher": LARGE}),
        ({"teacher": LARGE, "student": SMALL}, MIDDLE, {"teacher": LARGE, "student": MIDDLE}),
        ({"student": LARGE}, SMALL, {"teacher": LARGE, "student": SMALL}),
        ({"student": SMALL}, LARGE, {"teacher": LARGE, "student": SMALL}),
        ({"teacher": LARGE, "student": SMALL}, LARGE, {"teacher": LARGE, "student": SMALL}),
    ],
)
def test_that_the_larger_model_teaches(
    workspace: Workspace, files: Path, before: dict[str, str], dropped: str, after: dict[str, str]
):
    for role, name in before.items():
        workspace.draft.set_path(role, files / name)
    open_paths(workspace, [files / dropped])
    found = {role: Path(workspace.draft.path(role)).name for role in ("teacher", "student")}
    assert {role: name for role, name in found.items() if name} == after


@pytest.mark.parametrize(
    ("name", "role", "roles", "told"),
    [
        (SMALL, "teacher", {"teacher": SMALL}, ""),
        (LARGE, "student", {"student": LARGE}, ""),
        (LARGE, "data", {}, "is a model and cannot be data"),
        (DATA, "teacher", {}, "is data and cannot be the teacher"),
        (DATA, "data", {"data": DATA}, ""),
    ],
)
def test_that_a_chosen_role_holds_where_it_can(
    workspace: Workspace, files: Path, name: str, role: str, roles: dict[str, str], told: str
):
    opened = open_paths(workspace, [files / name], role)
    assert {role: path.name for role, path in opened.roles.items()} == roles
    assert told in "".join(map(str, opened.problems))
    assert bool(told) == bool(opened.problems)


def test_that_the_students_file_on_the_teacher_lets_the_two_change_places(workspace: Workspace, files: Path):
    open_paths(workspace, [files / LARGE, files / SMALL])
    open_paths(workspace, [files / SMALL], "teacher")
    assert workspace.draft.path("teacher").endswith(SMALL)
    assert workspace.draft.path("student").endswith(LARGE)


def test_that_several_files_are_one_step_to_undo(workspace: Workspace, files: Path):
    open_paths(workspace, [files / LARGE, files / SMALL, files / DATA])
    workspace.draft.undo.undo()
    assert [workspace.draft.path(role) for role in ("teacher", "student", "data")] == ["", "", ""]


@pytest.fixture
def damaged(files: Path, tmp_path: Path) -> Path:
    """A model whose header promises more weights than there are, as after a broken download."""
    path = tmp_path / "damaged.safetensors"
    path.write_bytes((files / LARGE).read_bytes()[:-1000])
    return path


@pytest.mark.parametrize("way", WAYS)
def test_that_a_damaged_file_takes_nobodys_place(
    qtbot: QtBot, workspace: Workspace, damaged: Path, files: Path, way: str
):
    workspace.draft.set_path("teacher", files / MIDDLE)
    steps = workspace.draft.undo.count()
    WAYS[way](workspace, [damaged])
    qtbot.waitUntil(lambda: workspace.draft.path("teacher") == str(files / MIDDLE), timeout=30_000)
    assert workspace.draft.undo.count() == steps
    (problem, _), = workspace.notices.problems  # fmt: skip
    assert problem.message.startswith("“damaged.safetensors” could not be opened: the safetensors file is cut short")
    assert f"Nothing was replaced, “{MIDDLE}” is still the teacher." in problem.hint


def test_that_a_damaged_file_leaves_the_new_student_as_it_was(qtbot: QtBot, workspace: Workspace, damaged: Path):
    before = workspace.draft.value["student"]
    open_paths(workspace, [damaged], "student")
    workspace.draft.change("epochs", 3)  # meanwhile
    qtbot.waitUntil(lambda: workspace.draft.value["student"] == before, timeout=30_000)
    assert workspace.draft.value["epochs"] == 3
    assert "the student is as it was" in workspace.notices.problems[0][0].hint


def test_that_a_damaged_file_in_an_empty_place_is_explained_there(qtbot: QtBot, workspace: Workspace, damaged: Path):
    open_paths(workspace, [damaged], "teacher")
    qtbot.waitUntil(lambda: workspace.draft.item("teacher") is not None, timeout=30_000)
    assert workspace.draft.path("teacher") == str(damaged)
    assert workspace.notices.problems == []


def test_that_many_files_of_one_wrong_kind_are_told_in_one_sentence(workspace: Workspace, tmp_path: Path):
    paths = [tmp_path / f"{number}.txt" for number in range(40)]
    for path in paths:
        path.write_text("text")
    opened = open_paths(workspace, paths)
    assert [str(problem) for problem in opened.problems] == [
        f"{paths[0]}: “0.txt” and 39 more cannot be opened: each is a text file."
    ]


def test_that_a_run_is_not_put_in_the_place_of_one_that_goes_on(workspace: Workspace, files: Path):
    workspace.run.set_state("running")
    opened = open_paths(workspace, [files / "run"])
    assert opened.opened is None
    assert "a run is going on" in str(opened.problems[0])
    assert workspace.run.folder is None


def test_that_relative_paths_from_the_command_line_become_whole(
    workspace: Workspace, files: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(files)
    open_paths(workspace, [f"./{DATA}"])
    assert workspace.draft.path("data") == str(files / DATA)


def test_that_pasted_text_counts_only_where_it_names_a_file(files: Path):
    mime = QMimeData()
    mime.setText(f"{files / DATA}\nhello there\n/no/such/file")
    assert paths_in(mime) == [files / DATA]
