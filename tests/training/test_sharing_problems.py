"""What a person is told before several processes train a run together."""

import sys
from pathlib import Path

import pytest
import torch

from kdstudio.core.errors import InvalidRecipe
from kdstudio.recipe.recipe import Recipe
from kdstudio.training.device import devices_problem, several
from kdstudio.training.group import Group
from kdstudio.training.opening import open_recipe
from kdstudio.training.sharing_problems import problems_of
from tests.training.conftest import SOFT, recipe


class Two(Group):
    """One of two processes, each with a part of the student."""

    size = 2
    split = staticmethod(lambda module: module)


def told(asked: Recipe) -> list[str]:
    with pytest.raises(InvalidRecipe) as refused:
        list(problems_of(Two(), open_recipe(asked).ready()))
    return [str(problem.where) for problem in refused.value.problems]


def test_that_a_student_of_parts_needs_no_average_and_no_float16(digits: Path) -> None:
    asked = recipe(digits, teachers=[{"kind": "ema"}], methods=list(SOFT), precision="float16")
    assert told(asked) == ["teachers", "precision"]


def test_that_a_plain_student_can_be_split(soft: Recipe) -> None:
    assert [*problems_of(Two(), open_recipe(soft).ready())] == []


def test_that_a_batch_must_give_each_at_least_two_inputs(digits: Path) -> None:
    assert told(recipe(digits, batch_size=3)) == ["batch_size"]


def test_that_the_check_says_before_the_start_what_several_devices_cannot(
    digits: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = recipe(digits, devices=2)
    assert open_recipe(asked).errors == []
    compiled = recipe(digits, devices=2, compile=True)
    assert [problem.where for problem in open_recipe(compiled).errors] == ["compile"]
    assert "Apple" in devices_problem("mps", 2)
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert [problem.where for problem in open_recipe(asked).errors] == ["devices"]
    assert several(torch.device("cpu")) == 1
    assert devices_problem("cpu", 1) == ""
