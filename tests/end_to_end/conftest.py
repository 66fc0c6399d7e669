"""A small real task on disk: digits, a teacher trained on them, and places of one's own for settings and projects."""

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from kdstudio.cli import main
from tests.ui.conftest import dressed, nothing_survives  # noqa: F401 — windows here are closed as carefully as there


@pytest.fixture(scope="session")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """1,797 real 8 × 8 digits in a folder with a name that is not ASCII."""
    bunch = load_digits()
    path = tmp_path_factory.mktemp("Ziffern größer") / "digits.npz"
    np.savez(path, images=(bunch.images * 15.9).astype(np.uint8), labels=bunch.target)
    return path


@pytest.fixture(scope="session")
def teacher(digits: Path) -> Path:
    """The file of a teacher that was trained on the digits."""
    recipe = digits.parent / "teacher.json"
    value = {
        "data": {"path": digits.name, "validation": 0.2},
        "student": {"architecture": "mlp", "knobs": {"hidden": [256, 128]}},
        "methods": [{"method": "hard_labels"}],
        "optimizer": {"learning_rate": 0.1},
        "epochs": 15,
        "batch_size": 64,
        "threads": 1,
        "device": "cpu",
    }
    recipe.write_text(json.dumps(value))
    folder = digits.parent / "teacher run"
    assert main(["train", str(recipe), "--run", str(folder)]) == 0
    return folder / "checkpoints" / "best" / "student.safetensors"


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings, caches and projects of this test alone."""
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    return tmp_path
