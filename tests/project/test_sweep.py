"""A sweep folder read back, whatever state its trials are in."""

from pathlib import Path

import pytest

from kdstudio.core.errors import KdStudioError
from kdstudio.core.files import write_json
from kdstudio.project.sweep import is_sweep, outcomes, planned, read
from kdstudio.recipe.over import axes
from kdstudio.recipe.sweep import FILE, Plan, grid
from tests.small_task import quick_recipe, trained, write_digits


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sweep of three trials, two of which are finished."""
    made = tmp_path_factory.mktemp("sweep")
    varied = axes(["student.knobs.hidden=[1],[32],[8]"])
    plan = Plan(quick_recipe(write_digits(made / "digits.npz", 600), epochs=2), made, varied, grid(varied))
    write_json(made / FILE, plan.to_value())
    for trial in plan.trials[:2]:
        trained(plan.recipe_of(trial).to_value(), made / trial.name)
    return made


def test_that_the_best_on_validation_comes_first_and_what_waits_comes_last(folder: Path) -> None:
    found = outcomes(folder, read(folder))
    assert [one.trial.name for one in found] == ["hidden=32", "hidden=1", "hidden=8"]
    assert [one.state for one in found] == ["finished", "finished", "waiting"]
    first, second, last = (one.row for one in found)
    assert first["validation"]["accuracy"] > second["validation"]["accuracy"]
    assert first["values"] == {"student.knobs.hidden": [32]}
    assert first["bytes"] == 4 * first["parameters"]
    assert (last["validation"], last["parameters"], last["seconds"]) == (None, None, None)


def test_that_a_folder_that_holds_no_sweep_is_told(tmp_path: Path, folder: Path) -> None:
    assert not is_sweep(tmp_path)
    with pytest.raises(KdStudioError, match="holds no sweep"):
        read(tmp_path)
    (tmp_path / FILE).write_text('{"trials": 1')
    with pytest.raises(KdStudioError, match="holds no sweep"):
        read(tmp_path)
    plan = read(folder)
    assert planned(tmp_path / "new", plan) == plan
    assert planned(folder, plan) == plan
