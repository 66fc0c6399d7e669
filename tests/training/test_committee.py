"""Runs with several teachers."""

import pytest

from kdstudio.core.errors import InvalidRecipe
from kdstudio.recipe.recipe import parse, read_json
from kdstudio.training.opening import open_recipe
from kdstudio.training.run import train
from tests.small_task import result
from tests.training.conftest import recipe


@pytest.fixture(scope="session")
def weak(digits, tmp_path_factory):
    """A second teacher, hardly trained."""
    folder = tmp_path_factory.mktemp("weak") / "run"
    result(train(recipe(digits, epochs=1), folder))
    return folder / "checkpoints" / "best" / "student.safetensors"


def taught_by(digits, *teachers, **changes):
    methods = [{"method": "soft_targets"}]
    return recipe(digits, teachers=[{"path": str(one)} for one in teachers], methods=methods, **changes)


@pytest.mark.slow
@pytest.mark.parametrize("rule", ["probabilities", "logits", "confidence", "accuracy", "routed"])
def test_that_a_student_learns_from_a_committee(digits, teacher, weak, tmp_path, rule) -> None:
    summary = result(train(taught_by(digits, teacher, weak, blend={"rule": rule}), tmp_path / "run"))
    assert summary["student"]["accuracy"] > 0.7
    assert summary["teacher"]["parameters"] > 0
    kept = parse(read_json(tmp_path / "run" / "recipe.json"))
    assert len(kept.blend.weights) == 2
    if rule == "accuracy":
        assert kept.blend.weights[0] > kept.blend.weights[1] > 0  # what each reached on held-out inputs


def test_that_the_same_teacher_twice_teaches_what_it_teaches_alone(digits, teacher, tmp_path) -> None:
    alone = result(train(taught_by(digits, teacher), tmp_path / "alone"))
    twice = result(train(taught_by(digits, teacher, teacher), tmp_path / "twice"))
    assert twice["student"]["accuracy"] == pytest.approx(alone["student"]["accuracy"], abs=0.02)
    assert twice["teacher"]["accuracy"] == alone["teacher"]["accuracy"]


def test_that_every_teacher_that_cannot_be_opened_is_told(digits, teacher, tmp_path) -> None:
    with pytest.raises(InvalidRecipe) as caught:
        open_recipe(taught_by(digits, tmp_path / "none.pt", teacher, tmp_path / "nothing.pt")).ready()
    assert [problem.where for problem in caught.value.problems] == ["teachers[0].path", "teachers[2].path"]


def test_that_weights_for_other_teachers_are_told(digits, teacher) -> None:
    with pytest.raises(InvalidRecipe, match="3 weights for 2 teachers"):
        open_recipe(taught_by(digits, teacher, teacher, blend={"weights": [1, 2, 3]})).ready()
