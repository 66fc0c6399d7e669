"""How strongly each method would pull at the student, told before a run and found again in its first step."""

import threading

import pytest
import torch

from kdstudio.core.events import Losses
from kdstudio.engine.desk import Desk
from kdstudio.recipe.change import assign
from kdstudio.recipe.recipe import parse
from kdstudio.training.inspect import inspect
from kdstudio.training.opening import open_recipe
from kdstudio.training.pulls import pulls
from kdstudio.training.run import train
from tests.small_task import finish
from tests.training.conftest import SOFT, recipe

OTHERS = {
    "contrastive": {"method": "contrastive", "weight": 0.8},
    "similarity_preserving": {"method": "similarity_preserving"},
    "standardized": {"method": "soft_targets", "logits": "standardized", "temperature": 2.0},
    "dist": {"method": "dist"},
}


@pytest.fixture
def asked(digits, teacher):
    return recipe(digits, teachers=[{"path": str(teacher)}], methods=list(SOFT), epochs=1)


@pytest.mark.parametrize("other", OTHERS)
def test_that_the_first_step_of_the_run_finds_the_same(asked, tmp_path, other) -> None:
    wish = parse({**asked.to_value(), "methods": [*SOFT, OTHERS[other]], "augmentation": {"crop": 1}})
    told = pulls(open_recipe(wish).ready())
    seen, _ = finish(train(wish, tmp_path / "run"))
    first = next(event for event in seen if isinstance(event, Losses) and len(event.gradient_norms) > 2)
    assert told.norms == pytest.approx({k: v for k, v in first.gradient_norms.items() if k != "total"}, rel=1e-3)
    assert sum(told.shares) == pytest.approx(1.0)
    assert len(told.shares) == 3
    assert told.problems == ()


def test_that_a_method_that_would_not_count_is_told_at_its_place(asked) -> None:
    told = pulls(open_recipe(parse(assign(asked.to_value(), "methods[0].weight=1e-5"))).ready())
    assert [problem.where for problem in told.problems] == ["methods[0]"]
    assert "hardly moves the student" in told.problems[0].message
    assert told.shares[0] < 0.01


def test_that_the_generator_of_a_run_is_left_as_it_was(asked) -> None:
    before = torch.get_rng_state()
    pulls(open_recipe(asked).ready())
    assert torch.equal(before, torch.get_rng_state())


def test_that_one_method_and_a_teacher_to_come_are_told(asked) -> None:
    alone = pulls(open_recipe(parse({**asked.to_value(), "methods": [SOFT[1]]})).ready())
    assert (alone.shares, alone.note) == ((), "There is one method alone.")
    peers = pulls(open_recipe(parse({**asked.to_value(), "teachers": [{"kind": "peer"}]})).ready())
    assert (peers.shares, peers.note) == ((), "The teacher comes into being in the run.")


def test_that_nothing_is_measured_while_something_else_may_draw(asked) -> None:
    drawing = threading.Lock()
    desk, request = Desk(drawing), {"ask": "pulls", "recipe": asked.to_value()}
    with drawing:
        assert desk.answer(request, is_busy=True)["note"] == "Not measured while a run or an export is going on."
    assert len(desk.answer(request, is_busy=False)["shares"]) == 2
    assert not drawing.locked()


def test_that_inspect_tells_the_shares_of_a_recipe(asked, tmp_path) -> None:
    file = tmp_path / "recipe.json"
    file.write_text(asked.model_dump_json(by_alias=True))
    item = inspect(file, timed=True)
    assert list(item.pulls) == ["hard_labels", "soft_targets"]
    assert sum(item.pulls.values()) == pytest.approx(1.0)
    assert inspect(file).pulls == {}  # a drop on the window must not wait for that
