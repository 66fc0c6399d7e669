"""Reports of faults: what is in them, what is not, and which deaths of a process leave one."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kdstudio.core import crash
from kdstudio.core.crash import left_behind, private, reports, write_report
from kdstudio.core.paths import crash_folder


def test_that_a_report_has_versions_traceback_and_the_end_of_the_log(own_home: Path) -> None:
    log = own_home / "engine.log"
    log.write_text("\n".join(f"line {number}" for number in range(200)))
    path = write_report(
        "ValueError: no", "Traceback…\n  File x, line 3", source="window", logs=[log, own_home / "gone"]
    )
    assert path is not None
    assert path.parent == crash_folder()
    text = path.read_text(encoding="utf-8")
    assert all(
        part in text for part in ("kdstudio 0.", "torch ", "Traceback…", "line 199", "(there is none)", "nobody")
    )
    assert "line 139\n" not in text
    assert reports() == [path]


def test_that_the_home_folder_and_long_lines_are_cut_short(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/mara")
    monkeypatch.setenv("USERPROFILE", "/home/mara")
    assert private("/home/mara/data.csv and /home/marabou") == "~/data.csv and /home/marabou"
    path = write_report("x" * 10_000, "", source="window")
    assert path is not None
    assert max(map(len, path.read_text().splitlines())) == crash.LONGEST
    monkeypatch.setenv("HOME", "/")
    assert private("/a") == "/a"


def test_that_old_reports_go_and_two_of_one_second_stay(own_home: Path) -> None:
    made = [write_report(str(number), "", source="window") for number in range(crash.KEPT + 3)]
    assert len(set(made)) > crash.KEPT
    assert len(reports()) == crash.KEPT
    assert reports()[0] == made[-1]


def test_that_a_place_that_cannot_be_written_to_costs_the_report_and_nothing_else(
    own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (own_home / "file").write_text("")
    for name in ("XDG_STATE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(own_home / "file"))
    assert write_report("no", "", source="window") is None
    assert left_behind() is None
    crash.keep_stacks()
    crash.end_well()


def died(how: str) -> subprocess.CompletedProcess[bytes]:
    code = f"import os, signal; from kdstudio.core import crash; crash.keep_stacks(); {how}"
    return subprocess.run([sys.executable, "-c", code], check=False, capture_output=True)


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_that_a_process_that_crashed_is_reported_at_the_next_start_and_once(own_home: Path) -> None:
    assert died("os.kill(os.getpid(), signal.SIGSEGV)").returncode == -signal.SIGSEGV
    path = left_behind()
    assert path is not None
    assert "Segmentation fault" in path.read_text()
    assert left_behind() is None
    assert [file.name for file in crash_folder().iterdir()] == [path.name]


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_that_neither_a_killed_process_nor_one_that_ended_well_is_a_fault(own_home: Path) -> None:
    died("os.kill(os.getpid(), signal.SIGKILL)")
    died("crash.end_well()")
    assert left_behind() is None
    assert reports() == []
    assert list(crash_folder().iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps such files by itself")
def test_that_the_stack_of_a_process_that_lives_is_left_alone(own_home: Path) -> None:
    code = "from kdstudio.core import crash; crash.keep_stacks(); print('up', flush=True); input()"
    living = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert living.stdout is not None
    living.stdout.readline()
    assert left_behind() is None
    assert (crash_folder() / f"stack-{living.pid}.txt").exists()
    living.communicate(b"\n")
