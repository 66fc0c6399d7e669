"""Reports of what went wrong in kdstudio itself. They stay on this computer until a person passes one on.

A report holds versions, the traceback, and the last lines of the logs; of the person's things paths alone, with the
home folder written as `~`. Where a process dies without a word, Python's fault handler leaves its stack in a file that
a process holds open while it lives; the next start makes a report of it.
"""

import faulthandler
import os
import platform
import re
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TextIO

from kdstudio import __version__
from kdstudio.core.paths import crash_folder

KEPT = 20  # reports; older ones go
LINES = 60  # of each log
LONGEST = 500  # characters of one line: an exception may quote a whole file
_LIBRARIES = ("numpy", "torch", "onnxruntime", "transformers", "PySide6-Essentials", "pyqtgraph", "pydantic")
_STACK, _REPORT = "stack-", "kdstudio-"
_held: list[TextIO] = []


def write_report(what: str, details: str, *, source: str, logs: Sequence[Path] = ()) -> Path | None:
    """Write a report and return its path, or None where nothing can be written.

    `what` is one sentence, `details` a traceback or a stack, `source` the part of kdstudio that it happened in.
    """
    parts = [
        "kdstudio: something went wrong in the program itself.",
        "This file was sent to nobody. Look through it before you pass it on: it names files and folders of yours, and",
        "the message of an error may quote a value out of them.",
        "",
        f"When: {time.strftime('%Y-%m-%d %H:%M:%S %z')}",
        f"Where: {source}",
        f"What: {what}",
        *versions(),
        "",
        details.rstrip(),
    ]
    for log in logs:
        parts += ["", f"The end of {log}:", *_tail(log)]
    text = "\n".join(line[:LONGEST] for part in parts for line in private(part).split("\n")) + "\n"
    folder = crash_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = _free(folder)
        path.write_text(text, encoding="utf-8")
        for old in reports()[KEPT:]:
            old.unlink(missing_ok=True)
    except OSError:
        return None
    return path


def tell_terminal(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """As sys.excepthook while no window stands that could say it: print, and keep a report."""
    traceback.print_exception(kind, error, trace)
    if issubclass(kind, Exception):
        details = "".join(traceback.format_exception(kind, error, trace))
        path = write_report(f"{kind.__name__} before the window stood.", details, source="window")
        if path is not None and sys.stderr is not None:
            sys.stderr.write(f"A report was kept: {path}\n")


def reports() -> list[Path]:
    """Return the reports that are kept, the newest first."""
    try:
        return sorted(crash_folder().glob(f"{_REPORT}*.txt"), key=lambda file: file.stat().st_mtime_ns, reverse=True)
    except OSError:
        return []


def versions() -> list[str]:
    """Return the versions that a fault may depend on, one a line; nothing is imported for that."""
    from importlib.metadata import PackageNotFoundError, version

    how = "packed" if getattr(sys, "frozen", False) else "installed"
    lines = [f"kdstudio {__version__} ({how}), Python {platform.python_version()}, {platform.platform()}"]
    for name in _LIBRARIES:
        try:
            lines.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            lines.append(f"{name} is not installed")
    return lines


def private(text: str) -> str:
    """Return a text without the name of the person's home folder."""
    home = str(Path.home())
    if len(home) < 3:  # a machine without people: the root folder is in every path
        return text
    return re.sub(re.escape(home) + r"(?![\w.-])", "~", text)


def keep_stacks() -> None:
    """Let this process leave its stack behind where it dies by a signal; a second call changes nothing."""
    if _held:
        return
    folder = crash_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = open(folder / f"{_STACK}{os.getpid()}.txt", "w", encoding="utf-8")  # noqa: SIM115 — held until the end
    except OSError:
        return
    _held.append(file)
    faulthandler.enable(file)


def end_well() -> None:
    """This process ends as it should: it leaves no stack behind."""
    while _held:
        file = _held.pop()
        faulthandler.disable()
        file.close()
        Path(file.name).unlink(missing_ok=True)


def left_behind(logs: Sequence[Path] = ()) -> Path | None:
    """Make a report of stacks that processes left which have died since; None where none did.

    A file that is empty belongs to a process that was ended from outside, by a person or a power cut: no fault of
    kdstudio's, so nothing is said of it.
    """
    made = None
    for file in sorted(crash_folder().glob(f"{_STACK}*.txt")):
        try:
            if _lives(file):
                continue
            stack = file.read_text(encoding="utf-8", errors="replace")
            when = time.strftime("%Y-%m-%d %H:%M", time.localtime(file.stat().st_mtime))
            file.unlink()
        except OSError:
            continue
        if stack.strip():
            made = write_report(f"It ended unexpectedly ({when}).", stack, source="window", logs=logs)
    return made


def _lives(file: Path) -> bool:
    """Whether the process that opened a file for its stack still runs; Windows refuses to delete what is open."""
    if sys.platform == "win32":
        return False
    number = file.stem.removeprefix(_STACK)
    if not number.isdigit() or int(number) == os.getpid():
        return number.isdigit()
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass  # another person's process has the number now; the file is looked at again at the next start
    return True


def _free(folder: Path) -> Path:
    name = f"{_REPORT}{time.strftime('%Y%m%d-%H%M%S')}"
    path, count = folder / f"{name}.txt", 1
    while path.exists():
        count += 1
        path = folder / f"{name}-{count}.txt"
    return path


def _tail(log: Path) -> list[str]:
    try:
        return log.read_text(encoding="utf-8", errors="replace").splitlines()[-LINES:] or ["(empty)"]
    except OSError:
        return ["(there is none)"]
