"""Training from the window: begin, go on, pause, stop, and what is said when it ends."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from kdstudio.core.errors import Problem
from kdstudio.core.events import Checkpointed, Event
from kdstudio.recipe.recipe import Recipe
from kdstudio.ui.engine_client import EngineClient, OnProblems
from kdstudio.ui.notices import Notices
from kdstudio.ui.shown_run import ShownRun


class Trainer(QObject):
    """Drives the engine for the shown run. The run's own signals tell how it goes."""

    ended = Signal(str)  # finished, stopped, discarded, failed or interrupted

    def __init__(self, engine: EngineClient, run: ShownRun, notices: Notices, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine, self._run, self._notices = engine, run, notices
        self._ask = 0
        self._restarts = False
        engine.eventsArrived.connect(self._take_events)

    def begin(self, folder: Path, recipe: Recipe) -> None:
        """Start a new run in `folder`."""
        self._run.begin(folder, recipe)
        self._start("train", recipe=recipe.to_value(), run=str(folder))

    def resume(self, changes: dict[str, Any] | None = None) -> None:
        """Go on with the shown run from its last checkpoint, or from the beginning where nothing was written yet.

        `changes` of its recipe, by key, hold from there on.
        """
        run = self._run
        if not run.can_resume or run.folder is None or run.recipe is None:
            return
        device = (changes or {}).get("device", run.recipe.device)
        run.begin(run.folder, run.recipe.model_copy(update={"device": device}))
        if (run.folder / "recipe.json").exists():
            self._start("resume", run=str(run.folder), changes=changes or {})
        else:
            self._start("train", recipe=run.recipe.to_value(), run=str(run.folder))

    def pause(self) -> None:
        """Let the run wait at its next step."""
        if self._run.state == "running":
            self._engine.ask("pause")

    def proceed(self) -> None:
        """Let a paused run go on."""
        if self._run.state == "paused":
            self._engine.ask("continue")

    def change(self, key: str, value: float, on_problems: OnProblems | None = None) -> None:
        """Let the run go on with another value of its recipe; its event `Changed` tells that it does."""
        if self._run.state in ("running", "paused"):
            self._engine.ask("change", on_problems=on_problems, key=key, value=value)

    def stop(self, keep: str = "best") -> None:
        """End the run: "best" reports on the best student so far, "discard" deletes the run."""
        if self._run.is_live and self._run.state != "stopping":
            self._run.set_state("stopping")
            self._engine.ask("stop", on_problems=_ignore, keep=keep)
            self._engine.stop_within()

    def restart(self) -> None:
        """End an engine that does not answer, more firmly every 5 s, and go on with the run in a new one."""
        if self._run.is_live:
            self._restarts = True
            self._engine.ask("stop", on_problems=_ignore, keep="checkpoint")
            self._engine.stop_within()

    def force(self) -> None:
        """End the engine at once; the last checkpoint stays."""
        self._engine.kill()

    def _start(self, ask: str, **arguments: Any) -> None:
        self._ask = self._engine.ask(ask, self._answered, self._failed, **arguments)

    def _take_events(self, ask: int, arrived: list[Event]) -> None:
        if ask != self._ask:
            return
        if self._run.state == "stopping" or self._restarts:
            self._engine.stop_within()  # it still speaks: it is busy with its report
        self._run.feed(arrived)

    def _answered(self, summary: dict[str, Any] | None) -> None:
        self._engine.relax()
        run = self._run
        if run.folder is not None and not run.folder.exists():
            run.close()
            self.ended.emit("discarded")
            return
        if self._restarts:
            self._go_on()
            return
        run.summary = summary or run.summary
        if run.state not in ("stopped", "stopping"):
            run.set_state("finished")
        else:
            run.set_state("stopped")
        self.ended.emit(run.state)

    def _failed(self, problems: list[Problem], details: str) -> None:
        self._engine.relax()
        run, interrupted = self._run, not self._engine.is_running
        if self._restarts and interrupted:
            self._go_on()
            return
        if interrupted and run.state == "stopping":
            run.set_state("stopped")
            self.ended.emit("stopped")
            return
        first = _joined(problems)
        if interrupted:
            first = first.model_copy(update={"hint": self._saved_words()})
        run.fail(first, details, interrupted=interrupted)
        self._notices.tell(first, details)
        self.ended.emit(run.state)

    def _go_on(self) -> None:
        self._restarts = False
        self._run.set_state("stopped")
        QTimer.singleShot(0, self, self.resume)  # once the client knows that its engine has gone

    def _saved_words(self) -> str:
        saved = [event for event in self._run.history if isinstance(event, Checkpointed)]
        if not saved:
            return "Nothing was saved yet: it starts from the beginning."
        if self._run.stage is not None:
            return f"Your run is safe up to step {saved[-1].step:,}."
        total = self._run.advanced.total if self._run.advanced is not None else 0
        epoch = saved[-1].step / total * self._run.epochs if total else 0.0
        return f"Your run is safe up to epoch {epoch:.3g}."


def _joined(problems: list[Problem]) -> Problem:
    if not problems:
        return Problem(message="The run ended with an error.")
    if len(problems) == 1:
        return problems[0]
    return problems[0].model_copy(update={"message": "; ".join(map(str, problems))})


def _ignore(_problems: list[Problem], _details: str) -> None:
    """The run's own ask tells how it ended; that nothing was left to stop is no news."""
