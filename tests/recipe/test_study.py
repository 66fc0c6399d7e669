"""Studies: those that come with kdstudio are whole, and what is wrong in one is told."""

import json
from pathlib import Path
from typing import Any

import pytest

from kdstudio.core.errors import InvalidRecipe
from kdstudio.recipe.study import folder_of, read, studies


@pytest.mark.parametrize("study", studies(), ids=lambda study: study.name)
def test_that_every_recipe_of_a_study_can_be_read(study: Any, tmp_path: Path) -> None:
    assert {one.stem for one in study.place.glob("*.json")} == {trial.name for trial in study.runs}
    for trial in study.runs:
        recipe = study.recipe(trial, "quick", 3, tmp_path, tmp_path / "runs")
        assert recipe.seed == 3
        assert recipe.epochs == study.budgets["quick"].epochs[trial.name]
        assert study.data == "" or recipe.data.path == str(tmp_path / study.data)
        if trial.teacher:
            assert recipe.teachers[0].path.startswith(
                str(tmp_path / "runs" / folder_of(study, trial.teacher, "quick", 3))
            )
        elif recipe.teachers and recipe.teachers[0].path:
            assert Path(recipe.teachers[0].path).is_file()


@pytest.fixture
def value() -> dict[str, Any]:
    return {
        "title": "A study",
        "paper": "Nobody 2026",
        "data": "",
        "budgets": {"quick": {"epochs": {"a": 1, "b": 2}}},
        "runs": [{"name": "a"}, {"name": "b", "teacher": "a"}],
        "figures": [{"says": "B", "of": ["b"], "kind": "errors", "published": 7}],
    }


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"runs": [{"name": "b", "teacher": "a"}, {"name": "a"}]}, "no runs of the study"),
        ({"figures": [{"says": "C", "of": ["c"], "kind": "errors"}]}, "no runs of the study"),
        ({"figures": [{"says": "B", "of": ["b"], "kind": "gap_closed"}]}, "another number of runs"),
        ({"budgets": {"quick": {"epochs": {"a": 1}}}}, "no epochs: b"),
        ({"publshed": 3}, "Extra inputs"),
    ],
)
def test_that_what_does_not_belong_together_is_told(value: Any, changes: Any, words: str, tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_text(json.dumps(value))
    assert read(tmp_path / "mine.json").name == "mine"
    (tmp_path / "mine.json").write_text(json.dumps(value | changes))
    with pytest.raises(InvalidRecipe, match=words):
        read(tmp_path / "mine.json")
