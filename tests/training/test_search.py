"""A guided search: trials one by one, gone on with after a stop, and shared by two programs."""

import json
import subprocess
import sys
from pathlib import Path

import optuna
import pytest
from optuna import load_study
from optuna.storages.journal import JournalFileBackend, JournalStorage

from kdstudio.core.errors import InvalidRecipe, KdStudioError
from kdstudio.core.events import Advanced, Noticed
from kdstudio.project.store import recorded
from kdstudio.recipe.over import axes
from kdstudio.recipe.sweep import Plan, plan_from
from kdstudio.training.control import Control
from kdstudio.training.run import is_finished
from kdstudio.training.search import _Journal, corners, search
from tests.small_task import finish, quick_recipe, write_digits

OVER = ("optimizer.learning_rate=0.01..1.0", "student.knobs.hidden=[4],[32]", "batch_size=32..128")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_digits(tmp_path_factory.mktemp("data") / "digits.npz", 400)


def plan(data: Path, count: int, *over: str) -> Plan:
    return Plan(quick_recipe(data, epochs=1), data.parent, axes(over or OVER), (), "search", count)


def kept(folder: Path) -> Plan:
    return plan_from(json.loads((folder / "sweep.json").read_text()))


def test_that_a_search_chooses_values_within_their_ranges_and_ends_with_as_many_as_asked(data, tmp_path) -> None:
    events, is_done = finish(search(tmp_path / "one", plan(data, 3), Control(), recorded))
    assert is_done
    found = kept(tmp_path / "one")
    assert [trial.name for trial in found.trials] == ["0000", "0001", "0002"]
    for trial in found.trials:
        rate, hidden, batch = trial.values.values()
        assert 0.01 <= rate <= 1
        assert hidden in ([4], [32])
        assert isinstance(batch, int)
        assert 32 <= batch <= 128
        assert found.recipe_of(trial).optimizer.learning_rate == rate
        assert is_finished(tmp_path / "one" / trial.name)
    steps = [event.step for event in events if isinstance(event, Advanced)]
    assert steps == sorted(steps)
    finish(search(tmp_path / "two", plan(data, 3), Control(), recorded))
    assert kept(tmp_path / "two").trials == found.trials  # alone it does the same again


def test_that_a_stopped_search_goes_on_with_the_trial_that_it_was_at(data, tmp_path) -> None:
    control = Control()
    for event in search(tmp_path, plan(data, 3), control, recorded):
        if isinstance(event, Advanced) and (tmp_path / "0001").exists():
            control.stop(report=False)
    before = kept(tmp_path).trials
    assert [is_finished(tmp_path / trial.name) for trial in before] == [True, False]
    _, is_done = finish(search(tmp_path, kept(tmp_path), Control(), recorded))
    assert is_done
    assert kept(tmp_path).trials[:2] == before
    assert all(is_finished(tmp_path / f"000{at}") for at in range(3))
    assert len(list(tmp_path.glob("0*"))) == 3


def test_that_a_trial_whose_values_nobody_chose_is_not_waited_for(data, tmp_path, monkeypatch) -> None:
    backend = JournalFileBackend(str(tmp_path / "search.journal"))
    finish(search(tmp_path, plan(data, 1), Control(), recorded))
    study = load_study(study_name="search", storage=JournalStorage(backend))
    assert study.ask().number == 1  # by a program that is killed at this moment
    finish(search(tmp_path, plan(data, 2), Control(), recorded))
    assert len(kept(tmp_path).trials) == 1  # it may still be choosing
    monkeypatch.setattr("kdstudio.training.search._LONGEST", 0.0)
    finish(search(tmp_path, plan(data, 2), Control(), recorded))
    assert [trial.name for trial in kept(tmp_path).trials] == ["0000", "0002"]


def test_that_two_programs_that_begin_the_last_trial_together_do_not_make_one_too_many(data, tmp_path) -> None:
    first, second = (_Journal(optuna, tmp_path, plan(data, 1)) for _ in range(2))
    ask = first.study.ask

    def late():
        assert second.next(set()) == 0  # between the first one's look and its own question
        return ask()

    first.study.ask = late
    assert first.next(set()) is None
    assert [one.number for one in first.known] == [0]


@pytest.mark.slow
def test_that_a_search_learns_from_its_trials(data, tmp_path) -> None:
    wanted = plan(data, 16, "optimizer.learning_rate=1e-6..1.0")
    finish(search(tmp_path, wanted, Control(), recorded))
    rates = [trial.values["optimizer.learning_rate"] for trial in kept(tmp_path).trials]
    assert sum(rate > 0.03 for rate in rates[10:]) >= 4  # of the six after the first ten, which are drawn at random


@pytest.mark.filterwarnings("ignore:overflow")
def test_that_a_trial_that_diverges_counts_as_the_worst(data, tmp_path) -> None:
    wanted = plan(data, 2, "optimizer.weight_decay=1e30,1e31")
    events, is_done = finish(search(tmp_path, wanted, Control(), recorded))
    assert is_done
    assert len([event for event in events if isinstance(event, Noticed) and event.problem.severity == "warning"]) == 2
    assert len(kept(tmp_path).trials) == 2


def test_that_every_end_and_every_value_is_checked_before_the_first_trial(data, tmp_path) -> None:
    wanted = plan(data, 2, "optimizer.learning_rate=0.1..99.0", "student.knobs.hidden=[4],[0]", "epochs=1..2")
    assert [list(trial.values.values()) for trial in corners(wanted)] == [
        [0.1, [4], 1], [99.0, [4], 1], [0.1, [0], 1], [0.1, [4], 2],
    ]  # fmt: skip
    with pytest.raises(InvalidRecipe) as refusal:
        finish(search(tmp_path / "folder", wanted, Control(), recorded))
    assert [problem.where for problem in refusal.value.problems] == [
        "learning_rate=99.0, hidden=4, epochs=1: optimizer.learning_rate",
        "learning_rate=0.1, hidden=0, epochs=1: student.knobs.hidden[0]",
    ]
    assert not (tmp_path / "folder").exists()


def test_that_a_search_without_optuna_says_what_to_install(data, tmp_path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(KdStudioError, match="needs Optuna") as refusal:
        finish(search(tmp_path / "folder", plan(data, 2), Control(), recorded))
    assert "kdstudio[search]" in refusal.value.hint


@pytest.mark.slow
def test_that_two_programs_share_one_search(data, tmp_path) -> None:
    recipe = tmp_path / "recipe.json"
    recipe.write_text(json.dumps(quick_recipe(data, epochs=40)))
    folder = tmp_path / "search"
    command = [sys.executable, "-m", "kdstudio", "sweep", str(recipe), "--search", "8", "--run", str(folder)]
    command += [part for one in OVER for part in ("--over", one)]
    workers = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for _ in range(2)]
    said = [worker.communicate(timeout=100)[0].decode() for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0], said
    assert sorted(path.name for path in folder.glob("0*")) == [f"{at:04d}" for at in range(8)]
    assert all(is_finished(place) for place in folder.glob("0*"))
    assert len(kept(folder).trials) == 8
    values = [json.dumps(trial.values) for trial in kept(folder).trials]
    assert len(set(values)) == 8
    pids = {json.loads((place / "status.json").read_text())["pid"] for place in folder.glob("0*")}
    assert pids == {worker.pid for worker in workers}
