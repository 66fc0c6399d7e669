"""Where teachers' answers lie between runs, how much room they may take, and what goes first when it is used up."""

import json
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kdstudio.core.files import write_json
from kdstudio.core.paths import cache_folder

FOLDER = "KDSTUDIO_TEACHER_CACHE"  # environment: another folder, or "off" for none
LIMIT = "KDSTUDIO_TEACHER_CACHE_GB"  # environment: how much room all answers may take
USUAL_GB = 20.0
SPARED = 1_000_000_000  # bytes of the disk that are left free
_HEAD = "about.json"
_IN_USE = 3600.0  # seconds after its last use in which an entry is not removed: a run may be using it


@dataclass(frozen=True, slots=True)
class Entry:
    """The answers of one teacher to one part of some data. `about` says whose; `used` is a time in seconds."""

    folder: Path
    about: dict[str, Any]
    bytes: int
    used: float


def answers_folder() -> Path | None:
    """Return the folder of all answers, None where the environment says that there is none."""
    said = os.environ.get(FOLDER, "")
    if said.lower() == "off":
        return None
    return Path(said).expanduser() if said else cache_folder() / "teachers"


def limit() -> int:
    """Return how many bytes all answers may take together."""
    try:
        return int(float(os.environ.get(LIMIT, USUAL_GB)) * 1e9)
    except ValueError:
        return int(USUAL_GB * 1e9)


def entries() -> list[Entry]:
    """Return what is there, the longest unused first."""
    root = answers_folder()
    found = [entry for path in (root.glob("*/") if root is not None else ()) if (entry := _entry(path)) is not None]
    return sorted(found, key=lambda entry: entry.used)


def room() -> int:
    """Return how many bytes more could be had if all that is not in use were removed."""
    root = answers_folder()
    if root is None:
        return 0
    at = next(path for path in (root, *root.parents) if path.exists())
    kept = sum(entry.bytes for entry in entries() if _is_in_use(entry))
    return max(0, min(limit() - kept, shutil.disk_usage(at).free - SPARED))


def claim(key: str, about: dict[str, Any], size: int) -> Path | None:
    """Return the folder for the answers called `key`, of `size` bytes; older ones make room for them.

    None where there is no room, or no folder that can be written.
    """
    root = answers_folder()
    if root is None:
        return None
    folder = root / key
    try:
        root.mkdir(parents=True, exist_ok=True)
        if not _makes_room(folder, size):
            return None
        folder.mkdir(exist_ok=True)
        if not (folder / _HEAD).exists():
            write_json(folder / _HEAD, about, durable=False)
        touch(folder)
        return folder
    except OSError:
        return None


def touch(folder: Path) -> None:
    """Remember that an entry was used just now."""
    try:
        os.utime(folder / _HEAD)
    except OSError:  # removed, or on a disk that cannot be written
        return


def remove(entry: Entry) -> bool:
    """Remove an entry; return False where another program holds it. Who has its arrays mapped keeps them on POSIX."""
    gone = entry.folder.with_name(f".gone-{entry.folder.name}-{os.getpid()}")
    try:
        os.replace(entry.folder, gone)
    except OSError:
        return False
    shutil.rmtree(gone, ignore_errors=True)
    return True


def _makes_room(folder: Path, size: int) -> bool:
    """Remove what was not used for longest until `size` bytes fit; return whether they do."""
    others = [entry for entry in entries() if entry.folder != folder]
    there = _size(folder)
    over = sum(entry.bytes for entry in others) + max(size, there) - limit()
    lacking = size - there - (shutil.disk_usage(folder.parent).free - SPARED)
    for entry in others:
        if over <= 0 and lacking <= 0:
            break
        if not _is_in_use(entry) and remove(entry):
            over, lacking = over - entry.bytes, lacking - entry.bytes
    return over <= 0 and (lacking <= 0 or there >= size)


def _is_in_use(entry: Entry) -> bool:
    return abs(time.time() - entry.used) < _IN_USE  # a clock that was wrong protects nothing for years


def _entry(path: Path) -> Entry | None:
    if path.name.startswith("."):
        return None
    try:
        about = json.loads((path / _HEAD).read_bytes())
        return Entry(path, about, _size(path), (path / _HEAD).stat().st_mtime)
    except (OSError, ValueError):  # no entry of this program's, or one that is being removed
        return None


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
