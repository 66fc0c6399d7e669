"""A student that answers with its teacher's classifier: trained, exported, opened again, and told on its card."""

import json
from pathlib import Path

import pytest
import torch

from kdstudio.core.errors import InvalidRecipe
from kdstudio.core.layout import RunFolder
from kdstudio.export.export import export
from kdstudio.models.head import Head
from kdstudio.models.inspect import inspect, taken_over
from kdstudio.models.source import load
from kdstudio.recipe.recipe import Recipe, parse, read_json
from kdstudio.training.opening import open_recipe
from kdstudio.training.run import train


def wanted(run: Path, **changes: object) -> Recipe:
    """The recipe of the run that all tests here share, with another method."""
    value = read_json(run / "recipe.json")
    return parse({**value, "methods": [{"method": "reused_classifier"}], "epochs": 4, "probes": "auto", **changes})


@pytest.fixture(scope="module")
def reused(run: Path, finish, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reused") / "run"
    adam = {"name": "adamw", "learning_rate": 0.01}
    finish(train(wanted(run, baseline=True, epochs=10, optimizer=adam), folder))
    return folder


def test_that_the_student_comes_close_to_the_teacher_with_a_classifier_that_did_not_learn(reused: Path) -> None:
    summary = json.loads((reused / "summary.json").read_text())
    assert summary["student"]["accuracy"] > 0.75
    student = load(RunFolder(reused).checkpoint("best") / "student.safetensors")
    teacher = load(Path(read_json(reused / "recipe.json")["teachers"][0]["path"]))
    (head,) = [part for part in student.module.modules() if isinstance(part, Head)]
    assert torch.equal(head.classifier.weight, teacher.module.get_submodule(teacher.classifier).weight)
    baseline = load(RunFolder(reused).checkpoint("best") / "baseline.safetensors")
    assert baseline.spec.reused is None
    assert summary["baseline"]["parameters"] == baseline.parameters < summary["student"]["parameters"]
    assert summary["student"]["parameters"] == student.parameters


def test_that_every_export_has_projector_and_classifier_and_the_card_says_so(reused: Path, finish, tmp_path) -> None:
    finish(export(reused, tmp_path))
    reports = json.loads((tmp_path / "report.json").read_text())
    assert reports
    assert all(report["passed"] and report["agreement"] == 1.0 for report in reports)
    student = load(tmp_path / "model.safetensors")
    told = taken_over(student)
    assert told
    assert told[1:] in (tmp_path / "MODEL_CARD.md").read_text()
    assert told in [problem.message for problem in inspect(tmp_path / "model.safetensors").problems]


def test_that_it_is_said_before_the_run_and_what_cannot_be_taken_is_refused(run: Path, out: Path) -> None:
    opened = open_recipe(wanted(run))
    notes = [(problem.where, problem.message) for problem in opened.problems if problem.severity == "note"]
    assert opened.student is not None
    assert ("methods[0]", taken_over(opened.student)) in notes
    assert opened.recipe.methods[0].knobs["pairs"] == (("embedding", "embedding"),)
    for teacher, words in [
        ({"path": str(out / "model.onnx")}, "shows no last linear layer"),
        ({"kind": "ema"}, "there is none yet"),
        ({"kind": "peer"}, "there is none yet"),
    ]:
        opened = open_recipe(wanted(run, teachers=[teacher]))
        assert [problem.where for problem in opened.errors] == ["methods[0]"]
        assert words in opened.errors[0].message
        assert opened.errors[0].hint
    other = [{"method": "reused_classifier", "pairs": [["stage1", "fc1"]]}]
    with pytest.raises(InvalidRecipe):
        open_recipe(wanted(run, methods=other)).ready()
