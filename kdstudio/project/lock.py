"""Who may write into a run folder: one program at a time. The others may watch.

The system itself holds the lock for as long as the program lives, so that none is left over by a kill or by a power
cut, whatever the clocks say. `lock.json` tells who it is. A network drive may not pass locks on to other machines:
there, the host in the file counts while that run's status is fresh.
"""

import contextlib
import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from kdstudio.core.errors import RunBusy
from kdstudio.project import status
from kdstudio.project.status import HOST

NAME = "lock.json"
_PATIENCE = 5.0  # seconds for one that is just ending, such as the engine of a window that was killed
_AT = 1 << 20  # the byte that is locked where a lock is one on bytes, behind what is read


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the lock of a run folder; raises RunBusy that says who else does."""
    file = (folder / NAME).open("ab+", buffering=0)
    try:
        _acquire(folder, file)
        _write(file, {"pid": os.getpid(), "host": HOST})
        yield
        with contextlib.suppress(OSError):  # a full disk must not turn a good end into an error
            _write(file, None)
    finally:
        file.close()  # which gives the lock back


def holder(folder: Path) -> dict[str, Any] | None:
    """Return who holds the lock (pid, host), or None; on this machine only a program that lives does."""
    try:
        with (folder / NAME).open("rb+", buffering=0) as file:
            found = _read(file)
            if found is not None and found.get("host") == HOST and _try(file):
                return None
            return found
    except OSError:
        return None


def _acquire(folder: Path, file: BinaryIO) -> None:
    until = time.monotonic() + _PATIENCE
    while not _try(file):
        if time.monotonic() > until:
            raise _refusal(folder, _read(file) or {})
        threading.Event().wait(0.05)
    found = _read(file)
    if found is not None and found.get("host") != HOST:
        known = status.read(folder / "status.json")
        if known is not None and known.host == found.get("host") and status.checked(known).is_live:
            raise _refusal(folder, found)


def _refusal(folder: Path, found: dict[str, Any]) -> RunBusy:
    who = f"process {found['pid']}" if "pid" in found else "another program"
    where = f" on {found['host']}" if found.get("host", HOST) != HOST else ""
    return RunBusy(
        f"This run is being trained by {who}{where}.",
        hint="Watch it meanwhile; it can be gone on with here once that has ended.",
        where=str(folder),
    )


def _read(file: BinaryIO) -> dict[str, Any] | None:
    file.seek(0)
    try:
        found = json.loads(file.read())
    except (ValueError, OSError):
        return None
    return found if isinstance(found, dict) else None


def _write(file: BinaryIO, value: dict[str, Any] | None) -> None:
    file.truncate(0)
    if value is not None:
        file.write(json.dumps(value).encode())


if sys.platform == "win32":
    import msvcrt

    def _try(file: BinaryIO) -> bool:
        """Take the lock if nobody has it; it ends with the file."""
        file.seek(_AT)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try(file: BinaryIO) -> bool:
        """Take the lock if nobody has it; it ends with the file. A drive that knows no locks refuses nobody."""
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return True
        return True
