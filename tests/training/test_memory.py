"""What methods remember of the training inputs is told before a run."""

import pytest

from kdstudio.core.errors import Problem
from kdstudio.methods.base import Setting
from kdstudio.recipe.choices import MethodChoice
from kdstudio.training.memory import of_memory
from kdstudio.training.opening import open_recipe
from tests.training.conftest import recipe

CHOICES = [(f"methods[{i}]", MethodChoice(method=name)) for i, name in enumerate(("hard_labels", "contrastive"))]


@pytest.mark.parametrize(
    ("inputs", "free", "severity", "message"),
    [
        (50_000, 8 * 10**9, "note", "contrastive remembers 51 MB of 50,000 training inputs"),
        (
            17_000_000,
            8 * 10**9,
            "warning",
            "contrastive remembers 17.4 GB of 17,000,000 training inputs, and 8.0 GB of memory can be had",
        ),
    ],
)
def test_that_the_size_of_the_banks_is_told_with_its_place(inputs, free, severity, message) -> None:
    told = of_memory(CHOICES, Setting(classes=10, inputs=inputs), free)
    assert [(one.where, one.severity, one.message) for one in told] == [("methods[1]", severity, message)]


def test_that_little_memory_is_not_worth_a_word() -> None:
    assert of_memory(CHOICES, Setting(classes=10, inputs=100), 10**9) == []


def test_that_opening_a_recipe_tells_what_does_not_fit(digits, monkeypatch) -> None:
    monkeypatch.setattr("kdstudio.training.opening.free_memory", lambda device: 10_000)
    opened = open_recipe(recipe(digits, methods=[{"method": "progressive_self"}], baseline=False))
    told = [problem for problem in opened.problems if problem.where == "methods[0]"]
    assert [type(problem) for problem in told] == [Problem]
    assert told[0].severity == "warning"
    assert opened.ready()
