"""The queue is the folders that wait: nothing else keeps it, and going on with one of them begins it."""

import json
from pathlib import Path

import pytest

from kdstudio.core.errors import RunError
from kdstudio.core.layout import RunFolder
from kdstudio.project import notes, queue, status
from kdstudio.project.run import Run, is_run
from kdstudio.project.store import recorded
from kdstudio.recipe.recipe import Recipe, parse
from kdstudio.training.run import resume
from tests.small_task import quick_recipe, write_digits


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    return parse(quick_recipe(write_digits(tmp_path / "digits.npz", 300), epochs=1))


@pytest.fixture
def runs(tmp_path: Path, recipe: Recipe) -> list[Path]:
    made = [tmp_path / "runs" / name for name in ("c", "a", "b")]
    for run in made:
        queue.add(run, recipe)
    return made


def test_that_runs_wait_in_the_order_in_which_they_came(runs, recipe) -> None:
    assert queue.waiting([runs[0].parent]) == runs
    assert all(is_run(run) and Run(run).status.state == "queued" and Run(run).recipe == recipe for run in runs)
    assert queue.waiting([runs[0].parent / "nowhere"]) == []


def test_that_they_take_turns_as_they_were_arranged(runs) -> None:
    turned = runs[::-1]
    queue.arrange(turned)
    assert queue.waiting([runs[0].parent]) == turned


def test_that_one_that_has_begun_or_was_put_away_waits_no_more(runs) -> None:
    status.write(RunFolder(runs[0]).status, status.current("running"))
    notes.archive(runs[1])
    assert queue.waiting([runs[0].parent]) == runs[2:]
    queue.arrange(runs)  # by somebody who has not seen it
    assert Run(runs[0]).status.state == "running"


def test_that_a_torn_or_foreign_status_is_no_place(runs) -> None:
    RunFolder(runs[0]).status.write_bytes(b'{"state": "queued", "pl')
    RunFolder(runs[1]).status.write_text(json.dumps({"state": "failed", "message": '"queued"'}))
    assert queue.waiting([runs[0].parent]) == runs[2:]


def test_that_a_run_is_not_put_over_another(runs, recipe) -> None:
    with pytest.raises(RunError, match="already holds a run"):
        queue.add(runs[0], recipe)


def test_that_going_on_with_a_waiting_run_begins_it(runs) -> None:
    for _ in recorded(runs[0], resume(runs[0])):
        pass
    assert Run(runs[0]).status.state == "finished"
    assert Run(runs[0]).recipe.threads == 1
    assert queue.waiting([runs[0].parent]) == runs[1:]
