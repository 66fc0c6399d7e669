"""Numpy work off the window's thread: one worker, requests by key, superseded ones dropped."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from PySide6.QtCore import QObject, Signal


class Analyses(QObject):
    """Runs functions in one worker thread and hands their results to the window's thread.

    A request carries everything that it needs, so that the worker touches no shared state. A newer request under the
    same key makes the older one void: its result is not handed on.
    """

    _done = Signal(str, int, object, object)  # key, number, result, error
    failed = Signal(str, object)  # key, exception

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="analysis")
        self._numbers: dict[str, int] = {}
        self._callbacks: dict[str, Callable[[Any], None]] = {}
        self._futures: dict[str, Future[Any]] = {}
        self._done.connect(self._deliver)

    def submit(self, key: str, function: Callable[[], Any], callback: Callable[[Any], None]) -> None:
        """Call `function` in the worker and `callback(result)` here, unless a newer request under `key` came first."""
        number = self._numbers[key] = self._numbers.get(key, 0) + 1
        self._callbacks[key] = callback
        if key in self._futures:
            self._futures[key].cancel()

        def work() -> None:
            result, error = None, None
            try:
                result = function()
            except Exception as raised:  # whatever goes wrong is told in the window
                error = raised
            self._done.emit(key, number, result, error)

        self._futures[key] = self._pool.submit(work)

    def drop(self, key: str) -> None:
        """Make the open request under `key` void."""
        self._numbers[key] = self._numbers.get(key, 0) + 1

    @property
    def is_busy(self) -> bool:
        """Whether something is being worked on."""
        return any(not future.done() for future in self._futures.values())

    def close(self) -> None:
        """End the worker thread; what is running is waited for."""
        self._callbacks.clear()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _deliver(self, key: str, number: int, result: Any, error: Exception | None) -> None:
        if self._numbers.get(key) != number or key not in self._callbacks:
            return
        if error is not None:
            self.failed.emit(key, error)
        else:
            self._callbacks[key](result)
