import errno
import json
import os

import pytest

from kdstudio.core import events
from kdstudio.core.errors import ModelError, Problem, RunError
from kdstudio.core.events import (
    Advanced,
    Checkpointed,
    Finished,
    Losses,
    Noticed,
    Paused,
    Progress,
    Resumed,
    Started,
    Stopped,
)
from kdstudio.project import status
from kdstudio.project.store import open_for_append, recorded


def lines(folder):
    return [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]


def state(folder):
    return json.loads((folder / "status.json").read_text())


def losses(step):
    return Losses(step=step, epoch=step / 10, terms={"total": 1.0 / step}, learning_rate=0.1)


def test_that_events_and_the_result_pass_through_and_are_written(tmp_path) -> None:
    def train():
        yield Started(task="train", total=20)
        yield Progress(done=1, total=2, doing="Reading data")
        for step in (1, 2):
            yield Advanced(step=step, total=20, epoch=step / 10)
        yield losses(2)
        yield Finished(summary={"student": {"accuracy": 0.9}})
        return "result"

    folder = tmp_path / "läufe und mehr" / "1"
    seen = []

    def watch():
        seen.append((yield from recorded(folder, train())))

    kinds = [event.event for event in watch()]
    assert kinds == ["started", "progress", "advanced", "advanced", "losses", "finished"]
    assert seen == ["result"]
    assert [line["event"] for line in lines(folder)] == ["started", "losses", "finished"]
    found = state(folder)
    assert set(found) == {"state", "step", "step_total", "epoch", "message", "pid", "host", "updated"}
    assert (found["state"], found["step"], found["step_total"], found["pid"]) == ("finished", 2, 20, os.getpid())


def test_that_nothing_is_touched_before_the_first_step(tmp_path) -> None:
    task = recorded(tmp_path / "run", iter(()))
    task.close()
    assert not (tmp_path / "run").exists()


def test_that_what_is_sent_and_thrown_reaches_the_task(tmp_path) -> None:
    got = []

    def train():
        got.append((yield Started(task="train")))
        try:
            yield Paused(step=3)
        except KeyError as error:
            got.append(error.args[0])
        yield Stopped(step=3)

    task = recorded(tmp_path, train())
    next(task)
    task.send("wish")
    assert state(tmp_path)["state"] == "paused"
    task.throw(KeyError("stop"))
    assert got == ["wish", "stop"]
    assert list(task) == []
    assert state(tmp_path)["state"] == "stopped"


def test_that_state_follows_pause_and_resume(tmp_path) -> None:
    states = []
    for _ in recorded(tmp_path, iter_events([Started(task="t"), Paused(step=1), Resumed(step=1), Stopped(step=4)])):
        states.append(state(tmp_path)["state"])
    assert states == ["running", "paused", "running", "stopped"]
    assert state(tmp_path)["step"] == 4


def iter_events(given):
    yield from given


def test_that_an_error_is_recorded_and_raised_on(tmp_path) -> None:
    def train():
        yield Started(task="train")
        raise ModelError("the file is torn", hint="Copy it again.")

    with pytest.raises(ModelError, match="torn"):
        list(recorded(tmp_path, train()))
    failed = lines(tmp_path)[-1]
    assert failed["event"] == "failed"
    assert failed["problem"]["hint"] == "Copy it again."
    assert "Traceback" in failed["details"]
    assert (state(tmp_path)["state"], state(tmp_path)["message"]) == ("failed", "the file is torn")


def test_that_an_unexpected_error_is_recorded_by_its_name(tmp_path) -> None:
    def train():
        yield Started(task="train")
        raise ZeroDivisionError("division by zero")

    with pytest.raises(ZeroDivisionError):
        list(recorded(tmp_path, train()))
    assert state(tmp_path)["message"] == "ZeroDivisionError: division by zero"


