"""What every subcommand shares: where the answer goes, how errors end, and how a long task is stepped and stopped."""

import json
import os
import shlex
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from kdstudio.core.errors import InvalidRecipe, KdStudioError
from kdstudio.core.events import Advanced, Evaluated, Event, Noticed, Progress, Staged, in_words
from kdstudio.core.listening import heard_by
from kdstudio.core.trust import trust
from kdstudio.project.store import recorded
from kdstudio.training.control import Control, controlled, together
from kdstudio.training.group import ALONE, Group

R = TypeVar("R")
_ECHO_SECONDS = 2.0
Answer = Callable[[Any, Callable[[Console], None]], None]


@contextmanager
def session(*, as_json: bool, debug: bool, trusted: Sequence[str] | None = None) -> Iterator[Answer]:
    """Give the function that prints the answer, and turn errors into exit statuses.

    Under `--json` stdout carries one JSON object and nothing else: file descriptor 1 points at stderr until then,
    because native code prints where it likes. Files with the digests `trusted` may run code until the process ends.
    """
    out = os.dup(1) if as_json else -1
    if as_json:
        sys.stdout.flush()
        os.dup2(2, 1)

    def answer(value: Any, draw: Callable[[Console], None]) -> None:
        if as_json:
            text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
            with os.fdopen(os.dup(out), "w", encoding="utf-8") as stream:
                stream.write(text)
        else:
            draw(Console(highlight=False))

    try:
        _trust(trusted)
        yield answer
    except typer.Exit:
        raise
    except KdStudioError as error:
        if debug:
            traceback.print_exc()
        _complain(error)
        raise typer.Exit(2 if isinstance(error, InvalidRecipe) else 1) from error
    except (OSError, RuntimeError, ValueError, MemoryError) as error:
        if debug:
            traceback.print_exc()
        err().print(f"Error: {type(error).__name__}: {error}", markup=False)
        err().print("Hint: run again with --debug to see where it happened.")
        raise typer.Exit(1) from error
    finally:
        if as_json:
            sys.stdout.flush()
            os.dup2(out, 1)
            os.close(out)


def _trust(digests: Sequence[str] | None) -> None:
    for digest in digests or ():
        try:
            trust(digest, remember=False)
        except KdStudioError as error:
            raise typer.BadParameter(f"{error.message}. {error.hint}", param_hint="--trust") from error


@contextmanager
def progress_shown(*, as_json: bool) -> Iterator[None]:
    """Show on stderr how far work is that tells it; quiet under `--json`, and where stderr is no terminal."""
    console = err()
    if as_json or not console.is_terminal:
        with _interruptible():
            yield
        return
    columns = (TextColumn("{task.description}"), TextColumn("{task.completed:,.0f}"), BarColumn(), TimeElapsedColumn())
    with Bars(*columns, console=console, transient=True) as bars:
        row = bars.add_task("", total=None, visible=False)

        def show(event: Progress) -> None:
            bars.update(row, description=event.doing, completed=event.done, total=event.total or None, visible=True)

        with heard_by(show), _interruptible():
            yield


@contextmanager
def _interruptible() -> Iterator[None]:
    """Ctrl+C ends what has nothing to save."""
    try:
        yield
    except KeyboardInterrupt:
        err().print("Stopped.")
        raise typer.Exit(130) from None


def err() -> Console:
    """Return the console for everything that is not the answer."""
    return Console(stderr=True, highlight=False)


def _complain(error: KdStudioError) -> None:
    console = err()
    place = f"{error.where}: " if error.where else ""
    console.print(f"Error: {place}{error.message}", markup=False)
    if error.hint:
        console.print(f"Hint: {error.hint}", markup=False)
    for problem in error.problems:
        if problem.action == "slower":
            command = f"kdstudio train --resume --run {shlex.quote(problem.where)}"
            command += f" --change optimizer.learning_rate={problem.value:g}"
            console.print(f"Hint: Go on with a lower one: {command}", markup=False, soft_wrap=True)
        elif problem.action == "device":
            command = f"kdstudio train --resume --run {shlex.quote(problem.where)} --change device={problem.value}"
            console.print(f"Hint: Go on there: {command}", markup=False, soft_wrap=True)


def steps(
    events: Generator[Event, Any, R],
    control: Control,
    part: str = "Stage",
    onward: str = "--resume",
    group: Group = ALONE,
) -> R:
    """Step a task to its end with a progress bar on stderr; Ctrl+C and SIGTERM end it at a checkpoint.

    A first Ctrl+C lets the task write its checkpoint, a second one ends the program at once. `part` is what a `Staged`
    event begins; `onward` is what goes on with a stopped task. Of several processes the first alone draws; a launcher
    may pass on what each has heard itself, so that a second one counts a while later.
    """
    stopped: list[int] = []
    since = 0.0

    def stop(number: int, _frame: FrameType | None) -> None:
        nonlocal since
        if stopped and (group.size == 1 or time.monotonic() - since > _ECHO_SECONDS):
            os._exit(128 + number)
        since = time.monotonic()
        stopped.append(number)
        control.stop(report=False)

    in_main = threading.current_thread() is threading.main_thread()
    kept = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)} if in_main else {}
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[scores]}"),
    )
    try:
        console = err() if group.is_first else Console(quiet=True)
        with Bars(*columns, console=console, transient=True) as bars:
            result = _draw(events, bars, part)
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
    if stopped:
        console.print(f"Stopped; a checkpoint is saved. Go on with {onward}.", markup=False, soft_wrap=True)
        raise typer.Exit(128 + stopped[0])
    return result


def stepped(
    folder: Path, run: Generator[Event, Any, dict[str, Any] | None], group: Group, *, records: bool = True
) -> dict[str, Any] | None:
    """Step a run to its end and return its summary; the first process records it, the others return None."""
    control = Control()
    events = together(run, control, group) if group.size > 1 else controlled(run, control)
    if not group.is_first:
        return steps(events, control, group=group)
    return finished(steps(recorded(folder, events) if records else events, control, group=group))


def finished(result: R | None) -> R:
    """Return what a task gave; a task that ended without a result has nothing to show."""
    if result is None:
        raise KdStudioError("The task ended without a result.", hint="Go on with a run by --resume, or start again.")
    return result


def _draw(events: Generator[Event, Any, R], bars: Bars, part: str) -> R:
    main = bars.add_task("Starting", total=None, scores="")
    scores: dict[str, float] = {}
    stage, counts_steps = "", False
    while True:
        try:
            event = next(events)
        except StopIteration as end:
            result: R = end.value
            return result
        if isinstance(event, Staged):
            stage = f"{part} {event.number} of {event.stages}, "
        elif isinstance(event, Advanced):
            counts_steps = True
            words = f"{stage}epoch {int(event.epoch) + 1} {in_words(event.learner)}"
            bars.update(
                main,
                description=words[:1].upper() + words[1:],
                completed=event.step,
                total=event.total,
            )
        elif isinstance(event, Progress):
            bars.update(main, description=event.doing)
            if event.total and not counts_steps:  # a report between two epochs is no part of the way to go
                bars.update(main, completed=event.done, total=event.total)
        elif isinstance(event, Evaluated):
            scores |= {event.learner: event.metrics.get("accuracy") or 0.0}
            bars.update(main, scores=" · ".join(f"{in_words(name)} {value:.1%}" for name, value in scores.items()))
        elif isinstance(event, Noticed):
            bars.console.print(f"{event.problem.severity.capitalize()}: {event.problem}", markup=False)
            if event.problem.hint and event.problem.severity == "warning":
                bars.console.print(f"Hint: {event.problem.hint}", markup=False)
