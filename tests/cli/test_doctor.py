"""The doctor says what is wrong, first, and lives through libraries that kill whoever imports them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kdstudio.cli import main
from kdstudio.core.checkup import probe
from kdstudio.core.checkup.parts import engine, window


def doctor(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kdstudio", "doctor", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, **environment}, timeout=110
    )


@pytest.fixture
def broken(tmp_path: Path) -> str:
    """A path with a torch that crashes, a PySide6 that cannot be imported, and little else that takes time."""
    (tmp_path / "torch.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n")
    (tmp_path / "PySide6.py").write_text("raise ImportError('libEGL.so.1: cannot open shared object file')\n")
    return os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_that_a_torch_that_crashes_and_a_qt_that_is_broken_are_told_and_survived(broken: str) -> None:
    done = doctor("--json", PYTHONPATH=broken)
    assert done.returncode == 1, done.stderr
    said = json.loads(done.stdout)
    assert not said["ok"]
    told = {one["name"]: one for one in said["problems"]}
    assert "import torch" in told["Training engine"]["value"]
    assert "signal 11" in told["Training engine"]["value"]
    assert told["Training engine"]["hint"].endswith("torch")
    assert "libEGL.so.1" in told["Window"]["value"]
    assert "PySide6-Essentials" in told["Window"]["hint"]
    assert {"Versions", "Computer", "Folders", "Crash reports"} <= {one["section"] for one in said["findings"]}


def test_that_a_library_that_cannot_be_imported_leaves_the_others_to_be_tried() -> None:
    lines = [{"trying": "import torch"}, {"broken": {"torch": "ImportError: no"}}, {"trying": "import onnxruntime"}]
    told = b"noise of a library\n" + "\n".join(map(json.dumps, lines)).encode()
    found = engine(probe.read(told))
    assert [(one.name, one.severity) for one in found] == [("torch", "error")]


def test_that_the_windows_probe_tells_of_screen_and_fonts() -> None:
    found = {one.name: one for one in window(probe.ask("window"))}
    assert "offscreen" in found["Screen"].value
    assert found["Fonts"].severity == "ok"
    assert "PySide6" in found["Qt"].value


@pytest.mark.skipif(sys.platform != "linux", reason="asks for a plugin of Linux")
def test_that_a_screen_that_does_not_answer_is_told_with_what_to_do() -> None:
    given = {"QT_QPA_PLATFORM": "xcb", "DISPLAY": ":987"}
    found = {one.name: one for one in window(probe.ask("window", given))}
    assert "open a screen" in found["Window"].value
    assert found["Window"].severity == "error"
    assert found["Window"].hint


def test_that_the_quick_doctor_prints_sections_and_imports_nothing_slow(
    capfd: pytest.CaptureFixture[str], own_home: Path
) -> None:
    assert main(["doctor", "--quick"]) in (0, 1)
    told = capfd.readouterr().out
    assert all(section in told for section in ("Versions", "Computer", "Folders", "Optional", "Crash reports"))
    assert str(own_home) in told


@pytest.mark.slow
def test_that_the_doctor_finds_nothing_wrong_where_the_tests_pass(own_home: Path) -> None:
    done = doctor("--json")
    said = json.loads(done.stdout)
    assert [one for one in said["problems"] if one["severity"] == "error"] == []
    assert {"PyTorch", "ONNX Runtime", "Qt", "Screen", "Fonts"} <= {one["name"] for one in said["findings"]}
