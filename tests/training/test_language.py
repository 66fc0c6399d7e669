"""A language model distilled into a smaller one: a classifier at every place of running text."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from kdstudio.core.events import Stopped
from kdstudio.core.layout import RunFolder
from kdstudio.core.passages import load as load_passages
from kdstudio.models.preprocessing.tokens import TokenPreprocessing
from kdstudio.models.source import load
from kdstudio.project.run import Run
from kdstudio.recipe.choices import DataChoice
from kdstudio.recipe.recipe import parse
from kdstudio.training.control import Control, controlled
from kdstudio.training.opening import open_recipe
from kdstudio.training.run import resume, train
from kdstudio.training.scoring import score_file
from tests.models.text_networks import TEXTS, write
from tests.small_language import language_recipe
from tests.small_task import finish, trained


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("language")


@pytest.fixture(scope="module")
def value(place: Path) -> dict[str, Any]:
    return language_recipe(place)


@pytest.fixture(scope="module")
def writer(value: dict[str, Any]) -> Path:
    return Path(value["teachers"][0]["path"])


@pytest.fixture(scope="module")
def run(value: dict, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained(value, tmp_path_factory.mktemp("language") / "run")


def refused(value: dict) -> str:
    opened = open_recipe(parse(value))
    return " ".join(f"{problem.message} {problem.hint}" for problem in opened.errors)


def test_that_stored_answers_are_those_of_the_models_at_each_place(run: Path, writer: Path):
    stored, passages = Run(run), load_passages(RunFolder(run).passages("test"))
    assert passages is not None
    for learner, model in (("teacher", load(writer)), ("student", load(RunFolder(run).best_student))):
        found = stored.predictions(learner, "test", "last" if learner == "teacher" else "best")
        assert found.task == "classification"
        assert len(found.index) == sum(len(passages.indices(number)) for number in range(len(passages)))
        for number in (0, len(passages) - 1):
            tokens = passages.of(number)
            with torch.no_grad():
                alone = model.module(torch.from_numpy(tokens.astype(np.int64))[None])[0, :-1]
            rows = np.searchsorted(found.index, passages.indices(number))
            np.testing.assert_allclose(found.logits[rows], alone.numpy(), atol=1e-4)
            assert found.targets[rows].tolist() == tokens[1:].tolist()
            text = np.array([found.class_names[token] for token in tokens])
            assert text[0] == "[CLS]"


def test_that_the_summary_counts_tokens(run: Path):
    summary = json.loads((run / "summary.json").read_text())
    assert summary["student"]["count"] == len(Run(run).predictions("student", "test", "best").index)
    assert summary["transfer"]["temperature"] == 1.0
    assert all(0 < summary[one]["nll"] < 8 for one in ("teacher", "student", "baseline"))
    bits, passages = summary["student"]["nll"] * summary["student"]["count"] / np.log(2), Run(run).passages("test")
    assert passages is not None
    reader = load(RunFolder(run).best_student).preprocessing
    assert isinstance(reader, TokenPreprocessing)
    size = sum(len(reader.text(passages.of(n)[1:].tolist()).encode()) for n in range(len(passages)))
    assert summary["student"]["perplexity"] == pytest.approx(np.exp(summary["student"]["nll"]))
    assert summary["student"]["bits_per_byte"] == pytest.approx(bits / size)


def test_that_a_language_model_is_scored_by_itself(writer: Path, value: dict):
    _, found = finish(score_file(writer, DataChoice(**value["data"]), "test"))
    assert found["count"] > 100
    assert found["perplexity"] == pytest.approx(np.exp(found["nll"]))


def test_that_the_student_comes_closer_to_the_teacher_than_without_it(run: Path):
    near = json.loads((run / "summary.json").read_text())["transfer"]
    assert near["kl"] < near["baseline_kl"]


def test_that_a_stopped_run_goes_on_to_the_same_bits(value: dict, run: Path, tmp_path: Path):
    control, seen = Control(), 0
    for event in controlled(train(parse(value), tmp_path / "run"), control):
        seen += event.event == "advanced"
        if seen == 4:
            control.stop(report=False)
    assert isinstance(event, Stopped)
    finish(resume(tmp_path / "run"))
    for name in ("student", "baseline"):
        one, other = (load(RunFolder(f).checkpoint("best") / f"{name}.safetensors") for f in (run, tmp_path / "run"))
        for key, weight in one.module.state_dict().items():
            assert torch.equal(weight, other.module.state_dict()[key]), (name, key)


def test_that_a_copy_of_the_teachers_layers_learns(value: dict, tmp_path: Path):
    made = value | {"student": {"shrink": {"width": 1, "depth": 0.5}}, "epochs": 1, "baseline": False}
    trained(made, tmp_path / "run")
    assert load(RunFolder(tmp_path / "run").best_student).per_token


def test_that_a_teacher_with_other_tokens_is_refused(value: dict, tmp_path: Path, real_data):
    student = (
        trained(value | {"epochs": 1, "baseline": False}, tmp_path / "run") / "checkpoints/best/student.safetensors"
    )
    other = value | {"student": {"path": str(student)}, "teachers": [{"path": str(real_data("stories260k/hf"))}]}
    assert "different tokens" in refused(other)


def test_that_running_text_without_a_language_model_is_told(value: dict):
    assert "nobody says what its tokens are" in refused(
        value | {"teachers": [], "methods": [{"method": "hard_labels"}]}
    )


def test_that_methods_for_whole_inputs_are_refused(value: dict):
    assert "decoupled compares one class" in refused(value | {"methods": [{"method": "decoupled"}]})


def test_that_labelled_texts_are_passages_where_the_task_says_so(value: dict, tmp_path: Path):
    rows = "\n".join(f"{TEXTS[i % 5]} and {TEXTS[i % 4]}, {TEXTS[i % 3]} number {i}\t{i % 2}" for i in range(60))
    (tmp_path / "reviews.tsv").write_text(f"text\tlabel\n{rows}\n")
    labelled = value | {"data": {"path": str(tmp_path / "reviews.tsv")}}
    assert "set task to next_token" in refused(labelled)
    assert not refused(labelled | {"task": "next_token"})


def test_that_a_classifier_can_be_learned_from_on_running_text(value: dict, tmp_path: Path):
    judge = write(tmp_path / "judge", "DistilBert")
    student = {"student": {"architecture": "text_bag"}, "methods": [{"method": "soft_targets"}]}
    opened = open_recipe(parse(value | {"teachers": [{"path": str(judge)}]} | student))
    assert not opened.errors, opened.errors
    assert opened.dataset is not None
    assert opened.dataset.class_names == ("bad", "good", "mixed")
