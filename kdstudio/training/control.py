"""Stop and pause for any generator of events, from another thread or a signal handler."""

import threading
import time
from collections import deque
from collections.abc import Generator
from typing import Literal, TypeVar

from kdstudio.core.events import Advanced, Event, Paused, Resumed, Stopped
from kdstudio.recipe.choices import Change
from kdstudio.training.group import Group

R = TypeVar("R")
Wish = Literal["checkpoint", "met"] | Change | None  # met: all processes are here; a change's step is set by the run
Steps = Generator[Event, Wish, None]
_AGREED_SECONDS = 0.5
_CHANGE, _PAUSE, _STOP, _REPORT = 1, 2, 3, 4


class StopRequested(Exception):
    """Thrown into a long task to end it. With `report` what there is gets its final report first."""

    def __init__(self, *, report: bool) -> None:
        super().__init__("stop requested")
        self.report = report


class Control:
    """The switches of one task. Any thread may turn them; the task looks at them between two events."""

    def __init__(self) -> None:
        self._running = threading.Event()
        self._running.set()
        self._stop: StopRequested | None = None
        self._changes: deque[Change] = deque()

    def pause(self) -> None:
        """Ask the task to wait at its next step, with a checkpoint on the disk."""
        self._running.clear()

    def resume(self) -> None:
        """Let a paused task go on."""
        self._running.set()

    def stop(self, *, report: bool) -> None:
        """Ask the task to end with a checkpoint, and with a final report if wanted."""
        self._stop = StopRequested(report=report)
        self._running.set()

    def change(self, key: str, value: object) -> None:
        """Ask a run to go on with another value of its recipe."""
        self._changes.append(Change(step=0, key=key, value=value))

    def take_change(self) -> Change | None:
        """Return the next value to change, once."""
        return self._changes.popleft() if self._changes else None

    @property
    def is_changed(self) -> bool:
        """Whether a value is to be changed."""
        return bool(self._changes)

    def take_stop(self) -> StopRequested | None:
        """Return the request to stop, once."""
        request, self._stop = self._stop, None
        return request

    @property
    def is_paused(self) -> bool:
        """Whether the task was asked to wait."""
        return not self._running.is_set()

    def wait(self) -> None:
        """Block until the task may go on."""
        self._running.wait()


def controlled(events: Generator[Event, Wish, R], control: Control) -> Generator[Event, object, R | None]:
    """Pass `events` through and carry out what `control` asks for between two of them.

    A pause first asks the task for a checkpoint, so that a power cut during a long pause costs nothing. A task that
    does not look after a request to stop itself (it is still reading its data, or is an export) simply ends.
    """
    try:
        event = next(events)
        while True:
            yield event
            request = control.take_stop()
            if request is not None:
                event = events.throw(request)
            elif control.is_paused and isinstance(event, Advanced):
                yield events.send("checkpoint")
                yield Paused(step=event.step)
                control.wait()
                yield Resumed(step=event.step)
                event = next(events)
            elif isinstance(event, Advanced):
                event = events.send(control.take_change())
            else:
                event = next(events)
    except StopIteration as end:
        result: R = end.value
        return result
    except StopRequested:
        yield Stopped(step=0)
        return None
    finally:
        events.close()


def together(events: Generator[Event, Wish, R], control: Control, group: Group) -> Generator[Event, object, R | None]:
    """Pass `events` through, and stop all processes of a group after the same step once any of them was asked to.

    They agree about twice a second, not after each step, which would wait for the device: after as many steps as the
    quickest of them makes in half a second. The first one's control pauses and changes them all: while it waits, the
    others wait for it in their next step.
    """
    left, clock = 1, time.monotonic()
    every = left
    try:
        event = next(events)
        while True:
            yield event
            left -= isinstance(event, Advanced)
            if left > 0 or not isinstance(event, Advanced):
                event = next(events)
                continue
            pace = max(1, min(1000, round(every * _AGREED_SECONDS / max(time.monotonic() - clock, 1e-6))))
            asked, every = group.greatest([_asked(control, group), pace])
            left, clock = every, time.monotonic()  # before what is sent makes the next step
            if asked >= _STOP:
                event = events.throw(StopRequested(report=asked == _REPORT))
            elif asked == _PAUSE:
                left, every, step = 1, 1, event.step
                event = events.send("checkpoint")
                if group.is_first:
                    yield event
                    yield Paused(step=step)
                    control.wait()
                    yield Resumed(step=step)
                    clock = time.monotonic()
                    event = next(events)
            else:
                event = events.send(group.tell(control.take_change()) if asked == _CHANGE else "met")
    except StopIteration as end:
        result: R = end.value
        return result
    finally:
        events.close()


def _asked(control: Control, group: Group) -> int:
    """Return what a process was asked for, as a number of which the greatest counts."""
    request = control.take_stop()
    if request is not None:
        return _REPORT if request.report else _STOP
    if not group.is_first:
        return 0
    return _PAUSE if control.is_paused else _CHANGE if control.is_changed else 0