def test_that_closing_and_interrupting_leave_it_stopped_and_close_the_task(tmp_path) -> None:
    closed = []

    def train():
        try:
            yield Started(task="train", total=9)
            yield Advanced(step=5, total=9, epoch=0.5)
            yield Advanced(step=6, total=9, epoch=0.6)
        finally:
            closed.append(True)

    task = recorded(tmp_path / "a", train())
    next(task)
    next(task)
    task.close()
    assert (state(tmp_path / "a")["state"], state(tmp_path / "a")["step"]) == ("stopped", 5)
    task = recorded(tmp_path / "b", train())
    next(task)
    with pytest.raises(KeyboardInterrupt):
        task.throw(KeyboardInterrupt())
    assert state(tmp_path / "b")["state"] == "stopped"
    assert closed == [True, True]


def test_that_closing_after_the_end_changes_nothing(tmp_path) -> None:
    task = recorded(tmp_path, iter_events([Started(task="t"), Finished()]))
    next(task)
    next(task)
    task.close()
    assert state(tmp_path)["state"] == "finished"


def test_that_a_torn_last_line_is_ended_first(tmp_path) -> None:
    whole = events.to_json(losses(1)) + "\n"
    (tmp_path / "events.jsonl").write_text(whole + events.to_json(losses(2))[:30])
    list(recorded(tmp_path, iter_events([Started(task="t"), Resumed(step=1), losses(2)])))
    text = (tmp_path / "events.jsonl").read_text()
    assert text.startswith(whole)
    history = events.read(text.splitlines())
    assert [event.event for event in history] == ["losses", "started", "resumed", "losses"]


def test_that_going_on_keeps_the_step_until_it_is_known_anew(tmp_path) -> None:
    list(recorded(tmp_path, iter_events([Advanced(step=7, total=20, epoch=0.7), Stopped(step=7)])))
    task = recorded(tmp_path, iter_events([Progress(done=0, total=1, doing="Reading data"), Resumed(step=5)]))
    next(task)
    assert (state(tmp_path)["state"], state(tmp_path)["step"], state(tmp_path)["step_total"]) == ("running", 7, 20)
    next(task)
    task.close()
    assert state(tmp_path)["step"] == 5


def test_that_status_is_written_twice_a_second_and_not_for_each_step(tmp_path, monkeypatch) -> None:
    written = []
    write = status.write
    monkeypatch.setattr(status, "write", lambda path, value: (written.append(value), write(path, value)))
    steps = (Advanced(step=step, total=5000) for step in range(5000))
    list(recorded(tmp_path, (event for event in steps)))
    assert 2 <= len(written) <= 10


def test_that_a_folder_that_cannot_be_written_is_refused_with_a_hint(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="cannot write") as refusal:
        next(recorded(tmp_path / "file" / "run", iter_events([Started(task="t")])))
    assert refusal.value.hint


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full, a disk without room")
def test_that_a_full_disk_ends_the_task_with_a_message(tmp_path) -> None:
    closed = []

    def train():
        try:
            yield Started(task="train")
        finally:
            closed.append(True)

    (tmp_path / "events.jsonl").symlink_to("/dev/full")
    with pytest.raises(RunError, match=os.strerror(errno.ENOSPC)):
        list(recorded(tmp_path, train()))
    assert closed == [True]
    assert state(tmp_path)["state"] == "failed"


def test_that_each_event_is_on_disk_before_it_is_passed_on(tmp_path) -> None:
    given = [Checkpointed(step=1, path="x"), Noticed(problem=Problem(message="hot")), losses(3)]
    for count, _ in enumerate(recorded(tmp_path, iter_events(given)), start=1):
        assert len(lines(tmp_path)) == count


def test_that_appending_to_an_empty_or_new_file_adds_no_line(tmp_path) -> None:
    (tmp_path / "empty").touch()
    for name in ("empty", "new"):
        open_for_append(tmp_path / name).close()
        assert (tmp_path / name).read_bytes() == b""
