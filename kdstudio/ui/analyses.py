"""Numpy work off the window's thread: requests by key, superseded ones dropped and given up where they are."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal

from kdstudio.analysis.wanted import Abandoned, while_wanted


class Analyses(QObject):
    """Runs functions in a worker thread and hands their results to the window's thread.

    A request carries everything that it needs, so that the worker touches no shared state. A newer request under the
    same key makes the older one void: its result is not handed on, and analysis that asks `wanted.go_on` ends there.
    What may take longer than a person waits for goes, as `slow`, to a second worker, so that the rest need not wait.
    """

    _done = Signal(str, int, object, object)  # key, number, result, error
    _told = Signal(str, int, float)  # key, number, share
    failed = Signal(str, object)  # key, exception
    progressed = Signal(str, float)  # key, and the share that is done, where the work knows it

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool, self._slow = (
            ThreadPoolExecutor(max_workers=1, thread_name_prefix=name) for name in ("analysis", "slow-analysis")
        )
        self._numbers: dict[str, int] = {}
        self._callbacks: dict[str, Callable[[Any], None]] = {}
        self._futures: dict[str, Future[Any]] = {}
        self._done.connect(self._deliver)
        self._told.connect(self._tell)

    def submit(
        self, key: str, function: Callable[[], Any], callback: Callable[[Any], None], *, slow: bool = False
    ) -> None:
        """Call `function` in the worker and `callback(result)` here, unless a newer request under `key` came first."""
        number = self._numbers[key] = self._numbers.get(key, 0) + 1
        self._callbacks[key] = callback
        if key in self._futures:
            self._futures[key].cancel()

        def work() -> None:
            result, error = None, None
            try:
                with while_wanted(lambda: self._numbers[key] == number, partial(self._told.emit, key, number)):
                    result = function()
            except Abandoned:
                return
            except Exception as raised:  # whatever goes wrong is told in the window
                error = raised
            self._done.emit(key, number, result, error)

        self._futures[key] = (self._slow if slow else self._pool).submit(work)

    def drop(self, key: str) -> None:
        """Make the open request under `key` void."""
        self._numbers[key] = self._numbers.get(key, 0) + 1

    @property
    def is_busy(self) -> bool:
        """Whether something is being worked on."""
        return any(not future.done() for future in self._futures.values())

    def close(self) -> None:
        """End the worker threads; what is running ends at its next block."""
        self._callbacks.clear()
        for key in self._numbers:
            self.drop(key)
        for pool in (self._pool, self._slow):
            pool.shutdown(wait=True, cancel_futures=True)

    def _tell(self, key: str, number: int, share: float) -> None:
        if self._numbers.get(key) == number:
            self.progressed.emit(key, share)

    def _deliver(self, key: str, number: int, result: Any, error: Exception | None) -> None:
        if self._numbers.get(key) != number or key not in self._callbacks:
            return
        if error is not None:
            self.failed.emit(key, error)
        else:
            self._callbacks[key](result)
