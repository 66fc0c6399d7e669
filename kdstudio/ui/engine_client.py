"""The window's end of the pipe to the engine process."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTimer, Signal

from kdstudio.core import json_lines
from kdstudio.core.errors import Problem
from kdstudio.core.paths import own_program
from kdstudio.ui.event_pump import EventPump

PING_MS = 2000
SILENT_MS = 30_000  # without any word, after which a person is told; importing torch can take half of that
GRACE_MS = 5000  # how long each step of an ending may take before the next, harder one

ENDED_BY_OTHERS = (9, 15, 0xF291)  # killed, terminated; and both of them on Windows

OnAnswer = Callable[[Any], None]
OnProblems = Callable[[list[Problem], str], None]


@dataclass(slots=True)
class _Ask:
    line: bytes
    on_answer: OnAnswer | None
    on_problems: OnProblems | None


class EngineClient(QObject):
    """Starts the engine, asks it, and says when it died.

    Asks made before the engine is up are queued. When it dies, every open ask is answered with a problem, and the next
    ask starts a new engine.
    """

    ready = Signal(dict)
    eventsArrived = Signal(int, list)
    silent = Signal(bool)  # whether it lives but has not said a word for a while, although it was asked
    crashed = Signal(str)  # the same, before `died`, where the fault is its own and not that somebody ended it
    died = Signal(str)  # what happened, as a clause: "stopped unexpectedly (signal 9)"

    def __init__(self, log: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.pump = EventPump(self)
        self.pump.answered.connect(self._answered)
        self.pump.eventsArrived.connect(self.eventsArrived)
        self.pump.ready.connect(self._became_ready)
        self._log = log
        self._process: QProcess | None = None
        self._is_ready = self._has_quit = False
        self._waiting: list[bytes] = []
        self._open: dict[int, _Ask] = {}
        self._last = 0
        self._escalation = QTimer(self, singleShot=True)
        self._escalation.timeout.connect(self._escalate)
        self._is_terminated = False
        self._is_closed = False
        self.is_silent = False
        self._unheard = 0  # pings since its last word
        self._pulse = QTimer(self, interval=PING_MS)
        self._pulse.timeout.connect(self._ping)

    @property
    def pid(self) -> int:
        """The engine's process id, 0 when none runs."""
        return int(self._process.processId()) if self._process is not None else 0

    @property
    def is_running(self) -> bool:
        """Whether an engine process exists."""
        return self._process is not None

    @property
    def is_idle(self) -> bool:
        """Whether it is up and every ask was answered."""
        return self._is_ready and not self._open

    def start(self) -> None:
        """Start the engine process, if none runs and the window is not closing."""
        if self._process is not None or self._is_closed:
            return
        process = QProcess(self)
        environment = QProcessEnvironment.systemEnvironment()
        environment.insert("PYTHONUNBUFFERED", "1")
        process.setProcessEnvironment(environment)
        if self._log is not None:
            self._log.parent.mkdir(parents=True, exist_ok=True)
            process.setStandardErrorFile(str(self._log), QProcess.OpenModeFlag.Truncate)
        process.readyReadStandardOutput.connect(self._read)
        process.finished.connect(self._finished)
        process.errorOccurred.connect(self._failed)
        self._process = process
        self._is_ready = False
        self.pump.clear()
        process.start(*own_program("--engine", module="kdstudio.engine"))

    def ask(
        self, name: str, on_answer: OnAnswer | None = None, on_problems: OnProblems | None = None, **arguments: Any
    ) -> int:
        """Ask the engine; exactly one of the two callbacks is called later. Returns the ask's number."""
        self.start()
        self._last += 1
        line = json_lines.line({"id": self._last, "ask": name, **arguments})
        self._open[self._last] = _Ask(line, on_answer, on_problems)
        if self._is_ready and self._process is not None:
            self._process.write(line)
        else:
            self._waiting.append(line)
        return self._last

    def cancel(self, number: int) -> None:
        """Nobody waits for the answer of an ask any more: neither callback is called, and the engine gives it up."""
        if self._open.pop(number, None) is not None:
            self.ask("cancel", of=number)

    def stop_within(self) -> None:
        """After an ask to stop: terminate the engine when it has not answered after 5 s, kill it 5 s later."""
        self._escalation.start(GRACE_MS)

    def relax(self) -> None:
        """The engine did stop its task: do not escalate."""
        self._escalation.stop()

    def kill(self) -> None:
        """End the engine at once; the last checkpoint stays."""
        if self._process is not None:
            self._process.kill()

    def quit(self) -> None:
        """Close the pipe, so that the engine saves a checkpoint and ends, and wait for it. Harder after 5 s each.

        No engine is started after this, whatever is still asked by a timer.
        """
        self._is_closed = True
        self._has_quit = True
        self._escalation.stop()
        self._pulse.stop()
        process, self._process = self._process, None
        self._open.clear()
        if process is None:
            return
        process.finished.disconnect(self._finished)
        process.errorOccurred.disconnect(self._failed)
        process.closeWriteChannel()
        if not process.waitForFinished(GRACE_MS):
            process.terminate()
            if not process.waitForFinished(GRACE_MS):
                process.kill()
                process.waitForFinished(GRACE_MS)
        process.deleteLater()

    def _escalate(self) -> None:
        if self._process is None:
            return
        if self._is_terminated:
            self._process.kill()
            return
        self._is_terminated = True
        self._process.terminate()
        self._escalation.start(GRACE_MS)

    def _ping(self) -> None:
        if self._process is None or not self._is_ready:
            return
        # counted in pings, not by a clock: while the window itself is stopped, as by a laptop's lid, none is missed
        self._set_silent(self._unheard * self._pulse.interval() > SILENT_MS)
        self._unheard += 1
        self._process.write(json_lines.line({"id": 0, "ask": "ping"}))

    def _set_silent(self, silent: bool) -> None:
        if silent != self.is_silent:
            self.is_silent = silent
            self.silent.emit(silent)

    def _read(self) -> None:
        self._unheard = 0
        self._set_silent(False)
        if self._process is not None:
            self.pump.feed(bytes(self._process.readAllStandardOutput().data()))

    def _became_ready(self, value: dict[str, Any]) -> None:
        self._is_ready = True
        self._pulse.start()
        for line in self._waiting:
            if self._process is not None:
                self._process.write(line)
        self._waiting.clear()
        self.ready.emit(value)

    def _answered(self, number: int, message: dict[str, Any]) -> None:
        ask = self._open.pop(number, None)
        if message.get("spent"):
            self._replace()
        if ask is None:
            return
        if "problems" in message:
            if ask.on_problems is not None:
                problems = [Problem.model_validate(value) for value in message["problems"]]
                ask.on_problems(problems, message.get("details", ""))
        elif ask.on_answer is not None:
            ask.on_answer(message["answer"])

    def _replace(self) -> None:
        """Let go of an engine that has lost its device; what it was asked and has not answered, the next one is."""
        process, self._process = self._process, None
        if process is None:
            return
        process.readyReadStandardOutput.disconnect(self._read)
        process.finished.disconnect(self._finished)
        process.errorOccurred.disconnect(self._failed)
        process.finished.connect(process.deleteLater)
        process.closeWriteChannel()
        QTimer.singleShot(GRACE_MS, process, process.kill)  # it may wait for the device for ever
        self._escalation.stop()
        self._pulse.stop()
        self._set_silent(False)
        self._is_ready = self._is_terminated = False
        self._waiting = [ask.line for ask in self._open.values()]
        self.start()

    def _failed(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._ended("could not be started")

    def _finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self._read()
        self.pump.drain(everything=True)
        by_signal = status == QProcess.ExitStatus.CrashExit
        if by_signal or code not in (0, 143):
            if not (by_signal and code in ENDED_BY_OTHERS):
                self.crashed.emit(f"stopped unexpectedly ({'signal' if by_signal else 'exit status'} {code})")
            self._ended(f"stopped unexpectedly ({'signal' if by_signal else 'exit status'} {code})")
        else:
            self._ended("was stopped")

    def _ended(self, how: str) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.deleteLater()
        self._escalation.stop()
        self._pulse.stop()
        self._set_silent(False)
        self._is_ready = self._is_terminated = False
        self._waiting.clear()
        asks, self._open = self._open, {}
        problem = Problem(
            message=f"The training engine {how}.", hint="What was saved is safe; it starts again by itself."
        )
        for ask in asks.values():
            if ask.on_problems is not None:
                ask.on_problems([problem], "")
        self.died.emit(how)
