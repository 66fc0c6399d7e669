"""A teacher whose outputs are not the classes of the data as they are."""

import json

import numpy as np
import pytest
import torch

from kdstudio.core.errors import InvalidRecipe
from kdstudio.models.save import save
from kdstudio.models.source import load
from kdstudio.training.opening import open_recipe
from kdstudio.training.run import train
from kdstudio.training.scoring import score_file
from tests.small_task import finish
from tests.training.conftest import recipe

SOFT = [{"method": "soft_targets"}]
ORDER = [3, 1, 4, 0, 5, 9, 2, 6, 8, 7]  # output k of the shuffled teacher stands for digit ORDER[k]


def shuffled(teacher, path, order, names=()):
    """Write the real teacher with its outputs in another order, as another tool might have trained it."""
    from dataclasses import replace

    model = load(teacher)
    head = model.module.get_submodule(model.classifier)
    weight, bias = head.weight.detach().clone(), head.bias.detach().clone()
    rows = torch.tensor(order)
    head.weight.data, head.bias.data = weight[rows.clamp(min=0)], bias[rows.clamp(min=0)]
    head.bias.data[rows < 0] = -20.0
    head.weight.data[rows < 0] = 0.0
    head.out_features = len(order)
    spec = replace(model.spec, classes=len(order))
    save(replace(model, spec=spec, class_names=tuple(names)), path)
    return path


def test_that_names_put_the_outputs_in_order(digits, teacher, tmp_path):
    path = shuffled(teacher, tmp_path / "t", ORDER, names=[str(digit) for digit in ORDER])
    opened = open_recipe(recipe(digits, teachers=[{"path": str(path)}], methods=SOFT))
    assert not opened.errors
    assert opened.score.accuracy > 0.9
    _, summary = finish(train(recipe(digits, teachers=[{"path": str(path)}], methods=SOFT), tmp_path / "run"))
    assert summary["teacher"]["accuracy"] > 0.9
    assert summary["transfer"]["agreement"] > 0.8
    _, one = finish(score_file(path, recipe(digits).data, "test"))
    assert one["accuracy"] == summary["teacher"]["accuracy"]


def test_that_without_names_the_order_is_proposed_and_used_when_it_is_taken(digits, teacher, tmp_path):
    path = shuffled(teacher, tmp_path / "t", ORDER)
    opened = open_recipe(recipe(digits, teachers=[{"path": str(path)}], methods=SOFT))
    assert opened.score.accuracy < 0.5
    offer = next(problem for problem in opened.problems if problem.action == "class_map")
    columns = json.loads(offer.value)
    assert [ORDER[column] for column in columns] == list(range(10))
    choice = {"path": str(path), "class_map": columns}
    assert open_recipe(recipe(digits, teachers=[choice], methods=SOFT)).score.accuracy > 0.9


def test_that_an_extra_background_class_is_offered_to_be_left_out(digits, teacher, tmp_path):
    path = shuffled(teacher, tmp_path / "t", [-1, *range(10)])
    with pytest.raises(InvalidRecipe, match="11 outputs, the data has 10 classes") as caught:
        open_recipe(recipe(digits, teachers=[{"path": str(path)}], methods=SOFT)).ready()
    offer = next(problem for problem in caught.value.problems if problem.action == "class_map")
    assert json.loads(offer.value) == list(range(1, 11))


def test_that_a_class_that_the_teacher_does_not_know_is_its_least_likely_one(digits, teacher, tmp_path):
    path = shuffled(teacher, tmp_path / "t", list(range(9)), names=[str(digit) for digit in range(9)])
    opened = open_recipe(recipe(digits, teachers=[{"path": str(path)}], methods=SOFT))
    warning = next(problem for problem in opened.problems if "does not know 9" in problem.message)
    assert warning.severity == "warning"
    logits = opened.teacher.respond(opened.splits.test.read(np.arange(5)))
    assert logits.shape == (5, 10)
    assert torch.equal(logits[:, 9], logits[:, :9].amin(1))


@pytest.mark.parametrize("columns", [[0, 1], [0] * 10, list(range(1, 11))])
def test_that_a_class_map_that_cannot_be_is_refused(digits, teacher, columns):
    opened = open_recipe(recipe(digits, teachers=[{"path": str(teacher), "class_map": columns}], methods=SOFT))
    assert [problem.where for problem in opened.errors] == ["teachers[0].class_map"]
    assert opened.errors[0].hint
