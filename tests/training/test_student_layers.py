"""Methods on layers of the student alone: which layers are taken, and what is told where there are none."""

import pytest

from kdstudio.recipe.recipe import parse, read_json
from kdstudio.training.opening import open_recipe
from kdstudio.training.run import train
from tests.small_task import finish
from tests.training.conftest import recipe

CNN = {"architecture": "small_cnn", "knobs": {"width": 4, "blocks": 3}}


def wanted(digits, student, methods, **changes):
    return recipe(digits, student=student, methods=methods, baseline=False, epochs=1, **changes)


def test_that_the_run_folder_names_the_exits_and_needs_no_teacher(digits, tmp_path) -> None:
    methods = [{"method": "hard_labels"}, {"method": "own_exits"}]
    finish(train(wanted(digits, CNN, methods), tmp_path / "run"))
    kept = parse(read_json(tmp_path / "run" / "recipe.json"))
    assert kept.methods[1].knobs["layers"] == ["stage1"]  # but for the last: the third has no places left


def test_that_a_teachers_answers_are_still_stored(digits, teacher, tmp_path) -> None:
    methods = [{"method": "soft_targets"}, {"method": "own_exits"}]
    asked = wanted(digits, CNN, methods, teachers=[{"path": str(teacher)}])
    finish(train(asked.model_copy(update={"epochs": 3}), tmp_path / "run"))
    assert parse(read_json(tmp_path / "run" / "recipe.json")).teacher_cache is True


@pytest.mark.parametrize(
    ("student", "layers", "words"),
    [
        ({"architecture": "mlp", "knobs": {"hidden": [16]}}, "auto", "the student has one stage alone"),
        (CNN, ["stage1", "stage9"], "the student has no layer called 'stage9'"),
    ],
)
def test_that_layers_that_are_not_there_are_told_with_their_place(digits, student, layers, words) -> None:
    opened = open_recipe(wanted(digits, student, [{"method": "own_exits", "layers": layers}]))
    assert [(problem.where, problem.message) for problem in opened.errors] == [("methods[0].layers", words)]
    assert opened.errors[0].hint
