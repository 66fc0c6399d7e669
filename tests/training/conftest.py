"""A small real task: scikit-learn's digits, a teacher that was really trained on them, and recipes for both."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from kdstudio.recipe.recipe import Recipe, parse
from kdstudio.training.run import train


@pytest.fixture(scope="session")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """1,797 real 8 × 8 digits as one npz file."""
    bunch = load_digits()
    path = tmp_path_factory.mktemp("digits") / "digits.npz"
    np.savez(path, images=(bunch.images * 15.9).astype(np.uint8), labels=bunch.target)
    return path


def recipe(digits: Path, **changes: object) -> Recipe:
    """A quick recipe; any key can be changed."""
    value: dict[str, object] = {
        "data": {"path": str(digits), "validation": 0.2},
        "student": {"architecture": "mlp", "knobs": {"hidden": [32], "dropout": 0.2}},
        "methods": [{"method": "hard_labels"}],
        "optimizer": {"name": "sgd", "learning_rate": 0.1},
        "epochs": 3,
        "batch_size": 64,
        "threads": 1,
        "device": "cpu",
    }
    return parse(value | changes)


def finish(events):  # type: ignore[no-untyped-def]
    """Step a generator to its end; return its events and its result."""
    seen = []
    while True:
        try:
            seen.append(next(events))
        except StopIteration as end:
            return seen, end.value


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
