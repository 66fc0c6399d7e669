import pytest

from kdstudio.recipe.defaults import optimizer_problem, usual_optimizer
from kdstudio.recipe.optimizing import OptimizerChoice


@pytest.mark.parametrize("kind", ["image", "table", "audio", ""])
def test_that_data_of_other_kinds_begins_with_the_recipe_s_own_default(kind: str) -> None:
    assert usual_optimizer(kind) == OptimizerChoice()
    assert optimizer_problem(OptimizerChoice(), kind) is None
    assert optimizer_problem(OptimizerChoice(name="adamw"), kind) is None


def test_that_text_begins_with_adamw_and_sgd_is_warned_of() -> None:
    assert (usual_optimizer("text").name, usual_optimizer("text").learning_rate) == ("adamw", 0.003)
    assert optimizer_problem(usual_optimizer("text"), "text") is None
    problem = optimizer_problem(OptimizerChoice(), "text")
    assert problem is not None
    assert (problem.severity, problem.action, problem.value) == ("warning", "adamw", 0.003)


def test_that_a_transformer_with_its_weights_takes_small_steps() -> None:
    assert usual_optimizer("text", is_pretrained=True).learning_rate < 1e-4
    problem = optimizer_problem(OptimizerChoice(), "text", is_pretrained=True)
    assert problem is not None
    assert problem.value == usual_optimizer("text", is_pretrained=True).learning_rate
