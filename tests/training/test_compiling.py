"""Steps are compiled only where that can be done and a run is long enough; a compiled run keeps every promise."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from kdstudio.core.errors import InvalidRecipe
from kdstudio.core.events import Advanced, Noticed, Progress
from kdstudio.core.layout import RunFolder
from kdstudio.recipe.recipe import Recipe, parse, read_json
from kdstudio.training import compiling
from kdstudio.training.compiling import COST, TIMES, choose_compile, is_worth_trying, obstacle, pays, tool_missing
from kdstudio.training.control import Control, controlled
from kdstudio.training.learners import make_learners
from kdstudio.training.opened import Ready
from kdstudio.training.opening import open_recipe
from kdstudio.training.run import resume, train
from kdstudio.training.setup import prepare
from tests.small_task import finish, result
from tests.training.conftest import SOFT, recipe

CPU = torch.device("cpu")
SMALL = {"architecture": "small_cnn", "knobs": {"width": 4, "blocks": 2}}


def ready(digits: Path, **changes: object) -> Ready:
    opened = open_recipe(recipe(digits, **changes))
    return opened.ready()


def test_that_a_run_is_tried_only_where_compiling_is_a_twentieth_of_it_at_most() -> None:
    assert not is_worth_trying(step=0.5, steps=1_000, tensors=59)
    assert is_worth_trying(step=0.5, steps=10_000, tensors=59)
    assert is_worth_trying(step=1.0, steps=int(TIMES * COST * 10), tensors=10)
    assert not is_worth_trying(step=1.0, steps=int(TIMES * COST * 10) - 1, tensors=10)


@pytest.mark.parametrize(
    ("quick", "again", "expected"), [(0.9, 0.0, True), (0.96, 0.0, False), (0.9, 60.0, False), (0.8, 60.0, True)]
)
def test_that_compiled_steps_must_save_a_twentieth_of_the_run(quick, again, expected) -> None:
    assert pays(1.0, quick, 1_000, again) is expected


def test_that_nothing_is_compiled_where_it_cannot_be(digits, monkeypatch) -> None:
    assert obstacle(ready(digits), CPU) == ""
    assert tool_missing(CPU) == ""
    assert "CUDA" in tool_missing(torch.device("mps"))
    monkeypatch.setenv("CXX", "no-such-compiler")
    assert "no-such-compiler" in obstacle(ready(digits), CPU)
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert "packed" in obstacle(ready(digits), CPU)


def test_that_a_method_that_looks_at_layers_is_not_compiled(digits, tmp_path) -> None:
    deep = {"architecture": "small_cnn", "knobs": {"width": 4, "blocks": 3}}
    value = recipe(digits, student=deep, methods=[{"method": "hard_labels"}, {"method": "own_exits"}])
    with pytest.raises(InvalidRecipe) as wrong:
        finish(train(parse(value.to_value() | {"compile": True}), tmp_path / "run"))
    assert "compares layers" in wrong.value.problems[0].message
    finish(train(parse(value.to_value() | {"epochs": 1}), tmp_path / "auto"))
    assert read_json(RunFolder(tmp_path / "auto").recipe)["compile"] is False


def test_that_a_recipe_that_compiles_without_a_compiler_is_refused(digits, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    with pytest.raises(InvalidRecipe) as wrong:
        finish(train(recipe(digits, compile=True), tmp_path / "run"))
    assert wrong.value.problems[0].where == "compile"
    assert not (tmp_path / "run").exists()
    (problem,) = open_recipe(recipe(digits, compile=True)).errors  # as Setup's check tells it
    assert "no-such-compiler" in problem.message


def test_that_a_short_run_is_not_compiled_and_keeps_that(digits, tmp_path) -> None:
    seen, _ = finish(train(recipe(digits, epochs=1), tmp_path / "run"))
    assert not any(isinstance(event, Noticed) and event.problem.where == "compile" for event in seen)
    assert read_json(RunFolder(tmp_path / "run").recipe)["compile"] is False


def test_that_a_run_from_before_the_key_goes_on_without_compiling(digits, tmp_path, monkeypatch) -> None:
    torn(recipe(digits), tmp_path / "run", 7)
    place = RunFolder(tmp_path / "run").recipe
    value = read_json(place)
    del value["compile"]
    place.write_text(parse(value).model_dump_json(by_alias=True, exclude={"compile"}))
    monkeypatch.setattr(compiling, "COST", 0.0)  # any run would be long enough
    seen, _ = finish(resume(tmp_path / "run"))
    assert not any(isinstance(event, Progress) and event.doing == compiling.DOING for event in seen)


def test_that_only_whole_batches_of_training_are_compiled(digits, tmp_path) -> None:
    setup = result(prepare(recipe(digits), tmp_path / "run"))
    learner = make_learners(replace(setup, recipe=setup.recipe.model_copy(update={"compile": True})))[0]
    assert learner.quick is not None
    plain = [name for name, _ in setup.student.module.named_parameters()]
    assert list(learner.model.module.state_dict()) == list(setup.student.module.state_dict())
    assert [name for name, _ in learner.model.module.named_parameters()] == plain
    assert learner.model.module is setup.student.module


def torn(asked: Recipe, folder: Path, step: int) -> list[object]:
    control, seen = Control(), []
    for event in controlled(train(asked, folder), control):
        seen.append(event)
        if isinstance(event, Advanced) and event.step == step:
            control.stop(report=False)
    return seen


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(RunFolder(folder).checkpoint("last") / "student.safetensors")


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[key], other[key]) for key in one)


@pytest.mark.slow
@pytest.mark.parametrize("student", [None, SMALL], ids=["dropout", "batch-norm"])
def test_that_a_compiled_run_learns_and_resumes_to_the_same_bits(
    digits, teacher, tmp_path, monkeypatch, student
) -> None:
    changes = {} if student is None else {"student": student}
    taught = recipe(digits, teachers=[{"path": str(teacher)}], methods=list(SOFT), **changes)
    asked = parse(taught.to_value() | {"compile": True})
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path / "one"))
    seen, summary = finish(train(asked, tmp_path / "whole"))
    assert any(isinstance(event, Progress) and event.doing == compiling.DOING for event in seen)
    _, plain = finish(train(taught, tmp_path / "plain"))
    assert summary["student"]["accuracy"] == pytest.approx(plain["student"]["accuracy"], abs=0.05)
    assert not same(weights(tmp_path / "whole"), weights(tmp_path / "plain"))  # it was compiled
    torn(asked, tmp_path / "torn", 47)
    torch.compiler.reset()
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path / "two"))  # as if the cache had been emptied
    finish(resume(tmp_path / "torn"))
    assert same(weights(tmp_path / "torn"), weights(tmp_path / "whole"))


@pytest.mark.slow
def test_that_trying_leaves_no_trace_and_says_what_was_measured(digits, tmp_path) -> None:
    setup = result(prepare(recipe(digits, student=SMALL), tmp_path / "run"))
    before = {key: value.clone() for key, value in setup.student.module.state_dict().items()}
    torch.manual_seed(3)
    expected = torch.rand(5)
    torch.manual_seed(3)
    batch = setup.train.batch(torch.arange(64))
    chosen, told = result(choose_compile(setup.student, None, batch, "float32", 10**9, CPU))
    assert torch.equal(torch.rand(5), expected)
    assert same(setup.student.module.state_dict(), before)
    assert told.startswith("steps are compiled" if chosen else "steps are not compiled")
    assert "ms instead of" in told
