"""Trials by the values that they were given."""

from pathlib import Path

from kdstudio.core.files import write_json
from kdstudio.project.facts import runs_in
from kdstudio.project.sweep_map import laid_out, sweep_map
from kdstudio.recipe.sweep import FILE, Plan, Trial, grid
from tests.small_task import quick_recipe, trained, write_digits

TEMPERATURE, WEIGHT, SEED = "methods.soft_targets.temperature", "methods.soft_targets.weight", "seed"
HOME = Path("/sweep")


def plan(over: dict, trials: tuple[Trial, ...] | None = None, kind: str = "sweep") -> Plan:
    return Plan({}, Path("/"), over, grid(over) if trials is None else trials, kind)  # type: ignore[arg-type]


def test_that_two_values_are_rows_and_columns_in_order_of_size() -> None:
    found = laid_out(HOME, plan({TEMPERATURE: [8, 1, 4], WEIGHT: [0.9, 0.5]}))
    assert found is not None
    assert (found.row_name, found.rows) == ("weight", ("0.5", "0.9"))
    assert (found.column_name, found.columns) == ("temperature", ("1", "4", "8"))
    assert found.cells[0][2] == (HOME / "temperature=8,weight=0.5",)
    assert found.cells[1][0] == (HOME / "temperature=1,weight=0.9",)
    assert found.title == "weight × temperature"


def test_that_one_value_is_one_row_and_words_keep_their_order() -> None:
    found = laid_out(HOME, plan({"optimizer.name": ["sgd", "adam"], SEED: [3]}))
    assert found is not None
    assert (found.row_name, found.rows, found.columns) == ("", ("",), ("sgd", "adam"))
    assert found.cells == (((HOME / "name=sgd,seed=3",), (HOME / "name=adam,seed=3",)),)


def test_that_a_third_value_stands_within_the_cells_and_what_was_not_planned_is_empty() -> None:
    over = {TEMPERATURE: [1, 4, 8], WEIGHT: [0.5, 0.9, 1], SEED: [0, 1]}
    trials = tuple(one for one in grid(over) if one.values[TEMPERATURE] != 8 or one.values[WEIGHT] != 1)
    found = laid_out(HOME, plan(over, trials))
    assert found is not None
    assert found.others == ("seed",)
    assert {len(cell) for row in found.cells for cell in row} == {0, 2}
    empty = [(i, j) for i, row in enumerate(found.cells) for j, cell in enumerate(row) if not cell]
    assert empty == [(2, 2)]


def test_that_nothing_is_laid_out_where_no_grid_is() -> None:
    assert laid_out(HOME, plan({SEED: [0]})) is None
    assert laid_out(HOME, plan({TEMPERATURE: [1, 2]}, kind="search")) is None


def test_that_a_folder_says_whether_it_holds_a_sweep_and_its_runs_are_found_in_a_project(tmp_path: Path) -> None:
    home = tmp_path / "runs" / "sweep"
    assert sweep_map(home) is None
    recipe = quick_recipe(write_digits(tmp_path / "digits.npz", 300), epochs=1)
    made = trained(recipe, home / "seed=1")
    write_json(home / FILE, plan({SEED: [1, 2]}).to_value())
    found = sweep_map(home)
    assert found is not None
    assert found.cells == (((home / "seed=1",), (home / "seed=2",)),)
    assert runs_in(tmp_path) == runs_in(home) == [made]
    (home / FILE).write_text("{}")
    assert sweep_map(home) is None
