"""Where things lie: bundled resources, the person's settings, caches, and default places for runs."""

import re
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


def new_run_folder(parent: Path, student: str) -> Path:
    """Return a path for a new run, `<time>-<student>`, that does not exist yet."""
    name = f"{time.strftime('%Y%m%d-%H%M%S')}-{re.sub(r'[^A-Za-z0-9_.-]+', '-', student) or 'student'}"
    folder, count = parent / name, 1
    while folder.exists():
        count += 1
        folder = parent / f"{name}-{count}"
    return folder
