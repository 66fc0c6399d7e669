"""From the engine's pipe to the window: drained on a timer, coalesced, never more than a few milliseconds at once.

A signal and a redraw a step would cost the training three to seven times its speed, and the window its frames.
"""

import json
import time
from collections import deque
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from kdstudio.core.events import Advanced, Event, Progress, from_value

TICK_MS = 50  # 20 times a second
BUDGET = 0.008  # seconds of work a tick


class EventPump(QObject):
    """Collects lines as they come and hands on what they say, in order, once a tick."""

    answered = Signal(int, object)  # ask, message with "answer" or "problems"
    eventsArrived = Signal(int, list)  # ask, events; of Advanced and Progress only the last
    ready = Signal(dict)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rest = b""
        self._lines: deque[bytes] = deque()
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self.drain)

    def feed(self, content: bytes) -> None:
        """Take bytes from the pipe."""
        *lines, self._rest = (self._rest + content).split(b"\n")
        self._lines.extend(lines)
        if self._lines and not self._timer.isActive():
            self._timer.start()

    def drain(self, *, everything: bool = False) -> None:
        """Hand on what has come, within the budget (or all of it, when the engine has ended)."""
        until = time.perf_counter() + (3600 if everything else BUDGET)
        batches: dict[int, list[Event]] = {}
        while self._lines and time.perf_counter() < until:
            message = _parsed(self._lines.popleft())
            if "event" in message:
                _collect(batches.setdefault(message["id"], []), message["event"])
            else:
                self._flush(batches)
                self._hand_on(message)
        self._flush(batches)
        if not self._lines:
            self._timer.stop()

    def clear(self) -> None:
        """Forget a torn line: a new engine begins anew."""
        self._rest = b""

    def _hand_on(self, message: dict[str, Any]) -> None:
        if "ready" in message:
            self.ready.emit(message["ready"])
        elif "id" in message:
            self.answered.emit(message["id"], message)

    def _flush(self, batches: dict[int, list[Event]]) -> None:
        for ask, events in batches.items():
            if events:
                self.eventsArrived.emit(ask, list(events))
        batches.clear()


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}


def _collect(batch: list[Event], value: dict[str, Any]) -> None:
    """Add an event; a newer Advanced or Progress replaces the one that was waiting."""
    try:
        event = from_value(value)
    except ValueError:
        return
    if isinstance(event, Advanced | Progress):
        batch[:] = [old for old in batch if type(old) is not type(event)]
    batch.append(event)
