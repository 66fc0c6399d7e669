"""The trials of a sweep: every combination, each with a folder of its own."""

from dataclasses import replace
from pathlib import Path

import pytest

from kdstudio.core.errors import InvalidRecipe, KdStudioError
from kdstudio.recipe.over import axes
from kdstudio.recipe.sweep import Plan, common, grid, joined, plan_from
from tests.small_task import quick_recipe


def plan(*over: str, **changes: object) -> Plan:
    varied = axes(over)
    return Plan(quick_recipe("digits.npz", **changes), Path("/somewhere"), varied, grid(varied))


def test_that_there_is_a_trial_for_each_combination_named_by_what_is_varied() -> None:
    found = grid(axes(["optimizer.learning_rate=0.1,0.01", "student.knobs.hidden=[8],[8,16]"]))
    assert [trial.name for trial in found] == [
        "learning_rate=0.1,hidden=8",
        "learning_rate=0.1,hidden=8-16",
        "learning_rate=0.01,hidden=8",
        "learning_rate=0.01,hidden=8-16",
    ]
    assert found[1].values == {"optimizer.learning_rate": 0.1, "student.knobs.hidden": [8, 16]}


def test_that_names_are_good_for_folders_and_differ_where_values_do() -> None:
    odd = grid(axes(['data.path="a/b","a:b"', "methods[0].weight=1", "methods[1].weight=2"]))
    assert odd[0].name.startswith("path=a-b,methods-0-.weight=1,methods-1-.weight=2~")
    assert odd[0].name != odd[1].name
    assert all(len(trial.name) < 120 for trial in grid(axes([f'data.path="{"x" * 300}"'])))
    with pytest.raises(InvalidRecipe, match="would share a folder: architecture=LeNet, architecture=lenet"):
        grid(axes(["student.architecture=LeNet,lenet,mlp"]))


def test_that_a_grid_has_no_ranges() -> None:
    with pytest.raises(InvalidRecipe, match=r"optimizer.learning_rate: is a range.*--search"):
        grid(axes(["optimizer.learning_rate=0.001..0.1", "seed=1,2"]))


def test_that_a_trial_is_the_recipe_with_its_values() -> None:
    made = plan("optimizer.learning_rate=0.1,0.01", "methods.hard_labels.weight=0.5")
    recipe = made.recipe_of(made.trials[1])
    assert (recipe.optimizer.learning_rate, recipe.methods[0].weight) == (0.01, 0.5)
    assert recipe.data.path == str(Path("/somewhere/digits.npz").absolute())
    assert made.recipe_of(made.trials[0]).optimizer.learning_rate == 0.1


def test_that_presets_can_be_compared() -> None:
    varied = axes(["preset=kd,dkd"])
    value = {key: one for key, one in quick_recipe("digits.npz").items() if key != "methods"}
    made = Plan(value, Path("/somewhere"), varied, grid(varied))
    assert [trial.name for trial in made.trials] == ["preset=kd", "preset=dkd"]
    methods = [[one.method for one in made.recipe_of(trial).methods] for trial in made.trials]
    assert methods[0] != methods[1]


def test_that_a_plan_can_be_read_back_and_something_else_not() -> None:
    made = plan("seed=1,2")
    made = replace(made, trials=(replace(made.trials[0], facts={"ratio": 2}), made.trials[1]))
    assert plan_from(made.to_value()) == made
    for value in ([], {}, {"recipe": {}, "trials": [{"name": 3}]}, made.to_value() | {"over": [1]}):
        with pytest.raises(KdStudioError, match="does not say what the sweep is"):
            plan_from(value)


def test_that_a_sweep_grows_by_values_and_refuses_to_become_another() -> None:
    grown = joined(plan("seed=1,2"), plan("seed=2,3"))
    assert [trial.name for trial in grown.trials] == ["seed=1", "seed=2", "seed=3"]
    assert grown.over == {"seed": [1, 2, 3]}
    with pytest.raises(InvalidRecipe, match="another recipe"):
        joined(plan("seed=1,2"), plan("seed=1,2", epochs=9))
    with pytest.raises(InvalidRecipe, match="over other values"):
        joined(plan("seed=1,2"), plan("epochs=1,2"))


def test_that_trials_are_told_by_what_only_they_have_in_common() -> None:
    made = plan("seed=1,2", "epochs=3,4", "batch_size=8")
    assert common(made.trials[:2], made.over) == "seed=1"
    assert common(made.trials[:1], made.over) == "seed=1, epochs=3"
    assert common(made.trials, made.over) == ""
