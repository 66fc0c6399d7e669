import os
import subprocess
import sys
import time

from kdstudio.project import status
from kdstudio.project.status import HOST, Status


def dead_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_that_what_is_written_is_read_back(tmp_path) -> None:
    now = status.current("running", step=3, step_total=10, epoch=0.3, message="Läuft")
    status.write(tmp_path / "status.json", now)
    assert status.read(tmp_path / "status.json") == now
    assert (now.pid, now.host) == (os.getpid(), HOST)


def test_that_a_missing_torn_or_foreign_file_is_none(tmp_path) -> None:
    path = tmp_path / "status.json"
    assert status.read(path) is None
    for content in (b"", b'{"state": "runn', b'{"state": "flying"}', b"\xff\xfe", b"[]"):
        path.write_bytes(content)
        assert status.read(path) is None


def test_that_a_live_run_whose_process_is_gone_is_interrupted() -> None:
    running = status.current("running", step=4)
    assert status.checked(running) == running
    for state in ("running", "paused"):
        gone = Status(state=state, step=4, pid=dead_process(), host=HOST, updated=time.time())
        assert status.checked(gone).state == "interrupted"
        assert status.checked(gone).step == 4
        assert status.checked(gone).can_resume
    assert status.checked(Status(state="running", host=HOST)).state == "interrupted"


def test_that_a_run_that_waits_needs_no_process() -> None:
    waits = Status(state="queued", pid=dead_process(), host=HOST, place=2)
    assert status.checked(waits) == waits
    assert status.checked(waits, is_held=False) == waits
    assert not waits.is_live
    assert not waits.can_resume


def test_that_a_run_that_has_ended_needs_no_process() -> None:
    for state in ("stopped", "finished", "failed"):
        ended = Status(state=state, pid=dead_process(), host=HOST)
        assert status.checked(ended) == ended


def test_that_another_process_with_the_same_number_is_not_the_run() -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        old = Status(state="running", pid=process.pid, host=HOST, updated=time.time() - 3600)
        assert status.checked(old).state == "interrupted"
        assert status.checked(old.model_copy(update={"updated": time.time() + 5})).state == "running"
    finally:
        process.communicate()


def test_that_a_run_on_another_machine_is_believed_for_ten_minutes() -> None:
    away = Status(state="running", pid=1, host="somewhere-else", updated=time.time() - 5)
    assert status.checked(away).state == "running"
    assert status.checked(away.model_copy(update={"updated": time.time() - 3600})).state == "interrupted"
    assert status.checked(away.model_copy(update={"state": "paused", "updated": 0})).state == "paused"
