"""Text from a file to a distilled student: a teacher that reads pairs of words, which a bag of words cannot."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from kdstudio.core.errors import Problem
from kdstudio.core.events import Noticed
from kdstudio.data.inspect import inspect
from kdstudio.models.source import load
from kdstudio.recipe.recipe import parse
from kdstudio.training.run import resume, train
from tests.models.text_networks import write
from tests.small_task import quick_recipe, result

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


def run(folder: Path, data: Path | dict, student: dict, **changes: object) -> dict:
    source = data if isinstance(data, dict) else {"path": str(data)}
    value = {"data": source, "student": student, "optimizer": ADAM, "epochs": 4, "batch_size": 32}
    return result(train(parse(quick_recipe("", **(value | changes))), folder))


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


def noticed(recipe: dict, folder: Path) -> tuple[list[Problem], dict]:
    events = list(train(parse(recipe), folder))
    kept = json.loads((folder / "recipe.json").read_text())["optimizer"]
    return [
        event.problem for event in events if isinstance(event, Noticed) and event.problem.where == "optimizer"
    ], kept


SHORT = {"student": {"architecture": "text_bag", "knobs": {}}, "methods": [{"method": "hard_labels"}], "epochs": 1}


def test_that_text_is_learnt_with_adamw_where_the_recipe_names_no_optimizer(reviews, tmp_path):
    problems, kept = noticed(SHORT | {"data": {"path": str(reviews)}}, tmp_path / "run")
    assert (kept["name"], kept["learning_rate"]) == ("adamw", 0.003)
    assert [problem.severity for problem in problems] == ["note"]
    same = parse(SHORT | {"data": {"path": str(reviews)}})
    assert "finished" in [event.event for event in resume(tmp_path / "run", same_as=same)]


def test_that_sgd_stays_where_it_was_chosen_and_is_warned_of(reviews, tmp_path):
    problems, kept = noticed(SHORT | {"data": {"path": str(reviews)}, "optimizer": {"name": "sgd"}}, tmp_path / "run")
    assert (kept["name"], kept["learning_rate"]) == ("sgd", 0.05)
    assert [(problem.severity, problem.action) for problem in problems] == [("warning", "adamw")]


def test_that_pairs_in_files_of_their_own_parts_are_distilled(tmp_path):
    draw = np.random.default_rng(5)
    for name, count in (("train.tsv", 300), ("test.tsv", 60)):
        rows = ["sentence1\tsentence2\tlabel"]
        for at in range(count):
            first, second = (" ".join(f"word{draw.integers(30)}" for _ in range(6)) for _ in range(2))
            rows.append(f"{first} {'good' if at % 2 else 'bad'}\t{second}\t{'same' if at % 2 else 'other'}")
        (tmp_path / name).write_text("\n".join(rows), encoding="utf-8")
    data = {"path": str(tmp_path / "train.tsv"), "parts": {"test": str(tmp_path / "test.tsv")}}
    big = {"architecture": "text_cnn", "knobs": {"width": 16}}
    small = {"architecture": "text_cnn", "knobs": {"width": 8, "filters": 8, "windows": [2]}}
    teacher = run(tmp_path / "teacher", data, big)
    best = tmp_path / "teacher" / "checkpoints" / "best" / "student.safetensors"
    soft = [{"method": "soft_targets", "temperature": 2.0}]
    found = run(tmp_path / "run", data, small, teachers=[{"path": str(best)}], methods=soft)
    assert teacher["student"]["count"] == found["student"]["count"] == 60
    assert found["student"]["accuracy"] > 0.9


def test_that_an_encoder_gets_a_classifier_and_learns(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    words = {"good": ["good", "warm", "heart"], "bad": ["boring", "terrible", "long"]}
    rows = [
        f"this film of {1900 + i} is {rng.choice(words[label])} and the script is a story, too\t{label}"
        for i, label in enumerate(("good", "bad") * 80)
    ]
    (tmp_path / "films.tsv").write_text("\n".join(["text\tlabel", *rows]))
    folder = write(tmp_path / "encoder", "DistilBert", "Model")
    recipe = quick_recipe(tmp_path / "films.tsv", student={"path": str(folder)}, epochs=6, batch_size=8)
    recipe["optimizer"] = {"name": "adamw", "learning_rate": 0.003}
    summary = result(train(parse(recipe), tmp_path / "run"))
    assert summary["student"]["accuracy"] > 0.9
    assert load(tmp_path / "run" / "checkpoints" / "best" / "student.safetensors").class_names == ("bad", "good")
