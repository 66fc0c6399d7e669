"""One program writes into a run folder at a time."""

import json
import subprocess
import sys
import time

import pytest

from kdstudio.core.errors import RunError
from kdstudio.core.events import Advanced, Started
from kdstudio.project import lock, status
from kdstudio.project.run import Run
from kdstudio.project.store import recorded

HOLD = """
import sys
from pathlib import Path
from kdstudio.core.events import Started
from kdstudio.project.store import recorded

def task():
    yield Started(task="train", total=9)
    yield Started(task="train", total=9)

events = recorded(Path(sys.argv[1]), task())
next(events)
print("held", flush=True)
sys.stdin.readline()
"""


def task():
    yield Started(task="train", total=2)
    yield Advanced(step=1, total=2)


@pytest.fixture
def other(tmp_path):
    """Another program that trains a run in this folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(lock, "_PATIENCE", 0.2)


def test_that_a_second_writer_is_refused_and_told_who_has_it(tmp_path, other) -> None:
    before = (tmp_path / "events.jsonl").read_bytes(), (tmp_path / "status.json").read_bytes()
    with pytest.raises(RunError, match=f"trained by process {other.pid}") as told:
        list(recorded(tmp_path, task()))
    assert "Watch it" in told.value.hint
    assert ((tmp_path / "events.jsonl").read_bytes(), (tmp_path / "status.json").read_bytes()) == before
    assert Run(tmp_path).status.state == "running"


def test_that_two_tasks_of_one_process_are_two_writers(tmp_path) -> None:
    first = recorded(tmp_path, task())
    next(first)
    with pytest.raises(RunError, match="is being trained"):
        list(recorded(tmp_path, task()))
    first.close()
    assert list(recorded(tmp_path, task()))


def test_that_the_lock_of_a_killed_program_is_free_at_once(tmp_path, other) -> None:
    other.kill()
    other.wait()
    assert Run(tmp_path).status.state == "interrupted"
    assert lock.holder(tmp_path) is None
    assert len(list(recorded(tmp_path, task()))) == 2


def test_that_a_run_stays_alive_whatever_the_clock_says(tmp_path, other) -> None:
    """As after a clock that was put back by a day: the process seems to be younger than its own status."""
    found = json.loads((tmp_path / "status.json").read_text())
    (tmp_path / "status.json").write_text(json.dumps(found | {"updated": found["updated"] - 86_400}))
    assert Run(tmp_path).status.state == "running"


@pytest.mark.parametrize(("age", "is_free"), [(5, False), (3600, True)])
def test_that_another_machine_has_it_while_its_status_is_fresh(tmp_path, age: int, is_free: bool) -> None:
    far = {"pid": 77, "host": "far-away"}
    (tmp_path / "lock.json").write_text(json.dumps(far))
    known = status.current("running").model_copy(update={**far, "updated": time.time() - age})
    status.write(tmp_path / "status.json", known)
    if is_free:
        assert len(list(recorded(tmp_path, task()))) == 2
    else:
        with pytest.raises(RunError, match="process 77 on far-away"):
            list(recorded(tmp_path, task()))
