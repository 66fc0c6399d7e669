"""A blind spot that was planted in a teacher: it is seen in the student that it taught, and not in the one alone."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt

from kdstudio.ui.workspace import Workspace
from tests.small_task import trained

NAMES = ("T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
SANDAL, SNEAKER = 5, 7
TAUGHT = [{"method": "hard_labels", "weight": 0.1}, {"method": "soft_targets", "weight": 0.9, "temperature": 4.0}]


def write(folder: Path, source: Path) -> tuple[Path, Path]:
    """Write 10,000 pictures twice: with their labels, and with those of the brighter sandals and sneakers swapped."""
    images = np.frombuffer(_unpacked(source / "t10k-images-idx3-ubyte.gz")[16:], np.uint8).reshape(-1, 28, 28)
    labels = np.frombuffer(_unpacked(source / "t10k-labels-idx1-ubyte.gz")[8:], np.uint8)
    brightness, planted = images.mean(axis=(1, 2)), labels.copy()
    for one, other in ((SANDAL, SNEAKER), (SNEAKER, SANDAL)):
        own = labels == one
        planted[own & (brightness > np.median(brightness[own]))] = other
    for name, said in (("true", labels), ("planted", planted)):
        np.savez(folder / f"{name}.npz", images=images, labels=said, class_names=np.array(NAMES))
    return folder / "true.npz", folder / "planted.npz"


def _unpacked(file: Path) -> bytes:
    return gzip.decompress(file.read_bytes())


def recipe(data: Path, width: int, **changes: object) -> dict[str, Any]:
    return {
        "data": {"path": str(data), "validation": 0.3, "test": 0.1},
        "student": {"architecture": "small_cnn", "knobs": {"width": width}},
        "methods": [{"method": "hard_labels"}],
        "epochs": 8,
        "batch_size": 64,
        "threads": 1,
        "device": "cpu",
    } | changes


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_that_a_planted_blind_spot_is_shown_as_passed_on_and_is_none_of_the_student_alone(
    qtbot, workspace: Workspace, open_tab: Callable[..., Any], real_data: Callable[[str], Path], tmp_path: Path
) -> None:
    true, planted = write(tmp_path, real_data("fashion-mnist"))
    teacher = trained(recipe(planted, 16, baseline=False), tmp_path / "teacher")
    teachers = [{"path": str(teacher / "checkpoints" / "best" / "student.safetensors")}]
    run = trained(recipe(true, 8, teachers=teachers, methods=TAUGHT), tmp_path / "run")
    tab = open_tab(run, "disagreements", lambda tab: bool(tab.panel.blind.buttons))
    spots = [button.spot for button in tab.panel.blind.buttons]
    assert {(spots[0].true, spots[0].said)} <= {("Sandal", "Sneaker"), ("Sneaker", "Sandal")}
    assert len(spots[0].rows) >= 10
    assert spots[0].alone <= len(spots[0].rows) / 4
    assert tab.panel.sentence.text().endswith("yes.")
    qtbot.mouseClick(tab.panel.blind.buttons[0], Qt.MouseButton.LeftButton)
    assert set(workspace.view.selection.rows) == set(spots[0].rows)
    labels = np.load(true)["labels"]
    assert {NAMES[labels[row]] for row in spots[0].rows} == {spots[0].true}
