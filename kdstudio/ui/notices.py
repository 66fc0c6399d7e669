"""One door through which everything that went wrong reaches a person: a list, and a signal for toasts."""

import sys
import threading
import traceback
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject, Signal

from kdstudio.core.crash import write_report
from kdstudio.core.errors import KdStudioError, Problem


class Notices(QObject):
    """The problems of this session, newest last. Safe to call from any thread."""

    arrived = Signal(object, str)  # Problem, details
    reported = Signal(str, object)  # what happened, the report that was kept of it (Path)
    cleared = Signal()
    _raised = Signal(object, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.problems: list[tuple[Problem, str]] = []
        self._raised.connect(self._add)
        self._logs: tuple[Path, ...] | None = None  # what a report ends with; None: nothing is reported
        self._known: set[str] = set()  # details that were told already

    def tell(self, problem: Problem, details: str = "") -> None:
        """Report a problem."""
        self._raised.emit(problem, details)

    def tell_error(self, error: BaseException) -> None:
        """Report an exception: an expected one with its hint, another with its traceback."""
        if isinstance(error, KdStudioError):
            for problem in error.problems:
                self.tell(problem)
            return
        hint = "This is a fault in kdstudio. Your runs are safe; the details can be copied from the problems list."
        message = f"{type(error).__name__}: {error}"
        self.tell(Problem(message=message, hint=hint), "".join(traceback.format_exception(error)))

    def clear(self) -> None:
        """Forget all problems."""
        self.problems.clear()
        self._known.clear()
        self.cleared.emit()

    def catch_everything(self, *logs: Path) -> None:
        """Let errors that nobody caught come here instead of ending the window, and keep reports with `logs`."""
        self._logs = logs
        sys.excepthook = self._unexpected
        threading.excepthook = lambda args: self.tell_error(args.exc_value) if args.exc_value is not None else None

    def _unexpected(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        traceback.print_exception(kind, error, trace)
        self.tell_error(error)

    @property
    def keeps_reports(self) -> bool:
        """Whether faults of kdstudio itself are written down."""
        return self._logs is not None

    def report(self, message: str, details: str = "", source: str = "window") -> None:
        """Keep a report of a fault of kdstudio itself, and say so."""
        path = write_report(message, details, source=source, logs=self._logs or ()) if self.keeps_reports else None
        if path is not None:
            self.reported.emit(message, path)

    def _add(self, problem: Problem, details: str) -> None:
        if details and details in self._known:  # a fault in what is painted comes again sixty times a second
            return
        self.problems.append((problem, details))
        self.arrived.emit(problem, details)
        if details:
            self._known.add(details)
            self.report(problem.message, details)
