"""Recipes: JSON round trip, all problems at once with their paths, and changes by path."""

import json
from pathlib import Path

import pytest

from kdstudio.core.errors import InvalidRecipe
from kdstudio.core.paths import resource
from kdstudio.recipe.change import assign, differences
from kdstudio.recipe.recipe import load, parse, where

MINIMAL = {
    "data": {"path": "x"},
    "student": {"architecture": "mlp"},
    "methods": [{"method": "soft_targets", "temperature": 4}],
}


def test_that_a_minimal_recipe_survives_json() -> None:
    recipe = parse(MINIMAL)
    assert parse(json.loads(json.dumps(recipe.to_value()))) == recipe
    assert recipe.to_value()["schema"] == 1
    assert recipe.methods[0].knobs == {"temperature": 4}


def test_that_all_problems_come_at_once_each_with_its_path() -> None:
    wrong = {
        "data": {"path": "x", "validaton": 0.1, "limit": -1},
        "student": {"architecture": "mlp", "path": "y"},
        "methods": [{"method": "soft_targets", "weight": -4}],
        "augmentation": {"views": 0},
        "epochs": 0,
        "device": "gpu",
    }
    with pytest.raises(InvalidRecipe) as error:
        parse(wrong)
    found = {problem.where: problem for problem in error.value.problems}
    assert set(found) == {
        "data.validaton", "data.limit", "student", "methods[0].weight", "augmentation.views", "epochs", "device",
    }  # fmt: skip
    assert "spelling" in found["data.validaton"].hint
    assert found["augmentation.views"].message.count("'endless'") == 1


def test_that_a_missing_part_is_named() -> None:
    with pytest.raises(InvalidRecipe) as error:
        parse({"student": {"architecture": "mlp"}, "methods": [{"method": "hard_labels"}]})
    assert [(problem.where, problem.message) for problem in error.value.problems] == [("data", "is missing")]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_that_numbers_that_are_none_are_refused(value: float) -> None:
    with pytest.raises(InvalidRecipe):
        parse(MINIMAL | {"optimizer": {"learning_rate": value}})


def test_that_broken_json_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "größe.json"
    file.write_text('{"data":\n {"path": }}', encoding="utf-8")
    with pytest.raises(InvalidRecipe) as error:
        load(file)
    assert "line 2" in str(error.value)


def test_that_relative_paths_are_taken_from_the_recipes_folder(tmp_path: Path) -> None:
    file = tmp_path / "recipe.json"
    file.write_text(json.dumps(MINIMAL | {"teachers": [{"path": "models/t.pt"}]}))
    recipe = load(file)
    assert recipe.data.path == str(tmp_path / "x")
    assert recipe.teachers[0].path == str(tmp_path / "models" / "t.pt")


@pytest.mark.parametrize(
    ("change", "path", "value"),
    [
        ("epochs=3", ("epochs",), 3),
        ("optimizer.learning_rate=0.01", ("optimizer", "learning_rate"), 0.01),
        ("methods.soft_targets.temperature=8", ("methods", 0, "temperature"), 8),
        ("methods[0].weight=0.5", ("methods", 0, "weight"), 0.5),
        ("data.path=/a path/ä", ("data", "path"), "/a path/ä"),
        ("augmentation.flip=true", ("augmentation", "flip"), True),
    ],
)
def test_that_a_value_is_changed_by_its_path(change: str, path: tuple, value: object) -> None:
    before = json.dumps(MINIMAL)
    changed = assign(MINIMAL, change)
    for key in path:
        changed = changed[key]
    assert changed == value
    assert json.dumps(MINIMAL) == before


@pytest.mark.parametrize(
    "change", ["epochs", "=3", "methods.unknown.temperature=3", "methods[7].weight=1", "data.path.x=1"]
)
def test_that_a_change_that_leads_nowhere_is_refused(change: str) -> None:
    with pytest.raises(InvalidRecipe):
        assign(MINIMAL, change)


def test_that_differences_name_every_path() -> None:
    old = parse(MINIMAL).to_value()
    new = assign(assign(old, "epochs=7"), "methods[0].temperature=2")
    assert differences(old, new) == [("methods[0].temperature", 4, 2), ("epochs", 30, 7)]


def test_that_paths_read_as_people_write_them() -> None:
    assert where(("methods", 1, "temperature")) == "methods[1].temperature"


def test_that_every_bundled_recipe_is_valid() -> None:
    files = sorted(resource("recipes").glob("*.json"))
    assert files
    for file in files:
        load(file)
