"""The background GPU thread: runs long tasks one by one, and steps their generators."""

import contextlib
import gc
import queue
import shutil
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kdstudio.core.errors import DeviceLost
from kdstudio.core.events import Event
from kdstudio.engine.protocol import Outlet
from kdstudio.training.control import Control

Task = Generator[Event, object, Any]


@dataclass(slots=True)
class Job:
    """A long task that was asked for. `start` gets the job's switches and returns the task's generator."""

    ask: int
    start: Callable[[Control], Task]
    folder: Path | None = None
    control: Control = field(default_factory=Control)
    discard: bool = False


class GpuThread:
    """One thread that owns the device; the desk thread never trains and never touches torch's random state."""

    def __init__(self, outlet: Outlet) -> None:
        self._outlet = outlet
        self.drawing = threading.Lock()  # who holds it may draw from torch's default generator, which is process-wide
        self._jobs: queue.Queue[Job | None] = queue.Queue()
        self._current: Job | None = None
        self._thread = threading.Thread(target=self._run, name="gpu")

    def start(self) -> None:
        """Begin to wait for jobs."""
        self._thread.start()

    def put(self, job: Job) -> None:
        """Run a job after those that wait."""
        self._jobs.put(job)

    @property
    def is_busy(self) -> bool:
        """Whether a job is running or waiting."""
        return self._jobs.unfinished_tasks > 0

    @property
    def current(self) -> Job | None:
        """The running job."""
        return self._current

    def end(self) -> None:
        """Stop the running job at a checkpoint, drop the others, and wait for the thread. May be called again."""
        while not self._jobs.empty():
            self._jobs.get()
        self._jobs.put(None)
        if self._current is not None:
            self._current.control.stop(report=False)
        self._thread.join()

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            self._current = job
            try:
                self._tell(job)
            except BrokenPipeError:  # the window is gone; the main thread sees the end of its pipe too
                return
            finally:
                _free()

    def _tell(self, job: Job) -> None:
        """Run a job and tell its outcome; who has heard it finds the thread idle."""
        try:
            with self.drawing:
                value = self._step(job)
        except BrokenPipeError:
            raise
        except BaseException as error:
            self._rest()
            self._outlet.refuse(job.ask, error, is_spent=_has_lost_device(error))
        else:
            self._rest()
            self._outlet.answer(job.ask, value)

    def _rest(self) -> None:
        self._current = None
        self._jobs.task_done()

    def _step(self, job: Job) -> Any:
        task = job.start(job.control)
        try:
            while True:
                self._outlet.event(job.ask, next(task))
        except StopIteration as end:
            if job.discard and job.folder is not None:
                shutil.rmtree(job.folder, ignore_errors=True)
            return end.value
        except BrokenPipeError:
            job.control.stop(report=False)
            for _ in task:  # let it write its checkpoint, unheard
                pass
            raise


def _has_lost_device(error: BaseException) -> bool:
    """Whether an error left this process without a device: CUDA never works again in a process that lost it."""
    from kdstudio.training.faults import is_device_lost

    return isinstance(error, DeviceLost) or is_device_lost(error)


def _free() -> None:
    """Give the memory of a job that has ended back to the device, for the next one and for other programs."""
    import torch

    gc.collect()  # a run's learners and their setup know each other
    with contextlib.suppress(RuntimeError):  # a device that is gone has nothing to give, and the next job may need none
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        elif torch.backends.mps.is_available():
            torch.mps.empty_cache()
