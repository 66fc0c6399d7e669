"""A small real task for the tests that train: scikit-learn's digits, a recipe that takes a moment, and its end."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

from kdstudio.project.store import recorded
from kdstudio.recipe.recipe import parse
from kdstudio.training.run import train


def write_digits(file: Path, count: int = 1797) -> Path:
    """Write the first `count` digits as an npz file: `images` (count, 8, 8) uint8, and `labels`."""
    bunch = load_digits()
    np.savez(file, images=(bunch.images[:count] * 15.9).astype(np.uint8), labels=bunch.target[:count])
    return file


def quick_recipe(path: Path | str, /, **changes: object) -> dict[str, Any]:
    """Return a recipe that trains an MLP on the data at `path` for three epochs; any key can be changed."""
    return {
        "data": {"path": str(path), "validation": 0.2},
        "student": {"architecture": "mlp", "knobs": {"hidden": [32]}},
        "methods": [{"method": "hard_labels"}],
        "optimizer": {"name": "sgd", "learning_rate": 0.1},
        "epochs": 3,
        "batch_size": 64,
        "threads": 1,
        "device": "cpu",
    } | changes


def trained(recipe: dict[str, Any], folder: Path) -> Path:
    """Train a recipe with every event in the files of its run, and return the run's folder."""
    for _ in recorded(folder, train(parse(recipe), folder)):
        pass
    return folder


def finish(events: Generator[Any, Any, Any]) -> tuple[list[Any], Any]:
    """Step a generator to its end; return its events and its result."""
    seen = []
    while True:
        try:
            seen.append(next(events))
        except StopIteration as end:
            return seen, end.value


def result(events: Generator[Any, Any, Any]) -> Any:
    """Step a generator to its end and return its result."""
    return finish(events)[1]
