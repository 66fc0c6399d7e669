"""Real runs on scikit-learn's digits, and a workspace whose engine only starts where a test asks it something."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QTimer
from sklearn.datasets import load_digits

from kdstudio.project.store import recorded
from kdstudio.recipe.recipe import parse
from kdstudio.training.run import train
from kdstudio.ui.settings import Settings
from kdstudio.ui.theme import Theme
from kdstudio.ui.workspace import Workspace

METHODS = [{"method": "hard_labels", "weight": 0.1}, {"method": "soft_targets", "weight": 0.9, "temperature": 4.0}]


def trained(folder: Path, data: Path, hidden: list[int], **changes: object) -> Path:
    """Train an MLP for a few epochs and return its run folder."""
    value: dict[str, object] = {
        "data": {"path": str(data), "validation": 0.3},
        "student": {"architecture": "mlp", "knobs": {"hidden": hidden}},
        "methods": [{"method": "hard_labels"}],
        "optimizer": {"name": "sgd", "learning_rate": 0.05},
        "epochs": 3,
        "batch_size": 64,
        "threads": 1,
        "device": "cpu",
    }
    for _ in recorded(folder, train(parse(value | changes), folder)):
        pass
    return folder


@pytest.fixture(scope="session")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run without a teacher; short, so that it leaves mistakes to pass on."""
    base, bunch = tmp_path_factory.mktemp("digits"), load_digits()
    np.savez(base / "digits.npz", images=(bunch.images * 15.9).astype(np.uint8), labels=bunch.target)
    return trained(base / "alone", base / "digits.npz", [32], epochs=2)


@pytest.fixture(scope="session")
def run(alone: Path) -> Path:
    """A finished run with a teacher that makes mistakes, a student and a baseline."""
    teachers = [{"path": str(alone / "checkpoints" / "best" / "student.safetensors")}]
    return trained(
        alone.with_name("run"), alone.with_name("digits.npz"), [8], teachers=teachers, methods=METHODS, epochs=6
    )


@pytest.fixture
def workspace(dressed: Theme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    made = Workspace(Settings(tmp_path / "settings.json"))
    yield made
    for timer in made.findChildren(QTimer):  # a check that is due would start the engine
        timer.stop()
    made.engine.kill()
    made.close()
