"""A student that is a smaller teacher."""

import pytest

from kdstudio.core.errors import InvalidRecipe
from kdstudio.recipe.recipe import parse, read_json
from kdstudio.training.opening import open_recipe
from kdstudio.training.run import train
from tests.small_task import finish
from tests.training.conftest import recipe

SHRINK = {"shrink": {"width": 0.25, "depth": 0.5}}


def test_that_the_run_folder_keeps_what_the_student_became(digits, teacher, tmp_path):
    wanted = recipe(digits, teachers=[{"path": str(teacher)}], methods=[{"method": "soft_targets"}], student=SHRINK)
    finish(train(wanted, tmp_path / "run"))
    kept = parse(read_json(tmp_path / "run" / "recipe.json"))
    assert kept.student.architecture == "mlp"
    assert kept.student.knobs["hidden"] == [32]  # of 128 and 64
    assert kept.student.shrink is None


def test_that_without_a_teacher_there_is_nothing_to_shrink(digits):
    with pytest.raises(InvalidRecipe, match="no teacher to shrink"):
        open_recipe(recipe(digits, student=SHRINK)).ready()
