"""JSON lines between window and engine.

In: `{"id": 3, "ask": "inspect", "path": …}`. Out: `{"ready": …}` once, then for each ask any number of
`{"id": 3, "event": {…}}` and at the end one `{"id": 3, "answer": …}` or `{"id": 3, "problems": […], "details": …}`.
With `"spent": true` in the last, this process has lost its device for good: the window starts another.
Arrays never go through the pipe: they lie in the run folder and events name their path.
"""

import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from typing import Any, BinaryIO

from kdstudio.core.errors import KdStudioError, Problem
from kdstudio.core.events import Advanced, Event, Progress, to_json

TICK = 0.04  # seconds between two Advanced or Progress events on the pipe: more than a screen shows


class Outlet:
    """The engine's voice. Any thread may speak; each line is written whole."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._last: dict[type[Event], float] = {}

    def say(self, message: dict[str, Any]) -> None:
        """Write one message."""
        self._write(json.dumps(message, ensure_ascii=False))

    def event(self, ask: int, event: Event) -> None:
        """Pass an event on; of Advanced and Progress at most one a tick (and the last of each row)."""
        if isinstance(event, Advanced | Progress):
            count = event.step if isinstance(event, Advanced) else event.done
            done = count >= event.total > 0  # a total of 0 is one that is not known yet
            now = time.monotonic()
            if not done and now - self._last.get(type(event), 0.0) < TICK:
                return
            self._last[type(event)] = now
        self._write(f'{{"id": {ask}, "event": {to_json(event)}}}')

    def answer(self, ask: int, value: Any) -> None:
        """Answer an ask."""
        self.say({"id": ask, "answer": value})

    def refuse(self, ask: int, error: BaseException, *, is_spent: bool = False) -> None:
        """Answer an ask with what went wrong; `is_spent` where this process can use its device no more."""
        problems = [problem.model_dump() for problem in problems_of(error)]
        details = "" if isinstance(error, KdStudioError) else "".join(traceback.format_exception(error))
        spent = {"spent": True} if is_spent else {}
        self.say({"id": ask, "problems": problems, "details": details, **spent})

    def _write(self, line: str) -> None:
        with self._lock:
            self._stream.write(line.encode() + b"\n")
            self._stream.flush()


def problems_of(error: BaseException) -> list[Problem]:
    """Return an error as problems; an unexpected one says so."""
    if isinstance(error, KdStudioError):
        return error.problems
    hint = "This is a fault in kdstudio. The details can be copied; what was saved is safe."
    return [Problem(message=f"{type(error).__name__}: {error}", hint=hint)]


def private_stdout() -> BinaryIO:
    """Take file descriptor 1 for the protocol and point it at stderr, so that no `print` can break the stream."""
    sys.stdout.flush()
    stream = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return stream


def requests(stream: BinaryIO) -> Iterator[dict[str, Any]]:
    """Yield one request a line until the window closes the pipe; a line that is none is skipped."""
    for line in stream:
        try:
            request = json.loads(line)
        except (json.JSONDecodeError, UnicodeDecodeError):
            continue
        if isinstance(request, dict) and isinstance(request.get("id"), int) and isinstance(request.get("ask"), str):
            yield request
