"""Runs whose student learns with rounding."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from kdstudio.core.errors import InvalidRecipe
from kdstudio.core.events import Advanced
from kdstudio.core.layout import RunFolder
from kdstudio.models.rounding import roundings
from kdstudio.models.source import load
from kdstudio.recipe.recipe import Recipe, parse
from kdstudio.training.control import Control, controlled
from kdstudio.training.opening import open_recipe
from kdstudio.training.run import resume, train
from tests.small_task import finish, trained
from tests.training.test_resume import assert_same_bits


@pytest.fixture(scope="module")
def finished(digits: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished student with batch norms."""
    from tests.small_task import quick_recipe

    student = {"architecture": "small_cnn", "knobs": {"width": 4, "blocks": 2}}
    return trained(quick_recipe(digits, student=student), tmp_path_factory.mktemp("finished") / "run")


def quantizing(soft: Recipe, finished: Path) -> dict[str, Any]:
    choice = {"path": str(RunFolder(finished).best_student), "quantize": "int8"}
    return soft.to_value() | {"student": choice, "epochs": 2}


def test_that_student_and_baseline_round_and_resume_to_the_same_bits(soft: Recipe, finished: Path, tmp_path) -> None:
    recipe = parse(quantizing(soft, finished))
    finish(train(recipe, tmp_path / "whole"))
    control = Control()
    for event in controlled(train(recipe, tmp_path / "run"), control):
        if isinstance(event, Advanced) and event.step == 30:
            control.stop(report=False)
    finish(resume(tmp_path / "run"))
    assert_same_bits(tmp_path / "run", tmp_path / "whole")
    last = RunFolder(tmp_path / "whole").checkpoint("last")
    begun = load(RunFolder(finished).best_student).module.state_dict()
    for name in ("student", "baseline"):
        state, model = load_file(last / f"{name}.safetensors"), load(last / f"{name}.safetensors")
        assert model.spec.bits == "int8"
        assert len(roundings(model.module)) == 5  # two convolutions, the norm behind pooling, the mean, the classifier
        assert not torch.equal(state["stage1.conv1.weight"], begun["stage1.conv1.weight"])
    told = json.loads((tmp_path / "whole/recipe.json").read_text())
    assert (told["student"]["quantize"], told["precision"]) == ("int8", "float32")


def test_that_a_quantized_student_can_be_trained_on_and_teach(soft: Recipe, finished: Path, tmp_path: Path) -> None:
    first = trained(quantizing(soft, finished), tmp_path / "first")
    best = str(RunFolder(first).best_student)
    again = trained(soft.to_value() | {"student": {"path": best}, "epochs": 1}, tmp_path / "again")
    assert load(RunFolder(again).best_student).spec.bits == "int8"
    pupil = trained(soft.to_value() | {"teachers": [{"path": best}], "epochs": 1}, tmp_path / "pupil")
    assert load(RunFolder(pupil).best_student).spec.bits is None


def test_that_methods_that_compare_layers_see_those_of_a_quantized_student(soft, finished: Path, tmp_path) -> None:
    recipe = quantizing(soft, finished)
    recipe["methods"] = [{"method": "hard_labels"}, {"method": "hints", "pairs": [["stage2", "fc1"]]}]
    opened = open_recipe(parse(recipe))
    assert not opened.errors
    trained(recipe | {"epochs": 1}, tmp_path / "run")


def test_that_what_cannot_be_quantized_is_told_at_the_check(soft: Recipe, tmp_path: Path) -> None:
    with pytest.raises(InvalidRecipe, match="give its file as 'path'"):
        parse(soft.to_value() | {"student": {"architecture": "lenet", "quantize": "int8"}})


def test_that_half_precision_is_refused(soft: Recipe, finished: Path) -> None:
    (told,) = open_recipe(parse(quantizing(soft, finished) | {"precision": "bfloat16"})).errors
    assert (told.where, "needs float32" in told.message) == ("precision", True)


def test_that_a_student_of_texts_is_refused_at_the_check(tmp_path: Path) -> None:
    from tests.small_task import quick_recipe

    lines = [f"a {('good', 'bad')[i % 2]} film {i},{('yes', 'no')[i % 2]}" for i in range(80)]
    (tmp_path / "texts.csv").write_text("\n".join(["text,label", *lines]) + "\n", encoding="utf-8")
    recipe = quick_recipe(tmp_path / "texts.csv", student={"architecture": "text_bag"}, epochs=1, batch_size=16)
    choice = {"path": str(RunFolder(trained(recipe, tmp_path / "run")).best_student), "quantize": "int8"}
    (told,) = open_recipe(parse(recipe | {"student": choice})).errors
    assert (told.where, "takes text and cannot be quantized" in told.message) == ("student", True)
    assert "--quantize int8" in told.hint
