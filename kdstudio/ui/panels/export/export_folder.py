"""Where an export goes: a good proposal, and what speaks against a place."""

import os
from pathlib import Path

from kdstudio.core.paths import data_folder


def default_folder(run: Path, project: Path | None = None) -> Path:
    """Return `<project>/exports/<run>`; the person's data folder takes the project's place where that is read-only.

    A run outside any project exports beside the folder that it lies in.
    """
    root = project or (run.parent.parent if run.parent.name == "runs" else run.parent)
    for base in (root, data_folder()):
        proposed = base / "exports" / run.name
        if not problem_with(str(proposed), run):
            return proposed
    return data_folder() / "exports" / run.name


def problem_with(words: str, run: Path | None = None) -> str:
    """Return what is wrong with a folder as it was typed, or nothing. The folder need not exist yet."""
    if not words.strip():
        return "Choose a folder."
    path = typed(words)
    if not path.is_absolute():
        return "Give the whole path, from / on."
    if run is not None and (path == run or run in path.parents):
        return "This is inside the run, which stays as it is. Choose another folder."
    nearest = next((folder for folder in (path, *path.parents) if folder.exists()), path)
    if not nearest.is_dir():
        return f"{nearest.name} is a file, not a folder."
    if not os.access(nearest, os.W_OK | os.X_OK):
        return f"Nothing can be written into {nearest}."
    return ""


def typed(words: str) -> Path:
    """Return the path that was typed, `~` written out."""
    try:
        return Path(words.strip()).expanduser()
    except RuntimeError:  # a home that does not exist: ~nobody/here
        return Path(words.strip())


def shown(path: Path) -> str:
    """Return the path as people write it, with `~` for their home."""
    try:
        return f"~/{path.relative_to(Path.home()).as_posix()}"
    except (ValueError, RuntimeError):
        return str(path)
