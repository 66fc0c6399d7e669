"""The engine process: reads requests, hands quick ones to the desk thread and long ones to the GPU thread.

End of input means that the window is gone: save a checkpoint and exit. SIGTERM: the same, with exit status 143.
"""

import faulthandler
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NoReturn

from kdstudio import __version__
from kdstudio.core.errors import KdStudioError
from kdstudio.core.events import Progress
from kdstudio.core.listening import Cancelled, heard_by
from kdstudio.engine.protocol import Outlet, private_stdout, requests


def main() -> int:
    """Serve one window until it closes the pipe."""
    outlet = Outlet(private_stdout())
    if sys.stderr is not None:  # the window's log, whose end goes into its report
        faulthandler.enable()
    outlet.say({"ready": {"version": __version__, "pid": os.getpid()}})
    engine = _Engine(outlet)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in a terminal reaches the window, which decides
    signal.signal(signal.SIGTERM, engine.terminated)
    status = 0
    try:
        for request in requests(sys.stdin.buffer):
            if request["ask"] == "quit":
                break
            engine.take(request)
    except _Terminated:
        status = 143
    while True:  # a SIGTERM that comes during the end changes the status and nothing else: the checkpoint is written
        try:
            engine.end()
            break
        except _Terminated:
            status = 143
    return status


class _Terminated(BaseException):
    pass


class _Engine:
    """Control loop state: the two threads. torch is imported by the first request, after `ready` was said."""

    def __init__(self, outlet: Outlet) -> None:
        from kdstudio.engine.gpu_thread import GpuThread

        self.outlet = outlet
        self.gpu = GpuThread(outlet)
        self.gpu.start()
        self.pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="desk")
        self.desk: Any = None
        self.cancelled: set[int] = set()  # questions that wait or run, and whose answer nobody wants any more

    def take(self, request: dict[str, Any]) -> None:
        """Carry out one request."""
        try:
            from kdstudio.engine.tasks import TASKS

            if request["ask"] in TASKS:
                self._begin(request)
            elif request["ask"] == "ping":  # whether anybody is there
                self.outlet.answer(request["id"], {})
            elif request["ask"] in ("pause", "continue", "stop", "change"):
                self._steer(request)
            elif request["ask"] == "cancel":
                self.cancelled.add(int(request["of"]))
                self.outlet.answer(request["id"], {})
            else:
                self.pool.submit(self._answer, request)
        except Exception as error:
            self.outlet.refuse(request["id"], error)

    def _begin(self, request: dict[str, Any]) -> None:
        from kdstudio.engine.gpu_thread import Job
        from kdstudio.engine.tasks import TASKS

        task = TASKS[request["ask"]]
        folder = Path(request["run"]) if request["ask"] != "export" else None  # what "discard" deletes
        self.gpu.put(Job(request["id"], lambda control: task(request, control), folder))

    def _steer(self, request: dict[str, Any]) -> None:
        job = self.gpu.current
        if job is None:
            raise KdStudioError("Nothing is running.")
        if request["ask"] == "pause":
            job.control.pause()
        elif request["ask"] == "continue":
            job.control.resume()
        elif request["ask"] == "change":
            job.control.change(str(request["key"]), request["value"])
        else:
            job.discard = request.get("keep") == "discard"
            job.control.stop(report=request.get("keep", "best") == "best")
        self.outlet.answer(request["id"], {})

    def _answer(self, request: dict[str, Any]) -> None:
        try:
            if self.desk is None:
                import torch

                from kdstudio.engine.desk import Desk

                torch.set_num_threads(1)  # this thread's own count; the GPU thread sets its own
                self.desk = Desk(self.gpu.drawing)
            with heard_by(lambda event: self._hear(request["id"], event)):
                self._hear(request["id"])
                self.outlet.answer(request["id"], self.desk.answer(request, is_busy=self.gpu.is_busy))
        except BrokenPipeError:
            return
        except Exception as error:
            self.outlet.refuse(request["id"], error)

    def _hear(self, ask: int, event: Progress | None = None) -> None:
        """Pass on how far a question is, unless nobody waits for its answer any more: then it ends here."""
        if ask in self.cancelled:
            self.cancelled.discard(ask)
            raise Cancelled("Nobody waits for this any more.")
        if event is not None:
            self.outlet.event(ask, event)

    def terminated(self, _signal: int, _frame: object) -> None:
        """End the control loop from the signal handler."""
        raise _Terminated

    def end(self) -> None:
        """Let the running task write its checkpoint and end both threads."""
        self.pool.shutdown(wait=False, cancel_futures=True)
        self.gpu.end()


def serve() -> NoReturn:
    """Serve one window, and end the process."""
    status = main()
    sys.stdout.flush()
    os._exit(status)  # a desk question may still be running; nothing that it does is worth waiting for


if __name__ == "__main__":
    serve()
