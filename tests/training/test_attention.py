"""Transformers that learn a teacher's attention from texts of any length, and what is refused before the start."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from kdstudio.core.errors import InvalidRecipe
from kdstudio.core.events import Losses
from kdstudio.core.layout import RunFolder
from kdstudio.models.source import load
from kdstudio.recipe.recipe import Recipe, parse, read_json
from kdstudio.training.opening import open_recipe
from kdstudio.training.run import train
from tests.models.text_networks import TEXTS, write
from tests.small_task import finish, quick_recipe


@pytest.fixture(scope="module")
def reviews(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """240 texts of 1 to 12 words; the class is what stands first."""
    draw = np.random.default_rng(0)
    words = sorted({word for text in TEXTS for word in text.split()})
    names = itertools.cycle(("bad", "good", "mixed"))
    rest = (" ".join(draw.choice(words, draw.integers(12))) for _ in range(240))
    lines = [f"{name}\t{name} {more}" for name, more in zip(names, rest, strict=False)]
    path = tmp_path_factory.mktemp("texts") / "reviews.tsv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("nets")
    write(folder / "bert", initializer_range=0.2)
    write(folder / "distil", "DistilBert", n_heads=4, dim=8, n_layers=2)
    write(folder / "gpt", "GPT2")
    return folder


def wanted(reviews: Path, folders: Path, method: dict, student: dict, teacher: str = "bert") -> Recipe:
    value = {
        "data": {"path": str(reviews)},
        "teachers": [{"path": str(folders / teacher)}],
        "student": student,
        "methods": [method],
        "optimizer": {"name": "adamw", "learning_rate": 0.003},
        "epochs": 3,
        "batch_size": 16,
        "baseline": False,
    }
    return parse(quick_recipe("", **value))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "student", "pairs"),
    [
        ({"method": "attention_relations"}, "distil", [[1, 3]]),
        ({"method": "attention_relations", "relations": "each", "heads": 8}, "distil", [[1, 3]]),
        ({"method": "transformer_layers"}, "half", [[0, 1], [1, 3]]),
    ],
)
def test_that_a_smaller_transformer_learns_the_attention(method, student, pairs, reviews, folders, tmp_path) -> None:
    half = {"shrink": {"width": 1, "depth": 0.5}}
    choice = half if student == "half" else {"path": str(folders / student)}
    seen, summary = finish(train(wanted(reviews, folders, method, choice), tmp_path / "run"))
    course = [event.terms["total"] for event in seen if isinstance(event, Losses)]
    assert course[-1] < 0.9 * course[0]
    assert summary is not None
    assert blocks(tmp_path / "run") == pairs
    exported = load(RunFolder(tmp_path / "run").checkpoint("last") / "student.safetensors")
    assert exported.parameters == summary["student"]["parameters"]


def blocks(run: Path) -> list[list[int]]:
    pairs = read_json(run / "recipe.json")["methods"][0]["pairs"]
    return [[int(name.rpartition(".")[2]) for name in pair] for pair in pairs]


CNN = {"architecture": "text_cnn", "knobs": {"width": 8, "filters": 8, "windows": [2]}}


@pytest.mark.parametrize(
    ("method", "student", "teacher", "words"),
    [
        ({"method": "attention_relations"}, CNN, "bert", "no layer of the student can be compared"),
        ({"method": "attention_relations"}, "distil", "gpt", "no layer of the student can be compared"),
        ({"method": "attention_relations", "heads": 5}, "distil", "bert", "5 relation heads do not divide"),
        ({"method": "transformer_layers"}, "distil", "bert", "the student has 4 heads and the teacher 2"),
    ],
)
def test_that_what_cannot_be_compared_is_told_before_the_run(method, student, teacher, words, reviews, folders) -> None:
    choice = student if isinstance(student, dict) else {"path": str(folders / student)}
    opened = open_recipe(wanted(reviews, folders, method, choice, teacher))
    assert [problem.where for problem in opened.errors] == ["methods[0].pairs"]
    assert words in opened.errors[0].message
    assert opened.errors[0].hint


def test_that_another_tokenizer_is_told_before_the_run(reviews, folders, tmp_path) -> None:
    other = write(tmp_path / "other", "DistilBert")
    told = (other / "tokenizer.json").read_text(encoding="utf-8")
    (other / "tokenizer.json").write_text(told.replace('"type": "Lowercase"', '"type": "NFC"'), encoding="utf-8")
    recipe = wanted(reviews, folders, {"method": "attention_relations"}, {"path": str(other)})
    with pytest.raises(InvalidRecipe, match="needs a student that reads the same places"):
        open_recipe(recipe).ready()
