"""A ladder: students at parameter ratios to their teacher."""

import json

import pytest

from kdstudio.core.errors import InvalidRecipe
from kdstudio.training.ladder import ladder
from kdstudio.training.opening import open_recipe
from tests.small_task import quick_recipe


def asked(digits, teacher, **changes):
    return quick_recipe(digits, teachers=[{"path": str(teacher)}], methods=[{"method": "soft_targets"}], **changes)


def test_that_each_rung_is_the_teacher_made_smaller_and_says_what_it_reached(digits, teacher):
    found = ladder(asked(digits, teacher), digits.parent, [10, 2, 2])
    assert [trial.name for trial in found.plan.trials] == ["ratio=2", "ratio=10"]
    assert found.problems == ()
    for trial in found.plan.trials:
        opened = open_recipe(found.plan.recipe_of(trial))
        ratio = opened.teacher.parameters / opened.student.parameters
        assert ratio == pytest.approx(trial.facts["ratio"], rel=0.1)
        assert trial.facts["reached"] == pytest.approx(ratio, abs=1e-4)
        assert trial.facts["planned_parameters"] == opened.student.parameters
        assert len(opened.student.spec.knobs["hidden"]) == 2  # as deep as the teacher
    assert json.loads(json.dumps(found.plan.to_value()))["kind"] == "ladder"


def test_that_a_ratio_that_cannot_be_reached_is_told_and_left_out(digits, teacher):
    found = ladder(asked(digits, teacher), digits.parent, [4, 4.001, 100_000])
    assert [trial.name for trial in found.plan.trials] == ["ratio=4"]
    assert [problem.where for problem in found.problems] == ["ratio=4.001", "ratio=100000"]
    assert "the same student" in found.problems[0].message
    assert "the closest one is" in found.problems[1].message
    with pytest.raises(InvalidRecipe, match="cannot be reached"):
        ladder(asked(digits, teacher), digits.parent, [100_000])


def test_that_students_can_be_like_the_recipes_own_in_other_widths(digits, teacher):
    student = {"architecture": "mlp", "knobs": {"hidden": [8], "dropout": 0.25}}
    found = ladder(asked(digits, teacher, student=student), digits.parent, [2], "student")
    (trial,) = found.plan.trials
    assert len(trial.values["student"]["knobs"]["hidden"]) == 1
    assert trial.values["student"]["knobs"]["dropout"] == 0.25
    assert trial.facts["reached"] == pytest.approx(2, rel=0.1)


def test_that_a_ladder_needs_a_teacher(digits):
    with pytest.raises(InvalidRecipe, match="no teacher's size"):
        ladder(quick_recipe(digits), digits.parent, [2])
