"""Writing a run down while it goes: `events.jsonl`, one event a line, and `status.json`.

`recorded` wraps the generator of any task, so that terminal and engine leave the same folder behind.
"""

import contextlib
import os
import time
import traceback
from collections.abc import Generator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, TypeVar

from kdstudio.core.errors import KdStudioError, OutOfMemory, Problem, RunBusy, RunError
from kdstudio.core.events import (
    Advanced,
    Evaluated,
    Event,
    Failed,
    Finished,
    Losses,
    Noticed,
    Paused,
    Progress,
    Resumed,
    Started,
    Stopped,
    to_json,
)
from kdstudio.core.files import cannot_write
from kdstudio.core.layout import RunFolder
from kdstudio.project import lock, status
from kdstudio.project.status import State

R = TypeVar("R")
W = TypeVar("W")
_STATUS_SECONDS = 0.5


def recorded(folder: Path, events: Generator[Event, W | None, R]) -> Generator[Event, W | None, R]:
    """Pass `events` through, with what is sent and thrown into it, and record them in `folder`.

    An event is on disk before it is passed on. Advanced and Progress go into `status.json` only. An error is recorded
    as Failed and raised on; closing the generator before its end leaves the state `stopped`. Raises RunError where the
    folder cannot be written, is no longer there, or belongs to another program that is writing it.
    """
    with _Recorder(folder) as recorder:
        try:
            event = next(events)
            while True:
                recorder.take(event)
                try:
                    sent = yield event
                except GeneratorExit:
                    raise
                except BaseException as thrown:
                    event = events.throw(thrown)
                else:
                    event = events.send(sent)
        except StopIteration as end:
            result: R = end.value
            return result
        finally:
            events.close()


def recorded_here(folder: Path, events: Generator[Event, None, object]) -> Generator[Event, None, object]:
    """Record as `recorded` does, one of many runs; raises RunBusy where another program trains this one."""
    if lock.holder(folder) is not None:
        raise RunBusy(f"{folder} is being trained.")
    return (yield from recorded(folder, events))


class _Recorder:
    """The open files of one task and what is known of it so far."""

    def __init__(self, folder: Path) -> None:
        self._folder = RunFolder(folder)
        self._state: State = "running"
        self._step, self._total, self._epoch, self._message = 0, 0, 0.0, ""
        self._due = 0.0  # time.monotonic() from which the status may be written again
        self._held = contextlib.ExitStack()  # the lock and the file
        self._file: BinaryIO

    def __enter__(self) -> Self:
        try:
            self._folder.path.mkdir(parents=True, exist_ok=True)
            self._held.enter_context(lock.held(self._folder.path))
            self._file = self._held.enter_context(open_for_append(self._folder.events))
        except OSError as error:
            self._held.close()
            raise cannot_write(self._folder.path, error) from error
        known = status.read(self._folder.status)
        if known is not None:
            self._step, self._total, self._epoch = known.step, known.step_total, known.epoch
        self._write_status()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        try:
            if self._state in status.LIVE:
                self._end(error)
        finally:
            self._held.close()

    def take(self, event: Event) -> None:
        """Record one event."""
        if isinstance(event, Advanced):
            self._step, self._total, self._epoch = event.step, event.total, event.epoch
            self._message = ""
        elif isinstance(event, Progress):
            self._message = event.doing
        else:
            self._append(event)
            self._follow(event)
            return
        if time.monotonic() >= self._due:
            self._write_status()

    def _follow(self, event: Event) -> None:
        before = self._state
        match event:
            case Started():
                self._state, self._total = "running", event.total or self._total
            case Losses() | Evaluated():
                self._step, self._epoch = max(self._step, event.step), event.epoch
            case Paused() | Stopped():
                self._state, self._step = ("paused" if isinstance(event, Paused) else "stopped"), event.step
            case Resumed():
                self._state, self._step, self._message = "running", event.step, ""
            case Failed():
                self._state, self._message = "failed", event.problem.message
            case Finished():
                self._state, self._message = "finished", ""
            case Noticed():
                self._message = event.problem.message
        if self._state != before or time.monotonic() >= self._due:
            self._write_status()

    def _end(self, error: BaseException | None) -> None:
        """Record how the task ended where its own events did not say so."""
        if error is None:
            self._state, self._message = "finished", ""
        elif not isinstance(error, Exception):  # the generator was closed, or the program is being ended
            self._state, self._message = "stopped", ""
        else:
            self._state, self._message = "failed", _problem(error).message
            failed = Failed(problem=_problem(error), details="".join(traceback.format_exception(error)))
            with contextlib.suppress(RunError):  # that the folder cannot be written may be the very error
                self._append(failed)
        self._write_status()

    def _is_in_place(self) -> bool:
        """Whether the folder is still where it was: its file of events is the one that is open."""
        try:
            return os.path.samestat(self._folder.events.stat(), os.fstat(self._file.fileno()))
        except OSError:
            return False

    def _append(self, event: Event) -> None:
        line = (to_json(event) + "\n").encode()
        try:
            while line:  # a file without a buffer may take less than all of it
                line = line[self._file.write(line) :]
        except OSError as error:
            raise cannot_write(self._folder.events, error) from error

    def _write_status(self) -> None:
        self._due = time.monotonic() + _STATUS_SECONDS
        now = status.current(
            self._state, step=self._step, step_total=self._total, epoch=self._epoch, message=self._message
        )
        if not self._is_in_place():
            if self._state in status.LIVE:
                raise self._folder.gone()
            return
        # Only a picture of the moment: a reader may hold the file open (Windows), and a full disk shows in the events.
        with contextlib.suppress(OSError):
            status.write(self._folder.status, now)


def open_for_append(path: Path) -> BinaryIO:
    """Open a file of lines for unbuffered appending, so that each line is one write; end a torn last line first."""
    file = path.open("ab+", buffering=0)
    if file.tell():
        file.seek(-1, 2)
        if file.read(1) != b"\n":
            file.write(b"\n")
    return file


def _problem(error: Exception) -> Problem:
    if isinstance(error, KdStudioError):
        return error.problems[0].model_copy(update={"message": error.message})
    if isinstance(error, MemoryError):
        return OutOfMemory("no memory is left", hint="Use a smaller batch.").problems[0]
    return Problem(message=f"{type(error).__name__}: {error}", hint="The details are in events.jsonl of the run.")
