"""What a person can pick on Setup, with a real engine: parts, class columns, optimizer, shrinking, the Python class."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from safetensors.numpy import save_file

from kdstudio.core.paths import resource
from kdstudio.ui.opening import open_paths
from kdstudio.ui.pages.setup import SetupPage
from kdstudio.ui.workspace import Workspace

TEACHER, DATA = resource("samples", "fashion-teacher.safetensors"), resource("samples", "fashion.npz")
NET = """
import torch
from torch import nn

class Block(nn.Module): ...

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.mix = nn.Parameter(torch.zeros(3, 28, 28, 10))

    def forward(self, x):
        return torch.einsum("nchw,kcwo->no", x.expand(-1, 28, -1, -1), self.mix)
"""


@pytest.fixture
def page(qtbot, workspace: Workspace) -> Iterator[SetupPage]:
    workspace.start_engine()
    made = SetupPage(workspace)
    qtbot.addWidget(made)
    made.resize(1360, 826)
    made.show()
    yield made
    made.hide()


def opened(qtbot, workspace: Workspace, *paths: Path, role: str | None = None) -> None:
    """Open files and wait until the engine has looked at them."""
    open_paths(workspace, paths, role)
    qtbot.waitUntil(lambda: workspace.engine.is_idle and not workspace.draft.is_checking, timeout=60_000)


def wait(qtbot, workspace: Workspace, role: str) -> None:
    qtbot.waitUntil(lambda: workspace.draft.item(role) is not None, timeout=60_000)


def write_pairs(folder: Path) -> list[Path]:
    files = []
    for name, count in (("test.tsv", 20), ("train.tsv", 80), ("dev.tsv", 20)):
        rows = ["sentence1\tsentence2\tlabel"]
        rows += [
            f"a man walks by the sea {at}\tsomeone is outside {at % 7}\t{'yes' if at % 3 else 'no'}"
            for at in range(count)
        ]
        (folder / name).write_text("\n".join(rows))
        files.append(folder / name)
    return files


def test_that_files_called_after_parts_are_one_data_set(qtbot, page: SetupPage, workspace: Workspace, tmp_path: Path):
    files = write_pairs(tmp_path)
    found = open_paths(workspace, files)
    assert found.problems == ()
    data = workspace.draft.value["data"]
    assert data["path"] == str(tmp_path / "train.tsv")
    assert data["parts"] == {"validation": str(tmp_path / "dev.tsv"), "test": str(tmp_path / "test.tsv")}
    wait(qtbot, workspace, "data")
    item = workspace.draft.item("data")
    assert item is not None
    assert item.counts == {"train": 80, "validation": 20, "test": 20}
    assert "[SEP]" in page.data.format.text()
    assert page.data.name.text() == "train.tsv + dev.tsv + test.tsv"
    workspace.draft.set_path("data", DATA)
    assert "parts" not in workspace.draft.value["data"]


def test_that_text_brings_its_optimizer_in_the_same_step(qtbot, page: SetupPage, workspace: Workspace, tmp_path: Path):
    qtbot.waitUntil(lambda: bool(workspace.catalogue.students), timeout=60_000)
    before = workspace.draft.value
    with qtbot.waitSignal(workspace.draft.adapted):
        open_paths(workspace, write_pairs(tmp_path)[1:2])
    assert workspace.draft.value["optimizer"] == {"name": "adamw", "learning_rate": 0.003}
    assert workspace.draft.value["student"]["architecture"] == "text_cnn"
    workspace.draft.undo.undo()
    assert workspace.draft.value == before


@pytest.mark.slow
def test_that_a_chosen_optimizer_stays_and_is_warned_of(qtbot, page: SetupPage, workspace: Workspace, tmp_path: Path):
    qtbot.waitUntil(lambda: bool(workspace.catalogue.students), timeout=60_000)
    workspace.draft.replace(
        {
            **workspace.draft.value,
            "methods": [{"method": "hard_labels"}],
            "optimizer": {"name": "sgd", "learning_rate": 0.2},
        }
    )
    opened(qtbot, workspace, write_pairs(tmp_path)[1])
    assert workspace.draft.value["optimizer"]["name"] == "sgd"
    qtbot.waitUntil(lambda: workspace.draft.check is not None, timeout=60_000)
    popover = page.footer.open_checks()
    repair = popover.findChild(object, "check-adamw")
    assert repair.text() == "Use AdamW"
    qtbot.mouseClick(repair, Qt.MouseButton.LeftButton)
    assert workspace.draft.value["optimizer"]["name"] == "adamw"
    assert workspace.draft.value["optimizer"]["learning_rate"] == 0.003


@pytest.mark.slow
def test_that_the_class_column_of_an_image_table_is_chosen_on_the_card(
    qtbot, page: SetupPage, workspace: Workspace, tmp_path: Path
):
    lines = ["file,species,colour"]
    for at in range(24):
        Image.new("RGB", (8, 8), (at * 9, 0, 0)).save(tmp_path / f"{at}.png")
        lines.append(f"{at}.png,{('cat', 'dog')[at % 2]},{('black', 'brown', 'white')[at % 3]}")
    (tmp_path / "labels.csv").write_text("\n".join(lines))
    open_paths(workspace, [tmp_path])
    wait(qtbot, workspace, "data")
    assert page.data.target.editor.currentText() == "Automatic: species"
    page.data.target.chosen.emit("colour")
    page.data.target.set_value("colour")
    wait(qtbot, workspace, "data")
    item = workspace.draft.item("data")
    assert item is not None
    assert item.class_names == ("black", "brown", "white")
    assert workspace.draft.value["data"]["target"] == "colour"


@pytest.mark.slow
def test_that_the_teacher_is_shrunk_with_sliders(qtbot, page: SetupPage, workspace: Workspace):
    assert "Choose a teacher" in reason(page)
    opened(qtbot, workspace, TEACHER, DATA)
    assert reason(page) == ""
    at = page.student.architecture.editor.findData("shrink:")
    page.student.architecture.editor.setCurrentIndex(at)
    page.student.architecture.editor.activated.emit(at)
    assert workspace.draft.value["student"] == {"shrink": {"width": 0.5, "depth": 1.0}}
    qtbot.waitUntil(lambda: smaller(workspace) == 27_834, timeout=60_000)
    assert page.student.parameters.accessibleName() == "Parameters: 27\N{THIN SPACE}834"
    track = page.student.shrink.tracks["width"]
    for _ in range(3):
        qtbot.keyClick(track, Qt.Key.Key_Left)
    assert workspace.draft.value["student"]["shrink"]["width"] == pytest.approx(0.35)
    qtbot.waitUntil(lambda: smaller(workspace) < 27_834, timeout=60_000)


def reason(page: SetupPage) -> str:
    editor = page.student.architecture.editor
    at = editor.findData("shrink:")
    return "" if editor.model().item(at).isEnabled() else editor.itemData(at, Qt.ItemDataRole.ToolTipRole)


def smaller(workspace: Workspace) -> int:
    check = workspace.draft.check
    return check.student["parameters"] if check is not None and check.student else 10**9


def test_that_answers_cannot_be_shrunk(qtbot, page: SetupPage, workspace: Workspace, tmp_path: Path):
    workspace.draft.replace(
        {**workspace.draft.value, "teachers": [{"kind": "stored", "path": str(tmp_path / "a.npy")}]}
    )
    assert "file of its answers" in reason(page)


def test_that_an_unknown_network_is_opened_by_its_python_class(
    qtbot, page: SetupPage, workspace: Workspace, tmp_path: Path
):
    save_file(
        {"mix": np.random.default_rng(0).normal(size=(3, 28, 28, 10)).astype(np.float32)}, tmp_path / "odd.safetensors"
    )
    (tmp_path / "net.py").write_text(NET)
    opened(qtbot, workspace, TEACHER, DATA)
    opened(qtbot, workspace, tmp_path / "odd.safetensors", role="teacher")
    wait(qtbot, workspace, "teacher")
    assert workspace.draft.path("teacher").endswith("odd.safetensors")  # it is a question, and no reason to put it back
    assert page.teacher.ways_out.isVisible()
    with qtbot.waitSignal(page.fileRequested) as asked:
        qtbot.mouseClick(page.teacher.ways_out.python, Qt.MouseButton.LeftButton)
    asked.args[2](tmp_path / "net.py")
    assert [page.teacher.ways_out.classes.editor.itemText(i) for i in (1, 2)] == ["Block", "Net"]
    page.teacher.ways_out.classChosen.emit(f"{tmp_path / 'net.py'}:Net")
    wait(qtbot, workspace, "teacher")
    problem = workspace.draft.item("teacher").problems[0]
    assert problem.action == "trust"
    with qtbot.waitSignal(page.trustRequested) as asked:
        page.teacher.repairAsked.emit(problem)
    assert asked.args[0] == "net.py"
    workspace.draft.trust(asked.args[2])
    qtbot.waitUntil(lambda: bool((item := workspace.draft.item("teacher")) and item.parameters), timeout=60_000)
    assert workspace.draft.item("teacher").title.startswith("Net")
    assert not page.teacher.ways_out.isVisible()


def test_that_a_configuration_without_weights_is_told(qtbot, page: SetupPage, workspace: Workspace, tmp_path: Path):
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    told = []
    workspace.notices.arrived.connect(lambda problem, _details: told.append(problem.message))
    page.naming.take_config(tmp_path / "config.json")
    assert told == ["There are no weights beside “config.json”."]


def write_renamed(path: Path) -> None:
    """Write a ResNet-8 whose stages are called otherwise than anywhere."""
    import torch

    from kdstudio.models.build import architecture, empty, initialise

    network = initialise(empty(architecture("resnet", {"depth": 8}), (1, 28, 28), 10), 0)
    torch.save({name.replace("layer", "etage"): tensor for name, tensor in network.state_dict().items()}, path)


@pytest.mark.slow
def test_that_an_unknown_network_is_opened_by_its_architecture(
    qtbot, page: SetupPage, workspace: Workspace, tmp_path: Path
):
    write_renamed(tmp_path / "odd.pt")
    opened(qtbot, workspace, TEACHER, DATA)
    opened(qtbot, workspace, tmp_path / "odd.pt", role="teacher")
    wait(qtbot, workspace, "teacher")
    ways_out = page.teacher.ways_out
    qtbot.waitUntil(lambda: ways_out.architecture.editor.count() > 5, timeout=60_000)
    assert ways_out.isVisible()
    ways_out.architecture.chosen.emit("resnet")
    qtbot.waitUntil(lambda: "do not fit ResNet-20" in str(workspace.draft.item("teacher")), timeout=60_000)
    assert ways_out.isVisible()  # what does not fit is said below, and the knobs are here
    assert set(ways_out.knobs.editors) == {"depth", "width", "shortcut"}
    ways_out.knobs.edited.emit("depth", 8)
    qtbot.waitUntil(lambda: bool((item := workspace.draft.item("teacher")) and item.parameters), timeout=60_000)
    assert workspace.draft.value["teachers"][0]["arch"] == "resnet"
    assert workspace.draft.value["teachers"][0]["knobs"] == {"depth": 8}
    assert not ways_out.isVisible()
    assert "by order and shape alone" in workspace.draft.item("teacher").problems[0].message
