"""Tiny tables for the other tasks, several labels and numbers to predict, with a teacher trained on each."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

from tests.small_task import quick_recipe, trained

ROWS = 240
MARKS = ("label_warm", "label_wet", "label_windy")
ADAM = {"name": "adamw", "learning_rate": 0.02}


def write(folder: Path, task: str) -> Path:
    """Write a table of four measured numbers with three labels of 0 and 1, or with a price far from 0."""
    draw = np.random.default_rng(4)
    x = draw.normal(size=(ROWS, 4)).round(3)
    if task == "multi_label":
        names: tuple[str, ...] = MARKS
        y = (x[:, :3] + x[:, 3:] * 0.5 > 0).astype(int)
    else:
        names = ("price",)
        y = (200_000 + 30_000 * x[:, :1] + 8000 * x[:, 1:2] * x[:, 2:3]).round(1)
    file = folder / f"{task}.csv"
    with open(file, "w", newline="", encoding="utf-8") as opened:
        rows = csv.writer(opened)
        rows.writerow(["a", "b", "c", "d", *names])
        for left, right in zip(x.tolist(), y.tolist(), strict=True):
            rows.writerow([*left, *right])
    return file


def write_pictures(folder: Path, task: str, *, known: bool) -> Path:
    """Write scikit-learn's digits with three labels, or how much ink each has; without them there is no target."""
    bunch = load_digits()
    images, digit = (bunch.images[:400] * 15).astype(np.uint8), bunch.target[:400]
    labels = np.stack([digit % 2 == 0, np.isin(digit, (0, 6, 8, 9)), digit > 5], axis=1).astype(np.int64)
    y = labels if task == "multi_label" else 1000 + images.reshape(400, -1).sum(axis=1) / 7
    file = folder / f"{task}{'' if known else ' bare'}.npz"
    np.savez(file, x_train=images, **({"y_train": y} if known else {}))
    return file


def recipe(data: Path, **changes: object) -> dict[str, Any]:
    """Return a recipe for a table that trains for a moment."""
    return quick_recipe("", data={"path": str(data), "validation": 0.25, "test": 0.25}, batch_size=32) | {
        "student": {"architecture": "mlp", "knobs": {"hidden": [32]}},
        "optimizer": ADAM,
        "epochs": 8,
        **changes,
    }


def taught(folder: Path, task: str) -> tuple[Path, Path]:
    """Return the data and the weights of a teacher that was trained on it."""
    data = write(folder, task)
    return data, trained(recipe(data), folder / "teacher") / "checkpoints" / "best" / "student.safetensors"
