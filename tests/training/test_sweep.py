"""The trials of a sweep as one task: checked before they begin, stopped and gone on with, shared with others."""

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from kdstudio.core.errors import InvalidRecipe, RunBusy
from kdstudio.core.events import Advanced, Noticed, Progress, Stopped
from kdstudio.project.store import recorded
from kdstudio.recipe.over import axes
from kdstudio.recipe.sweep import Plan, grid
from kdstudio.training.control import Control
from kdstudio.training.run import is_finished
from kdstudio.training.sweep import sweep
from tests.small_task import finish, quick_recipe, write_digits


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_digits(tmp_path_factory.mktemp("data") / "digits.npz", 400)


def plan(data: Path, *over: str, **changes: object) -> Plan:
    varied = axes(over)
    return Plan(quick_recipe(data, **changes), data.parent, varied, grid(varied))


def test_that_progress_counts_the_steps_of_all_trials(data: Path, tmp_path: Path) -> None:
    events, is_done = finish(sweep(tmp_path, plan(data, "epochs=1,3"), Control(), recorded))
    steps = [(event.step, event.total) for event in events if isinstance(event, Advanced)]
    assert is_done
    assert [step for step, _ in steps] == sorted(step for step, _ in steps)
    assert {total for _, total in steps} == {(1 + 3) * 5}  # epochs, of five batches each
    assert steps[-1][0] == 20
    assert is_finished(tmp_path / "epochs=1")
    assert json.loads((tmp_path / "sweep.json").read_text())["over"] == {"epochs": [1, 3]}


def test_that_nothing_is_written_where_a_trial_cannot_be_and_all_is_told_once(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "sweep"
    wrong = plan(data, "batch_size=0,64", "student.knobs.hidden=[8],[0]", "student.knobs.colour=1")
    with pytest.raises(InvalidRecipe) as refusal:
        finish(sweep(folder, wrong, Control(), recorded))
    assert [problem.where for problem in refusal.value.problems] == [
        "batch_size=0: batch_size",
        "batch_size=64: student.knobs.colour",
        "batch_size=64, hidden=0: student.knobs.hidden[0]",
    ]
    assert not folder.exists()


def test_that_a_stopped_sweep_goes_on_where_it_was(data: Path, tmp_path: Path) -> None:
    asked = plan(data, "seed=1,2,3")
    control, seen = Control(), []
    for event in sweep(tmp_path, asked, control, recorded):
        seen.append(event)
        if isinstance(event, Advanced) and (tmp_path / "seed=2").exists():
            control.stop(report=False)
    assert isinstance(seen[-1], Stopped)
    assert [is_finished(tmp_path / trial.name) for trial in asked.trials] == [True, False, False]
    assert not (tmp_path / "seed=3").exists()
    before = (tmp_path / "seed=1" / "summary.json").stat().st_mtime_ns
    _, is_done = finish(sweep(tmp_path, asked, Control(), recorded))
    assert is_done
    assert all(is_finished(tmp_path / trial.name) for trial in asked.trials)
    assert (tmp_path / "seed=1" / "summary.json").stat().st_mtime_ns == before
    assert '"resumed"' in (tmp_path / "seed=2" / "events.jsonl").read_text()


def test_that_it_can_be_stopped_while_trials_are_checked(data: Path, tmp_path: Path) -> None:
    control = Control()
    events = sweep(tmp_path / "sweep", plan(data, "seed=1,2"), control, recorded)
    assert isinstance(next(events), Progress)
    control.stop(report=False)
    seen, is_done = finish(events)
    assert isinstance(seen[-1], Stopped)
    assert is_done is False
    assert not (tmp_path / "sweep").exists()


@pytest.mark.filterwarnings("ignore:overflow")
def test_that_a_trial_that_diverges_does_not_end_the_others(data: Path, tmp_path: Path) -> None:
    asked = plan(data, "optimizer.weight_decay=1e30,0.0")
    events, is_done = finish(sweep(tmp_path, asked, Control(), recorded))
    (told,) = [event.problem for event in events if isinstance(event, Noticed) and event.problem.severity == "warning"]
    assert is_done
    assert told.where == "weight_decay=1e+30"
    assert "The other trials go on." in told.hint
    assert [is_finished(tmp_path / trial.name) for trial in asked.trials] == [False, True]


def test_that_a_trial_of_another_program_is_left_to_it(data: Path, tmp_path: Path) -> None:
    def record(place: Path, events: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
        if place.name == "seed=1":
            raise RunBusy("This run is being trained by process 7.")
        return (yield from recorded(place, events))

    events, is_done = finish(sweep(tmp_path, plan(data, "seed=1,2"), Control(), record))
    assert is_done
    assert [event.problem.where for event in events if isinstance(event, Noticed)] == ["seed=1"]
    assert not (tmp_path / "seed=1").exists()
    assert is_finished(tmp_path / "seed=2")
