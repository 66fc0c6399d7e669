"""A run on several devices, as a task like any other: a process of its own trains it (member.py), and is steered.

The engine itself never starts the others: each of them would be an engine. The process that trains holds the run's
lock and writes its folder. It ends at a checkpoint when the engine does.
"""

import json
import queue
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import IO, Any

from kdstudio.core import json_lines
from kdstudio.core.errors import KdStudioError, Problem, RunError
from kdstudio.core.events import Event, from_value
from kdstudio.core.files import cannot_write, write_json
from kdstudio.core.layout import RunFolder
from kdstudio.recipe.recipe import Recipe
from kdstudio.training.control import Control

Steps = Generator[Event, object, Any]
_LOOK_SECONDS = 0.05  # how soon the process hears what its run is asked for


class _Told(KdStudioError):
    """What the process said of its end."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self._problems = problems

    @property
    def problems(self) -> list[Problem]:
        return self._problems


def train_by_several(folder: Path, recipe: Recipe, control: Control) -> Steps:
    """Start a new run in `folder`, in as many processes as its recipe has devices."""
    place = RunFolder(folder)
    if place.recipe.exists():
        raise RunError(f"{folder} already holds a run.", hint="Choose another folder, or resume that run.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_json(place.recipe, recipe.to_value())
    except OSError as error:
        raise cannot_write(folder, error) from error
    return (yield from resume_by_several(folder, {}, control))


def resume_by_several(folder: Path, changes: dict[str, Any], control: Control) -> Steps:
    """Go on with the run in `folder`, or begin it where it has nothing but its recipe."""
    command = [sys.executable, "-m", "kdstudio.engine.member", str(folder), json.dumps(changes)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        said: queue.Queue[dict[str, Any] | None] = queue.Queue()
        threading.Thread(target=_hear, args=(process.stdout, said), daemon=True).start()
        wishes = _wishes(control)
        try:
            while True:
                _pass_on(next(wishes), process.stdin)
                try:
                    message = said.get(timeout=_LOOK_SECONDS)
                except queue.Empty:
                    continue
                if message is None:
                    raise _gone(process.wait())
                if "event" in message:
                    yield from_value(message["event"])
                elif "problems" in message:
                    raise _Told([Problem.model_validate(problem) for problem in message["problems"]])
                else:
                    return message["answer"]
        finally:
            process.stdin.close()  # where it still trains, it ends at a checkpoint


def _hear(stream: IO[bytes], said: "queue.Queue[dict[str, Any] | None]") -> None:
    for line in stream:
        said.put(json.loads(line))
    said.put(None)


def _wishes(control: Control) -> Iterator[list[dict[str, Any]]]:
    """Yield each time what the run is newly asked for."""
    is_paused = False
    while True:
        found: list[dict[str, Any]] = []
        if (request := control.take_stop()) is not None:
            found.append({"ask": "stop", "report": request.report})
        if control.is_paused != is_paused:
            is_paused = not is_paused
            found.append({"ask": "pause" if is_paused else "continue"})
        while (change := control.take_change()) is not None:
            found.append({"ask": "change", "key": change.key, "value": change.value})
        yield found


def _pass_on(wishes: list[dict[str, Any]], stream: IO[bytes]) -> None:
    for wish in wishes:
        try:
            stream.write(json_lines.line({"id": 0, **wish}))
            stream.flush()
        except BrokenPipeError:  # what it said last is still to be heard
            return


def _gone(status: int) -> RunError:
    how = f"signal {-status}" if status < 0 else f"exit status {status}"
    hint = "The run is safe up to its last checkpoint and can be resumed, on one device too."
    return RunError(f"The processes that trained together have ended ({how}).", hint=hint)
