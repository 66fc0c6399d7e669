"""Files that are either whole or absent: temporary name, fsync, rename.

A folder cannot be renamed onto a full one, so `replace_folder` keeps the last good copy under another name until the
new one stands, and `newest_whole` finds the newest copy whose digest is right, whatever instant the program was
killed at.
"""

import io
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from kdstudio.core.digest import digest_folder

DIGEST = "digest.txt"


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


def replace_folder(folder: Path, fill: Callable[[Path], None]) -> None:
    """Replace `folder` by one that `fill` writes into, so that a whole copy exists at every instant."""
    new, previous = folder.with_name(folder.name + ".new"), folder.with_name(folder.name + ".previous")
    if newest_whole(folder) == new:  # killed between finishing `new` and renaming it: it is the newest
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(new, folder)
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    fill(new)
    for file in new.iterdir():
        _fsync(file)
    write_bytes(new / DIGEST, digest_folder(new, leave_out=DIGEST).encode())
    _fsync(new)
    if folder.exists():
        shutil.rmtree(previous, ignore_errors=True)
        os.replace(folder, previous)
    os.replace(new, folder)
    _fsync(folder.parent)
    shutil.rmtree(previous, ignore_errors=True)


def newest_whole(folder: Path) -> Path | None:
    """Return the newest of `folder.new`, `folder`, `folder.previous` whose digest is right, or None."""
    candidates = [folder.with_name(folder.name + ".new"), folder, folder.with_name(folder.name + ".previous")]
    for candidate in candidates:
        try:
            if (candidate / DIGEST).read_text() == digest_folder(candidate, leave_out=DIGEST):
                return candidate
        except OSError:
            continue
    return None


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
