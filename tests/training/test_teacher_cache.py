"""A teacher is asked once, for all runs; what it answered is never anything else than what it would answer now."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from kdstudio.core.events import Advanced, Noticed, Progress, Stopped
from kdstudio.core.layout import RunFolder
from kdstudio.project.store import recorded
from kdstudio.recipe.recipe import Recipe, parse, read_json
from kdstudio.training.cache_folder import FOLDER, LIMIT, entries
from kdstudio.training.control import StopRequested
from kdstudio.training.run import resume, train
from tests.small_task import finish
from tests.training.conftest import SOFT, recipe

AUGMENTED = {"flip": True, "crop": 1, "views": 2}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the teachers' answers of one test alone."""
    monkeypatch.setenv(FOLDER, str(tmp_path / "answers"))
    return tmp_path / "answers"


@pytest.fixture
def asked(digits: Path, teacher: Path) -> Recipe:
    return recipe(digits, teachers=[{"path": str(teacher)}], methods=list(SOFT), augmentation=AUGMENTED, epochs=4)


def student(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(RunFolder(folder).checkpoint("last") / "student.safetensors")


def same(first: Path, second: Path) -> bool:
    one, other = student(first), student(second)
    return one.keys() == other.keys() and all(torch.equal(one[key], other[key]) for key in one)


def questions(events: list[object]) -> int:
    return sum(isinstance(event, Progress) and event.doing.startswith("Asking") for event in events)


def changed(recipe: Recipe, **changes: object) -> Recipe:
    return parse(recipe.to_value() | changes)


def test_that_a_second_run_with_another_student_asks_the_teacher_nothing(asked, place, tmp_path) -> None:
    seen, summary = finish(train(asked, tmp_path / "first"))
    inputs = 1294
    assert questions(seen) > 0
    assert summary["timing"]["cache"]["folder"].startswith(str(place))
    assert summary["timing"]["cache"] | {"folder": ""} == {
        "folder": "", "views": 2, "bytes": 2 * inputs * 10 * 4, "asked": 2 * inputs, "read": 0,
        "dtype": "float32", "top_k": None, "error": None,
    }  # fmt: skip
    other = {"architecture": "mlp", "knobs": {"hidden": [16, 16]}}
    seen, again = finish(train(changed(asked, student=other, batch_size=32, epochs=3), tmp_path / "second"))
    assert questions(seen) == 0  # neither about training inputs, nor about validation and test inputs
    assert (again["timing"]["cache"]["asked"], again["timing"]["cache"]["read"]) == (0, 2 * inputs)
    assert again["teacher"] == summary["teacher"]


def test_that_a_full_cache_an_empty_one_a_lost_one_and_none_on_the_disk_give_the_same_bits(
    asked, place, tmp_path, monkeypatch
) -> None:
    finish(train(asked, tmp_path / "empty"))
    finish(train(asked, tmp_path / "full"))
    for event in train(asked, tmp_path / "lost"):
        if isinstance(event, Advanced) and event.step == 30:
            shutil.rmtree(place)
    monkeypatch.setenv(FOLDER, "off")
    seen, summary = finish(train(asked, tmp_path / "off"))
    assert questions(seen) > 0
    assert summary["timing"]["cache"]["folder"] is None
    assert all(same(tmp_path / "empty", tmp_path / name) for name in ("full", "lost", "off"))


def test_that_views_are_shared_between_runs_that_show_another_number_of_them(asked, place, tmp_path) -> None:
    finish(train(asked, tmp_path / "two"))
    more = changed(asked, augmentation=AUGMENTED | {"views": 3})
    cache = finish(train(more, tmp_path / "three"))[1]["timing"]["cache"]
    assert (cache["asked"], cache["read"]) == (1294, 2 * 1294)


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 1},
        {"augmentation": {"flip": True, "crop": 2, "views": 2}},
        {"data": {"limit": 900, "validation": 0.2}},
        {"teacher_cache": {"dtype": "float16"}},
        {"teacher_cache": {"top_k": 3}},
        {"threads": 2},
    ],
    ids=["seed", "augmentation", "inputs", "dtype", "top-k", "threads"],
)
def test_that_whatever_changes_an_answer_is_asked_anew(asked, place, tmp_path, change) -> None:
    finish(train(changed(asked, epochs=3), tmp_path / "first"))
    if "data" in change:
        change = {"data": change["data"] | {"path": asked.data.path}}
    cache = finish(train(changed(asked, epochs=3, **change), tmp_path / "second"))[1]["timing"]["cache"]
    assert cache["read"] == 0
    assert cache["asked"] > 0


