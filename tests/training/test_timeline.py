"""Changing one's mind while a run goes on, and getting the same run again."""

import json

import pytest
import torch
from safetensors.torch import load_file

from kdstudio.core.errors import InvalidRecipe
from kdstudio.core.events import Advanced, Changed, Losses, Noticed
from kdstudio.core.layout import RunFolder
from kdstudio.recipe.choices import Change
from kdstudio.recipe.recipe import parse, read_json
from kdstudio.training.control import Control, controlled
from kdstudio.training.run import resume, train
from kdstudio.training.timeline import Timeline
from tests.small_task import finish
from tests.training.conftest import SOFT, recipe

WISHES = {20: ("methods[1].temperature", 2.0), 30: ("optimizer.learning_rate", 0.02), 70: ("methods[0].weight", 0.5)}


@pytest.fixture
def asked(digits, teacher):
    return recipe(digits, teachers=[{"path": str(teacher)}], methods=list(SOFT))


def steered(asked, folder, wishes=None, stop_at=None):
    """Train with changes asked for at some steps; return the events."""
    control, seen = Control(), []
    for event in controlled(train(asked, folder), control):
        seen.append(event)
        if isinstance(event, Advanced) and event.step in (wishes or {}):
            control.change(*wishes[event.step])
        if isinstance(event, Advanced) and event.step == stop_at:
            control.stop(report=False)
    return seen


def assert_same(*folders) -> None:
    for name in ("student", "baseline"):
        one, other = (load_file(RunFolder(folder).checkpoint("last") / f"{name}.safetensors") for folder in folders)
        assert all(torch.equal(one[key], other[key]) for key in one)


def test_that_each_change_is_told_kept_and_replayed_to_the_same_bits(asked, tmp_path) -> None:
    seen = steered(asked, tmp_path / "live", WISHES)
    changed = [(event.key, event.old, event.new) for event in seen if isinstance(event, Changed)]
    assert changed == [
        ("methods[1].temperature", 4.0, 2.0),
        ("optimizer.learning_rate", 0.1, 0.02),
        ("methods[0].weight", 0.1, 0.5),
    ]
    kept = parse(read_json(tmp_path / "live" / "recipe.json"))
    assert [change.step for change in kept.history] == [20, 21, 42]  # in the baseline's turn: from the next epoch on
    assert kept.methods[1].knobs["temperature"] == 4.0  # what the run began with
    finish(train(kept, tmp_path / "again"))
    assert_same(tmp_path / "live", tmp_path / "again")
    rates = [event.learning_rate for event in seen if isinstance(event, Losses)]
    assert min(rates[:-1]) < 0.02 < max(rates)


def test_that_a_run_stopped_after_a_change_resumes_with_it(asked, tmp_path) -> None:
    steered(asked, tmp_path / "whole", {20: WISHES[20]})
    steered(asked, tmp_path / "torn", {20: WISHES[20]}, stop_at=24)
    finish(resume(tmp_path / "torn"))
    assert_same(tmp_path / "whole", tmp_path / "torn")


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (("epochs", 3), "cannot be changed in a run"),
        (("methods[7].weight", 1.0), "cannot be changed in a run"),
        (("methods[1].temperature", -1.0), "less than or equal to the minimum"),
        (("optimizer.learning_rate", "fast"), "valid number"),
    ],
)
def test_that_a_change_that_cannot_be_is_told_and_changes_nothing(asked, tmp_path, wish, words) -> None:
    seen = steered(asked, tmp_path / "run", {5: wish})
    told = [event.problem for event in seen if isinstance(event, Noticed) and event.problem.where == wish[0]]
    assert [words in problem.message for problem in told] == [True]
    assert not [event for event in seen if isinstance(event, Changed)]
    assert json.loads((tmp_path / "run" / "recipe.json").read_text())["history"] == []


@pytest.mark.parametrize(("method", "knob"), [("own_exits", "layers"), ("hints", "pairs"), ("variational", "variance")])
def test_that_a_knob_whose_parts_were_built_for_it_stays(digits, method, knob) -> None:
    asked = recipe(digits, methods=[{"method": method}])
    with pytest.raises(InvalidRecipe, match="cannot be changed in a run"):
        Timeline(asked).change(Change(step=0, key=f"methods[0].{knob}", value=["layer1"]))


def test_that_a_history_that_does_not_fit_is_an_error_before_the_run(asked) -> None:
    wrong = asked.model_copy(update={"history": (Change(step=3, key="data.path", value="x"),)})
    with pytest.raises(InvalidRecipe, match="cannot be changed in a run"):
        Timeline(wrong)
