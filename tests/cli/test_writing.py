"""`kdstudio write`: a corpus by a teacher, gone on with after a kill, and learned from."""

import json
from pathlib import Path

import pytest

from kdstudio.cli import main
from kdstudio.data.read import read
from kdstudio.recipe.recipe import parse
from kdstudio.training.opening import open_recipe
from kdstudio.training.writing import END, write_corpus
from tests.models.text_networks import write
from tests.small_language import language_recipe, write_teller
from tests.small_task import finish


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_teller(tmp_path_factory.mktemp("teacher") / "model")


def made(teacher: Path, to: Path, count: int = 70, seed: int = 0) -> int:
    _, now = finish(write_corpus(teacher, to, count, ["a good", "the film"], 12, 1.0, seed))
    return int(now)


def test_that_a_torn_corpus_is_gone_on_with_to_the_same_bytes(teacher: Path, tmp_path: Path):
    assert made(teacher, tmp_path / "whole.txt") == 70
    whole = (tmp_path / "whole.txt").read_bytes()
    (tmp_path / "torn.txt").write_bytes(whole[: len(whole) * 2 // 3])
    assert 0 < made(teacher, tmp_path / "torn.txt") < 70
    assert (tmp_path / "torn.txt").read_bytes() == whole
    made(teacher, tmp_path / "other.txt", seed=1)
    assert (tmp_path / "other.txt").read_bytes() != whole


def test_that_a_corpus_is_what_a_student_learns_from_and_its_baseline_does_not(teacher: Path, tmp_path: Path):
    made(teacher, tmp_path / "written.txt", 300)
    assert len(read(tmp_path / "written.txt").parts["train"]) >= 290  # some are empty
    value = language_recipe(tmp_path, teachers=[{"path": str(teacher)}])
    value["data"] = {"path": value["data"]["path"], "transfer": str(tmp_path / "written.txt")}
    opened = open_recipe(parse(value))
    assert not opened.errors
    assert opened.splits is not None
    assert opened.splits.labelled.sum() < len(opened.splits.train) - 200


def test_that_the_command_writes_and_tells(teacher: Path, tmp_path: Path, capfd):
    (tmp_path / "begin.txt").write_text("a good\n\nthe film\n")
    beginnings = ["--prompts", str(tmp_path / "begin.txt"), "--count", "3", "--tokens", "5"]
    assert main(["write", str(teacher), "--to", str(tmp_path / "out.txt"), *beginnings, "--json"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert (told["texts"], told["written_now"]) == (3, 3)
    assert (tmp_path / "out.txt").read_text(encoding="utf-8").count(END) == 3


def test_that_a_classifier_writes_nothing(tmp_path: Path, capfd):
    judge = write(tmp_path / "judge", "DistilBert")
    assert main(["write", str(judge), "--to", str(tmp_path / "out.txt")]) == 1
    assert "classifies and does not write" in " ".join(capfd.readouterr().err.split())
