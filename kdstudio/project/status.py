"""`status.json`: where a run stands, readable at any time and by any process."""

import os
import socket
import time
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from kdstudio.core.files import write_bytes

State = Literal["queued", "running", "paused", "stopped", "finished", "failed", "interrupted"]
LIVE = ("running", "paused")
HOST = socket.gethostname()
_SILENT_SECONDS = 600.0  # after which a run on another machine is taken for dead


class Status(BaseModel):
    """Where a run stands. `updated` in seconds since 1970.

    `queued` is a run that waits for its turn, at its `place` among others: nothing works on it yet, and it needs no
    process. `interrupted` is never written: it is what a reader concludes when the process of a live run is gone.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    state: State
    step: int = 0
    step_total: int = 0
    epoch: float = 0.0
    message: str = ""
    pid: int = 0
    host: str = ""
    updated: float = 0.0
    place: int = 0

    @property
    def is_live(self) -> bool:
        """Whether something is working on the run."""
        return self.state in LIVE

    @property
    def can_resume(self) -> bool:
        """Whether the run ended before it was done and nothing works on it."""
        return self.state in ("stopped", "failed", "interrupted")


def current(state: State, *, step: int = 0, step_total: int = 0, epoch: float = 0.0, message: str = "") -> Status:
    """Return a status of this process, now."""
    return Status(
        state=state, step=step, step_total=step_total, epoch=epoch, message=message,
        pid=os.getpid(), host=HOST, updated=time.time(),
    )  # fmt: skip


def write(path: Path, status: Status) -> None:
    """Write `status` atomically; raises OSError where that is not possible."""
    text = status.model_dump_json(indent=1, exclude=None if status.state == "queued" else {"place"})
    write_bytes(path, (text + "\n").encode(), durable=False)


def read(path: Path) -> Status | None:
    """Return what the file says, or None where it is missing or damaged."""
    try:
        return Status.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def checked(status: Status, *, is_held: bool | None = None) -> Status:
    """Return `status`, or the same as `interrupted` where it claims to be live and its process is gone.

    On this machine the run's lock tells, whatever the clocks say, where it is known whether somebody holds it.

    The process of another machine cannot be asked; there a running one is given up after ten silent minutes.
    """
    if not status.is_live:
        return status
    if status.host == HOST and is_held is not None:
        alive = is_held
    elif status.host == HOST:
        alive = _is_alive(status.pid, status.updated)
    else:
        alive = status.state != "running" or time.time() - status.updated < _SILENT_SECONDS
    return status if alive else status.model_copy(update={"state": "interrupted"})


def _is_alive(pid: int, updated: float) -> bool:
    """Whether the process lives and is not another one that was given the same number later."""
    import psutil

    if pid <= 0:
        return False
    if pid == os.getpid():
        return True
    try:
        process = psutil.Process(pid)
        return bool(process.status() != psutil.STATUS_ZOMBIE and process.create_time() <= updated + 1)
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True
