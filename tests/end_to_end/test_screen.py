"""On a real X server: files dragged with a real pointer from another program's window, to an exported student."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
TOOLS = [tool for tool in ("Xvfb", "xdotool") if shutil.which(tool) is None]
pytestmark = [pytest.mark.screen, pytest.mark.skipif(bool(TOOLS), reason=f"needs {', '.join(TOOLS)}")]


@pytest.fixture
def screen(own_home: Path) -> Iterator[dict[str, str]]:
    """An X server of one's own, as the environment of programs that shall use it."""
    reading, writing = os.pipe()
    size = ["-screen", "0", "1920x1000x24"]
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), *size], pass_fds=[writing], stderr=subprocess.DEVNULL
    )
    os.close(writing)
    with os.fdopen(reading) as pipe:
        number = pipe.readline().strip()
    yield {**os.environ, "DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb", "QT_SCALE_FACTOR": "1"}
    server.terminate()
    server.wait(timeout=20)


class Watched:
    """The program on the screen, and hands that drag, press and click."""

    def __init__(self, screen: dict[str, str], state: Path) -> None:
        self.screen, self.path = screen, state
        command = [sys.executable, str(HERE / "watched_window.py"), str(state)]
        self.process = subprocess.Popen(command, env=screen)

    def state(self) -> dict:
        try:
            return json.loads(self.path.read_text())
        except (OSError, ValueError):
            return {}

    def until(self, condition, seconds: float) -> dict:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            assert self.process.poll() is None, "the window is gone"
            state = self.state()
            if state and condition(state):
                return state
        raise AssertionError(f"still {self.state()}")

    def do(self, *words: object) -> None:
        subprocess.run(["xdotool", *map(str, words)], env=self.screen, check=True, timeout=30)

    def drag(self, file: Path, to: tuple[int, int], arrived) -> None:
        """Drag a file from another program's window to a place in this one; a hand that slipped tries again."""
        command = [sys.executable, str(HERE / "drag_source.py"), "1700", "100", str(file)]
        source = subprocess.Popen(command, env=self.screen)
        try:
            self.do("search", "--sync", "--onlyvisible", "--pid", source.pid)
            for attempt in range(3):
                self.do("mousemove", "--sync", 1770 + attempt, 140, "mousedown", 1)
                for step in range(1, 21):
                    x, y = 1780 + (to[0] - 1780) * step // 20, 140 + (to[1] - 140) * step // 20
                    self.do("mousemove", "--sync", x, y)
                self.do("mousemove", "--sync", to[0] + 2, to[1] + 2, "mouseup", 1)
                try:
                    self.until(arrived, 10)
                    return
                except AssertionError:
                    continue
            self.until(arrived, 1)
        finally:
            source.terminate()
            source.wait(timeout=20)


@pytest.mark.timeout(300)
def test_that_files_dragged_with_the_pointer_become_an_exported_student(
    screen: dict[str, str], own_home: Path, teacher: Path, digits: Path
) -> None:
    window = Watched(screen, own_home / "state.json")
    try:
        window.until(lambda s: s["page"] == "home", 60)
        window.drag(teacher, (400, 850), lambda s: s["teacher"] == str(teacher))
        window.drag(digits, (400, 850), lambda s: s["data"] == str(digits))
        state = window.until(lambda s: s["checked"], 60)
        assert state["page"] == "setup"
        assert state["errors"] == []
        window.do("mousemove", 700, 80, "click", 1, "key", "F5")
        window.until(lambda s: s["run"] == "running", 60)
        state = window.until(lambda s: s["run"] == "finished", 120)
        assert (Path(state["folder"]) / "summary.json").exists()
        window.do("key", "ctrl+e")
        state = window.until(lambda s: s["page"] == "export" and s["places"], 30)
        window.do("mousemove", *state["places"]["exportButton"], "click", 1)
        state = window.until(lambda s: s["reports"], 90)
        assert all(report["passed"] for report in state["reports"])
        assert all(Path(report["path"]).exists() for report in state["reports"])
        assert state["problems"] == []
        window.do("key", "ctrl+q")
        assert window.process.wait(timeout=30) == 0
    finally:
        if window.process.poll() is None:
            window.process.kill()
            window.process.wait()