def test_that_other_weights_under_the_same_name_are_another_teacher(asked, place, tmp_path) -> None:
    finish(train(asked, tmp_path / "first"))
    other = tmp_path / "other"
    wide = {"architecture": "mlp", "knobs": {"hidden": [128, 64]}}
    finish(train(recipe(Path(asked.data.path), student=wide, epochs=1, seed=3), other))
    path = other / "checkpoints" / "best" / "student.safetensors"
    cache = finish(train(changed(asked, teachers=[{"path": str(path)}]), tmp_path / "second"))[1]["timing"]["cache"]
    assert (cache["asked"], cache["read"]) == (2 * 1294, 0)


@pytest.mark.parametrize(
    "form",
    [
        {"dtype": "float16", "top_k": 2},
        *(pytest.param(one, marks=pytest.mark.slow) for one in ({"dtype": "float16"}, {"top_k": 2})),
    ],
)
def test_that_what_storing_less_costs_is_measured_and_said(asked, place, tmp_path, form) -> None:
    exact = finish(train(changed(asked, teacher_cache=True), tmp_path / "exact"))[1]["timing"]["cache"]
    less = finish(train(changed(asked, teacher_cache=form), tmp_path / "less"))[1]["timing"]["cache"]
    assert less["bytes"] < exact["bytes"]
    assert 0 < less["error"]["kl"] < (1e-5 if "top_k" not in form else 0.2)
    assert 0 < less["error"]["largest"] < (1e-2 if "top_k" not in form else 0.5)
    read = finish(train(changed(asked, teacher_cache=form), tmp_path / "read"))[1]["timing"]["cache"]
    assert read["asked"] == 0
    assert read["error"] == less["error"]  # it stands beside the answers
    assert same(tmp_path / "less", tmp_path / "read")
    assert not same(tmp_path / "less", tmp_path / "exact")


def test_that_the_longest_unused_answers_make_room(asked, place, tmp_path, monkeypatch) -> None:
    finish(train(changed(asked, epochs=3), tmp_path / "first"))
    old = {entry.folder.name for entry in entries()}
    for entry in entries():
        os.utime(entry.folder / "about.json", (1, 1))
    monkeypatch.setenv(LIMIT, str(sum(entry.bytes for entry in entries()) * 1.2e-9))
    finish(train(changed(asked, epochs=3, seed=1), tmp_path / "second"))
    names = {entry.folder.name for entry in entries()}
    assert names - old
    assert old - names
    for entry in entries():
        os.utime(entry.folder / "about.json")
    monkeypatch.setenv(LIMIT, "0.00001")
    _, summary = finish(train(changed(asked, epochs=3, seed=2), tmp_path / "third"))
    assert summary["timing"]["cache"]["folder"] is None
    assert {entry.folder.name for entry in entries()} == names  # what another run may be using stays


def test_that_features_are_stored_with_the_answers_and_give_the_same_bits(asked, place, tmp_path) -> None:
    small = {"architecture": "small_cnn", "knobs": {"width": 4, "blocks": 2}}
    wide = {"architecture": "small_cnn", "knobs": {"width": 8, "blocks": 2}}
    data = Path(asked.data.path)
    finish(train(recipe(data, student=wide, epochs=1), tmp_path / "teacher"))
    path = tmp_path / "teacher" / "checkpoints" / "best" / "student.safetensors"
    wanted = recipe(
        data,
        teachers=[{"path": str(path)}],
        student=small,
        methods=[{"method": "hard_labels"}, {"method": "attention_transfer"}],
        augmentation=AUGMENTED,
        baseline=False,
    )
    _, summary = finish(train(wanted, tmp_path / "first"))
    assert summary["timing"]["cache"]["bytes"] > 2 * 1294 * 10 * 4
    seen, summary = finish(train(wanted, tmp_path / "second"))
    assert questions(seen) == 0
    assert same(tmp_path / "first", tmp_path / "second")
    live = changed(wanted, teacher_cache=False)
    finish(train(live, tmp_path / "live"))
    one, other = student(tmp_path / "first"), student(tmp_path / "live")
    assert all(torch.allclose(one[key].float(), other[key].float(), atol=1e-3) for key in one)


