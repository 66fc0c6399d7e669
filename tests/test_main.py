"""The dispatcher imports only what is meant."""

import subprocess
import sys

import pytest

from kdstudio.__main__ import COMMANDS, choose


@pytest.mark.parametrize("command", COMMANDS)
def test_that_every_subcommand_goes_to_the_terminal(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    assert choose([command, "--headless"]) == "cli"


@pytest.mark.parametrize(
    ("given", "target"),
    [
        ([], "app"),
        (["teacher.pt"], "app"),
        (["./demo"], "app"),
        (["--page", "setup"], "app"),
        (["watch", "runs/1"], "app"),
        (["demo"], "app"),
        (["demo", "--headless"], "cli"),
        (["demo", "--json"], "cli"),
        (["--engine"], "engine"),
        (["--probe", "window"], "probe"),
        (["--install-desktop"], "app"),
        (["--version"], "cli"),
        (["--help"], "cli"),
    ],
)
def test_that_the_first_argument_decides(given: list[str], target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    assert choose(given) == target


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux may be without a screen")
def test_that_the_demo_without_a_screen_says_so_and_stays_in_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert choose(["demo"]) == "cli"
    assert "no screen" in capsys.readouterr().err


@pytest.mark.parametrize("module", ["kdstudio.app", "kdstudio.__main__"])
def test_that_the_window_starts_without_anything_slow(module: str) -> None:
    slow = ("torch", "onnxruntime", "scipy", "sklearn", "jsonschema", "PIL", "pyqtgraph", "psutil", "kdstudio.models")
    code = f"import sys, {module}; print([name for name in {slow!r} if name in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_that_the_terminal_starts_without_qt() -> None:
    code = "import sys; from kdstudio.__main__ import main; main(['--help']); print('PySide6' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip().endswith("False")
    assert "demo" in told.stdout
    assert "train" in told.stdout
