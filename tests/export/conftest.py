"""A run that was really trained, exported once for all tests."""

from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits

from kdstudio.core.layout import RunFolder
from kdstudio.export.export import export
from kdstudio.recipe.recipe import parse
from kdstudio.training.run import train
from tests.small_task import quick_recipe, result, write_digits

Finish = Callable[[Generator[Any, Any, Any]], Any]


@pytest.fixture(scope="session")
def finish() -> Finish:
    """Step a generator of events to its end and return its result."""
    return result


@pytest.fixture(scope="session")
def digits() -> np.ndarray:
    """(1797, 8, 8) uint8."""
    return np.asarray((load_digits().images * 15.9).astype(np.uint8))


@pytest.fixture(scope="session")
def recipe() -> dict[str, Any]:
    """What all recipes here have in common."""
    return quick_recipe("", epochs=4)


@pytest.fixture(scope="session")
def run(recipe: dict[str, Any], finish: Finish, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A teacher and a student that were really trained, the student by distillation."""
    data = write_digits(tmp_path_factory.mktemp("data") / "digits.npz")
    first = recipe | {"data": {"path": str(data), "validation": 0.2}}
    teacher = tmp_path_factory.mktemp("teacher") / "run"
    finish(train(parse(first), teacher))
    second = first | {
        "teachers": [{"path": str(RunFolder(teacher).checkpoint("best") / "student.safetensors")}],
        "student": {"architecture": "small_cnn", "knobs": {"width": 4, "blocks": 2}},
        "methods": [{"method": "soft_targets"}],
    }
    folder = tmp_path_factory.mktemp("student") / "run"
    finish(train(parse(second), folder))
    return folder


@pytest.fixture(scope="session")
def out(run: Path, finish: Finish, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run's export."""
    folder = tmp_path_factory.mktemp("out") / "dir ä"
    finish(export(run, folder))
    return folder