def test_that_a_run_stopped_while_it_asks_reports_on_what_it_has(asked, place, tmp_path) -> None:
    events = train(changed(asked, teacher_cache=True), tmp_path / "run")
    is_learning = False
    for event in events:
        is_learning = is_learning or isinstance(event, Advanced)
        if is_learning and isinstance(event, Progress) and event.doing.startswith("Asking"):
            break
    seen = [events.throw(StopRequested(report=True))]
    rest, summary = finish(events)
    assert isinstance([*seen, *rest][-1], Stopped)
    assert summary["timing"]["cache"]["views"] == 1


def test_that_nothing_is_kept_where_that_is_not_wanted(asked, place, tmp_path) -> None:
    _, summary = finish(train(changed(asked, teacher_cache=False), tmp_path / "run"))
    assert summary["timing"]["cache"] is False
    assert not place.exists()


def test_that_a_cache_that_cannot_be_is_told(digits, place, tmp_path) -> None:
    seen, _ = finish(train(recipe(digits, epochs=1, teacher_cache=True), tmp_path / "run"))
    told = [event.problem.message for event in seen if isinstance(event, Noticed)]
    assert "there are no teacher's answers to store" in told


SCRIPT = """
import json, os, signal, sys
from pathlib import Path
from kdstudio.core.events import Advanced, Progress
from kdstudio.project.store import recorded
from kdstudio.recipe.recipe import parse
from kdstudio.training.run import resume, train

folder, after, kind = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
events = resume(folder) if (folder / "recipe.json").exists() else train(parse(json.loads(sys.stdin.read())), folder)
count = 0
for event in recorded(folder, events):
    asks = isinstance(event, Progress) and event.doing.startswith("Asking")
    count += asks if kind == "asking" else isinstance(event, Advanced)
    if count >= after > 0:
        os.kill(os.getpid(), signal.SIGKILL)
"""


def run_apart(recipe: Recipe, folder: Path, after: int = 0, kind: str = "steps") -> subprocess.Popen[str]:
    """Train in a process of its own, which kills itself after so many steps, or answers."""
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(folder), str(after), kind], stdin=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    process.stdin.write(recipe.model_dump_json(by_alias=True))
    process.stdin.close()
    return process


@pytest.mark.parametrize(
    ("after", "kind"),
    [
        (2, "asking"),
        *(pytest.param(*one, marks=pytest.mark.slow) for one in [(50, "steps"), (5, "asking"), (9, "steps")]),
    ],
)
def test_that_a_run_killed_while_it_fills_or_reads_goes_on_to_the_same_bits(
    asked, place, tmp_path, after, kind
) -> None:
    finish(train(asked, tmp_path / "whole"))
    shutil.rmtree(place)
    folder = tmp_path / "torn"
    assert run_apart(asked, folder, after, kind).wait(100) == -signal.SIGKILL
    events = resume(folder) if RunFolder(folder).recipe.exists() else train(asked, folder)
    finish(recorded(folder, events))
    assert read_json(RunFolder(folder).summary)["timing"]["cache"]["asked"] >= 0
    assert same(tmp_path / "whole", folder)


@pytest.mark.slow
def test_that_two_processes_fill_one_cache_at_once_and_end_with_the_same_bits(asked, place, tmp_path) -> None:
    both = [run_apart(asked, tmp_path / name) for name in ("one", "other")]
    assert [process.wait(100) for process in both] == [0, 0]
    assert same(tmp_path / "one", tmp_path / "other")
    seen, _ = finish(train(asked, tmp_path / "after"))
    assert questions(seen) == 0
    assert same(tmp_path / "one", tmp_path / "after")
