"""A small real task: scikit-learn's digits, a teacher that was really trained on them, and recipes for both."""

from pathlib import Path

import pytest

from kdstudio.recipe.recipe import Recipe, parse
from kdstudio.training.run import train
from tests.small_task import finish, quick_recipe, write_digits


@pytest.fixture(scope="session")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """1,797 real 8 × 8 digits as one npz file."""
    return write_digits(tmp_path_factory.mktemp("digits") / "digits.npz")


def recipe(digits: Path, **changes: object) -> Recipe:
    """A quick recipe; any key can be changed."""
    student = {"architecture": "mlp", "knobs": {"hidden": [32], "dropout": 0.2}}
    return parse(quick_recipe(digits, **({"student": student} | changes)))


@pytest.fixture(scope="session")
def teacher(digits: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A teacher file that kdstudio trained itself."""
    folder = tmp_path_factory.mktemp("teacher") / "run"
    wide = {"architecture": "mlp", "knobs": {"hidden": [128, 64]}}
    finish(train(recipe(digits, student=wide, epochs=12), folder))
    return folder / "checkpoints" / "best" / "student.safetensors"


SOFT = ({"method": "hard_labels", "weight": 0.1}, {"method": "soft_targets", "weight": 0.9, "temperature": 4.0})


@pytest.fixture
def soft(digits: Path, teacher: Path) -> Recipe:
    """Distillation with everything on that draws random numbers: dropout, augmentation, a baseline."""
    return recipe(
        digits,
        teachers=[{"path": str(teacher)}],
        methods=list(SOFT),
        augmentation={"flip": False, "crop": 1},
        epochs=4,
    )
