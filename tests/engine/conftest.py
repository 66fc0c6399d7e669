"""A real engine process, spoken to as the window does."""

import json
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest


class Engine:
    """Talks JSON lines with `python -m kdstudio.engine`; a thread of its own reads, so that nothing blocks."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "kdstudio.engine"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.lines: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self.reader = threading.Thread(target=self._read)
        self.reader.start()
        self.asked = 0
        self.kept: list[dict[str, Any]] = []

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.put(json.loads(line))
        self.lines.put(None)

    def ask(self, name: str, **arguments: Any) -> int:
        assert self.process.stdin
        self.asked += 1
        line = json.dumps({"id": self.asked, "ask": name, **arguments})
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()
        return self.asked

    def until(self, wanted: Any, timeout: float = 60) -> dict[str, Any]:
        """Return the next message for which `wanted(message)` is true; the others are kept in `kept`."""
        while True:
            message = self.lines.get(timeout=timeout)
            if message is None:
                raise EOFError("the engine has ended")
            if wanted(message):
                return message
            self.kept.append(message)

    def answer(self, ask: int) -> Any:
        """Wait for the end of an ask; return its answer, or its problems under that key."""
        message = self.until(lambda m: m.get("id") == ask and ("answer" in m or "problems" in m))
        return message.get("answer", message)

    def event(self, name: str, ask: int) -> dict[str, Any]:
        return self.until(lambda m: m.get("id") == ask and m.get("event", {}).get("event") == name)["event"]

    def close(self) -> int:
        assert self.process.stdin
        assert self.process.stdout
        if not self.process.stdin.closed:
            self.process.stdin.close()
        status = self.process.wait(timeout=30)
        self.reader.join(timeout=10)
        self.process.stdout.close()
        return status


def _running() -> Iterator[Engine]:
    running = Engine()
    yield running
    if running.process.poll() is None:
        running.process.kill()
    running.close()


fresh = pytest.fixture(_running, name="fresh")
used = pytest.fixture(_running, name="used", scope="module")


@pytest.fixture
def engine(used: Engine) -> Engine:
    """Give the engine of the file; a test that ends one takes a `fresh` one."""
    used.kept.clear()
    return used
