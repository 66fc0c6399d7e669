"""Sizes, lengths of time and places in words: numbers are rounded as estimates deserve."""

import os
from pathlib import Path

from kdstudio.ui.widgets.painting import count


def size(bytes_: float) -> str:
    """Return `1.5 MB` for 1 500 000, in powers of 1 000 as file managers count."""
    value = float(bytes_)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 999.5 or unit == "GB":
            break
        value /= 1000
    return f"{value:.1f} {unit}" if unit != "bytes" and value < 10 else f"{value:.0f} {unit}"


def about(seconds: float) -> str:
    """Return `about 20 s`, `about 6 min`, `about 2 h`: an estimate has one or two figures."""
    if seconds < 2:
        return "a second or two"
    if seconds < 90:
        step = 1 if seconds < 10 else 5
        return f"about {step * round(seconds / step)} s"
    if seconds < 5400:
        return f"about {round(seconds / 60)} min"
    hours = seconds / 3600
    return f"about {hours:.1f} h" if hours < 10 else f"about {round(hours)} h"


def shape(input_shape: tuple[int, ...], outputs: int | None, kind: str = "image") -> str:
    """Return `1×28×28 → 10`, for a text `40 words → 6`, for a row `108 numbers → 2`."""
    if not input_shape or outputs is None:
        return "–"
    size = "×".join(map(str, input_shape))
    if kind == "text":
        size = f"{count(input_shape[0])} words"
    elif len(input_shape) == 1:
        size = f"{count(input_shape[0])} {'samples' if kind == 'audio' else 'numbers'}"
    return f"{size} → {count(outputs)}"


def ratio(teacher: int | None, student: int | None) -> str:
    """Return how a student's size compares with the teacher's: `39× smaller`, `1.4× larger`; "" where not known."""
    if not teacher or not student:
        return ""
    if teacher == student:
        return "same size"
    share = max(teacher, student) / min(teacher, student)
    word = "smaller" if student < teacher else "larger"
    return f"{share:.0f}× {word}" if share >= 9.95 else f"{share:.1f}× {word}"


def place(path: str) -> str:
    """Return the folder of a path as people write it, `~` for their own."""
    folder, home = Path(os.path.normpath(path)).parent, Path.home()
    return f"~/{folder.relative_to(home).as_posix()}" if folder.is_relative_to(home) else str(folder)
