"""Files that are either whole or absent: temporary name, fsync, rename.

A folder cannot be renamed onto a full one, so `replace_folder` keeps the last good copy under another name, and
`newest_whole` finds the newest copy whose digest is right, whatever instant the program was killed at and whichever
file was damaged later.
"""

import errno
import io
import json
import os
import shutil
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from kdstudio.core.digest import digest_folder
from kdstudio.core.errors import RunError

DIGEST = "digest.txt"
_FULL = (errno.ENOSPC, errno.EDQUOT)


def write_bytes(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Write `content` to `path` atomically. `durable=False` skips the fsync, for pictures that may be lost."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with open(temporary, "wb") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def write_json(path: Path, value: Any, *, durable: bool = True) -> None:
    """Write `value` as indented UTF-8 JSON, atomically."""
    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)
    write_bytes(path, (text + "\n").encode(), durable=durable)


def write_array(path: Path, array: np.ndarray, *, durable: bool = True) -> None:
    """Write `array` as `.npy`, atomically."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    write_bytes(path, buffer.getvalue(), durable=durable)


def bytes_of(path: Path) -> int:
    """Return the size of a file, or of all files in a folder; raises OSError where it is gone."""
    if path.is_dir():
        return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    return path.stat().st_size


def deflated_size(path: Path) -> int:
    """Return the size of a file, or of all files in a folder, when compressed as zip does it (deflate, level 6)."""
    total = 0
    for file in [path] if path.is_file() else [one for one in path.rglob("*") if one.is_file()]:
        packer = zlib.compressobj()
        with open(file, "rb") as opened:
            while piece := opened.read(1 << 20):
                total += len(packer.compress(piece))
        total += len(packer.flush())
    return total


def cannot_write(path: Path, error: OSError) -> RunError:
    """Return what to tell where a run's file cannot be written: a full disk, a folder that may only be read."""
    reason = error.strerror or str(error)
    hint = "Make room or choose another folder; the run goes on from its last checkpoint when it is resumed."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        hint = "Allow writing there; the run goes on from its last checkpoint when it is resumed."
    return RunError(f"cannot write to {path}: {reason}", hint=hint)


def replace_folder(folder: Path, fill: Callable[[Path], None], prove: Callable[[Path], None] | None = None) -> None:
    """Replace `folder` by one that `fill` writes into, so that a whole copy exists at every instant.

    `prove` reads the new one back and raises where it cannot be used; nothing was touched then. The copy before stays
    beside it as `folder.previous` until the next replacement; it goes earlier where the disk has no room for a third.
    """
    new, previous = folder.with_name(folder.name + ".new"), folder.with_name(folder.name + ".previous")
    if is_whole(new):  # killed between finishing `new` and renaming it: it is the newest
        _put_in_place(new, folder, previous)
    try:
        _write_folder(new, fill)
    except OSError as error:
        if error.errno not in _FULL or not previous.exists() or not is_whole(folder):
            shutil.rmtree(new, ignore_errors=True)
            raise
        shutil.rmtree(previous, ignore_errors=True)
        _write_folder(new, fill)
    if prove is not None:
        prove(new)
    write_bytes(new / DIGEST, digest_folder(new, leave_out=DIGEST).encode())
    _fsync(new)
    _put_in_place(new, folder, previous)


def newest_whole(folder: Path) -> Path | None:
    """Return the newest of `folder.new`, `folder`, `folder.previous` whose digest is right, or None."""
    return next((candidate for candidate in copies(folder) if is_whole(candidate)), None)


def copies(folder: Path) -> tuple[Path, Path, Path]:
    """Return where copies of `folder` may lie, the newest first."""
    return folder.with_name(folder.name + ".new"), folder, folder.with_name(folder.name + ".previous")


def is_whole(folder: Path) -> bool:
    """Whether the files in `folder` are those that were written into it."""
    try:
        return (folder / DIGEST).read_text() == digest_folder(folder, leave_out=DIGEST)
    except (OSError, UnicodeDecodeError):
        return False


def _write_folder(new: Path, fill: Callable[[Path], None]) -> None:
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    fill(new)
    for file in new.iterdir():
        _fsync(file)


def _put_in_place(new: Path, folder: Path, previous: Path) -> None:
    if folder.exists():
        shutil.rmtree(previous, ignore_errors=True)
        os.replace(folder, previous)
    os.replace(new, folder)
    _fsync(folder.parent)


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
