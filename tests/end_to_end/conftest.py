"""A small real task on disk: digits, and a teacher trained on them."""

import json
from pathlib import Path

import pytest

from kdstudio.cli import main
from tests.small_task import quick_recipe, write_digits
from tests.ui.conftest import dressed, nothing_survives  # noqa: F401 — windows here are closed as carefully as there


@pytest.fixture(scope="session")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """1,797 real 8 × 8 digits in a folder with a name that is not ASCII."""
    return write_digits(tmp_path_factory.mktemp("Ziffern größer") / "digits.npz")


@pytest.fixture(scope="session")
def teacher(digits: Path) -> Path:
    """The file of a teacher that was trained on the digits."""
    recipe = digits.parent / "teacher.json"
    wide = {"architecture": "mlp", "knobs": {"hidden": [256, 128]}}
    recipe.write_text(json.dumps(quick_recipe(digits.name, student=wide, epochs=15)))
    folder = digits.parent / "teacher run"
    assert main(["train", str(recipe), "--run", str(folder)]) == 0
    return folder / "checkpoints" / "best" / "student.safetensors"
