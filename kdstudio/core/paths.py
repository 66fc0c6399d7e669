"""Where things lie: bundled resources, the person's settings, caches, and default places for runs."""

import re
import sys
import time
from pathlib import Path

import platformdirs

_PACKAGE = Path(__file__).resolve().parents[1]


def resource(*parts: str) -> Path:
    """Return a bundled file or folder: inside the package in a wheel, beside it in a clone."""
    inside = _PACKAGE / "resources"
    root = inside if inside.is_dir() else _PACKAGE.parent / "resources"
    return root.joinpath(*parts)


def settings_folder() -> Path:
    """Return the folder for the person's settings."""
    return Path(platformdirs.user_config_dir("kdstudio", appauthor=False))


def cache_folder() -> Path:
    """Return the folder for what can be computed again."""
    return Path(platformdirs.user_cache_dir("kdstudio", appauthor=False))


def data_folder() -> Path:
    """Return the folder for projects that the person did not place elsewhere."""
    return Path(platformdirs.user_data_dir("kdstudio", appauthor=False))


def crash_folder() -> Path:
    """Return the folder for reports of what went wrong in kdstudio itself; they leave the computer by hand alone."""
    return Path(platformdirs.user_log_dir("kdstudio", appauthor=False)) / "crashes"


def engine_log() -> Path:
    """Return the file into which the window's engine writes what is neither an answer nor an event."""
    return cache_folder() / "engine.log"


def own_program(*arguments: str, module: str = "kdstudio") -> tuple[str, list[str]]:
    """Return program and arguments that start kdstudio again, as it was installed or packed.

    `module` is what Python runs where it is installed. Of the packed program for Windows the one with a terminal is
    meant: its sibling with a window has no standard streams.
    """
    if not getattr(sys, "frozen", False):
        return sys.executable, ["-m", module, *arguments]
    own = Path(sys.executable)
    sibling = own.with_name(own.name.replace("kdstudio-window", "kdstudio"))
    return str(sibling if sibling.exists() else own), list(arguments)


def new_run_folder(parent: Path, student: str) -> Path:
    """Return a path for a new run, `<time>-<student>`, that does not exist yet."""
    name = f"{time.strftime('%Y%m%d-%H%M%S')}-{re.sub(r'[^A-Za-z0-9_.-]+', '-', student) or 'student'}"
    folder, count = parent / name, 1
    while folder.exists():
        count += 1
        folder = parent / f"{name}-{count}"
    return folder
