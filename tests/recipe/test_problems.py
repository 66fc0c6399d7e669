"""What can be said about a recipe from the catalogue alone."""

from kdstudio.recipe.problems import problems
from kdstudio.recipe.recipe import parse
from kdstudio.training.opening import catalogue


def found(**changes: object) -> dict[str, str]:
    value = {
        "data": {"path": "x"},
        "teachers": [{"path": "t"}],
        "student": {"architecture": "mlp", "knobs": {}},
        "methods": [{"method": "soft_targets"}],
    }
    return {
        problem.where: f"{problem.message} {problem.hint}" for problem in problems(parse(value | changes), catalogue())
    }


def test_that_a_good_recipe_has_no_problems() -> None:
    assert found() == {}


def test_that_knobs_are_checked_against_their_schemas_all_at_once() -> None:
    seen = found(
        methods=[{"method": "soft_targets", "temperature": -1, "temprature": 3}, {"method": "soft_target"}],
        student={"architecture": "resnet", "knobs": {"depth": "deep"}},
    )
    assert set(seen) == {"methods[0].temperature", "methods[0].temprature", "methods[1].method", "student.knobs.depth"}
    assert "above 0" in seen["methods[0].temperature"]
    assert "soft_targets" in seen["methods[1].method"]


def test_that_a_method_that_needs_a_teacher_says_so() -> None:
    assert "needs a teacher" in found(teachers=[])["methods[0]"]


def test_that_weights_of_zero_alone_are_refused() -> None:
    assert "nothing would be learned" in found(methods=[{"method": "soft_targets", "weight": 0}])["methods"]


def test_that_an_unknown_architecture_lists_the_known_ones() -> None:
    assert "resnet" in found(student={"architecture": "resnt"})["student.architecture"]


def test_that_the_catalogue_survives_json() -> None:
    from kdstudio.recipe.problems import Catalogue

    live = catalogue()
    assert Catalogue.model_validate_json(live.model_dump_json(by_alias=True)) == live
