"""Text from a file to a distilled student: a teacher that reads pairs of words, which a bag of words cannot."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from kdstudio.data.inspect import inspect
from kdstudio.models.source import load
from kdstudio.recipe.recipe import parse
from kdstudio.training.run import train

ADAM = {"name": "adamw", "learning_rate": 0.01, "weight_decay": 0.01}


@pytest.fixture(scope="session")
def reviews(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """1,200 sentences in a TSV file: `not bad` and `good` are one class, `not good` and `bad` the other."""
    draw = np.random.default_rng(0)
    said = {"pos": ("good", "not bad"), "neg": ("bad", "not good")}
    lines = []
    for number, label in zip(range(1200), itertools.cycle(said), strict=False):
        words = [f"word{draw.integers(40)}" for _ in range(draw.integers(2, 9))]
        words.insert(int(draw.integers(len(words) + 1)), said[label][number // 2 % 2])
        lines.append(f"{label}\t{' '.join(words)}")
    path = tmp_path_factory.mktemp("text") / "reviews.tsv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def run(folder: Path, data: Path, student: dict, **changes: object) -> dict:
    recipe = {
        "data": {"path": str(data)},
        "student": student,
        "methods": [{"method": "hard_labels"}],
        "optimizer": ADAM,
        "epochs": 4,
        "batch_size": 32,
        "threads": 1,
        "device": "cpu",
    }
    events = train(parse(recipe | changes), folder)
    while True:
        try:
            next(events)
        except StopIteration as end:
            return end.value


@pytest.fixture(scope="session")
def taught(reviews: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict, dict]:
    folder = tmp_path_factory.mktemp("runs")
    big = {"architecture": "text_cnn", "knobs": {"width": 32, "filters": 32, "windows": [2, 3]}}
    alone = run(folder / "teacher", reviews, big)
    weights = folder / "teacher" / "checkpoints" / "best" / "student.safetensors"
    small = {"architecture": "text_cnn", "knobs": {"width": 8, "filters": 8, "windows": [2], "dropout": 0}}
    soft = [{"method": "hard_labels", "weight": 0.1}, {"method": "soft_targets", "weight": 0.9, "temperature": 2.0}]
    return folder, alone, run(folder / "student", reviews, small, teachers=[{"path": str(weights)}], methods=soft)


def test_that_a_text_teacher_teaches_a_small_student_beside_its_baseline(taught):
    _, alone, summary = taught
    assert alone["student"]["accuracy"] > 0.9
    assert summary["teacher"]["accuracy"] == pytest.approx(alone["student"]["accuracy"])
    assert summary["student"]["accuracy"] > 0.9
    assert summary["baseline"]["parameters"] == summary["student"]["parameters"] < summary["teacher"]["parameters"]
    assert summary["transfer"]["agreement"] > 0.9


def test_that_the_saved_student_scores_the_same_and_keeps_its_words(taught, reviews):
    folder, _, summary = taught
    model = load(folder / "student" / "checkpoints" / "best" / "student.safetensors")
    assert {"not", "good", "bad"} <= set(model.preprocessing.words)
    assert model.class_names == ("neg", "pos")
    assert summary["student"]["count"] == 120


def test_that_a_bag_of_words_cannot_tell_them_apart(reviews, tmp_path):
    summary = run(tmp_path / "run", reviews, {"architecture": "text_bag", "knobs": {}})
    assert 0.3 < summary["student"]["accuracy"] < 0.9


def test_that_the_data_is_described_as_texts(reviews):
    item = inspect(reviews)
    assert item.title == "1,200 texts · 2 classes"
    assert item.class_names == ("neg", "pos")
