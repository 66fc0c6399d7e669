"""What the window says by itself: toasts, badges, its title, a call for attention when a run has ended."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QApplication

from kdstudio.core.errors import Problem
from kdstudio.core.events import Evaluated, Event, Noticed
from kdstudio.core.measures import headline, score, score_told, task_of
from kdstudio.ui.run_queue import count_words
from kdstudio.ui.shell.frame import Frame
from kdstudio.ui.widgets.toasts import Toast, ToastStack

MOST = 3  # toasts at once; the rest stands in the problems


class Messages(QObject):
    """Listens to the workspace. `headline` goes before the window's title until the window is looked at."""

    def __init__(self, window: Frame) -> None:
        super().__init__(window)
        self._window, self._workspace = window, window.workspace
        self.toasts = ToastStack(window)
        self.headline = ""
        self._adapted: tuple[Toast, dict[str, Any]] | None = None  # what says that the data brought an optimizer along
        workspace = window.workspace
        workspace.notices.arrived.connect(self._tell)
        workspace.notices.reported.connect(self.tell_report)
        workspace.run.stateChanged.connect(self._follow_state)
        workspace.run.eventsArrived.connect(self._follow_events)
        workspace.trainer.ended.connect(self._ended)
        workspace.demoEnded.connect(self._demo_ended)
        workspace.queue.added.connect(self._tell_place)
        workspace.queue.removed.connect(self._offer_back)
        workspace.projectChanged.connect(self._offer_queue)
        workspace.draft.adapted.connect(self._tell_optimizer)
        workspace.draft.changed.connect(self._drop_stale)

    def tell_report(self, message: str, report: Path) -> None:
        """Say that a report of a fault in kdstudio itself was kept, and offer it."""
        said = message.rstrip(".")
        kept = "A report was kept on this computer and sent to nobody."
        words = f"{said}. This is a fault in kdstudio. {kept}"
        toast = self.toasts.show_message(words, "error", "Open folder")
        url = QUrl.fromLocalFile(str(report.parent))
        toast.acted.connect(lambda: QDesktopServices.openUrl(url))
        copy = toast.add_action("Copy report")
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(_read(report)))

    def _tell(self, problem: Problem, details: str) -> None:
        if details and self._workspace.notices.keeps_reports:  # its report says it
            return
        window, run = self._window, self._workspace.run
        is_left = self._workspace.queue.is_next  # another run takes the page at once
        stands_on_page = window.current_page() == "train" and run.state in ("failed", "interrupted") and not is_left
        is_listed = window.has("dock") and window.dock.isVisible() and window.dock.tabs.value() == "problems"
        if problem.severity == "note" or stands_on_page or is_listed or len(self.toasts.toasts()) >= MOST:
            return
        words = f"{problem.message} {problem.hint}".strip()
        toast = self.toasts.show_message(words, problem.severity, "Show problems")
        toast.acted.connect(self._show_problems)

    def _tell_place(self, run: Path) -> None:
        """Say where a run waits that was put into the queue."""
        queue = self._workspace.queue
        words = f"{queue.title(run)} waits, {queue.place(run)}. It begins by itself."
        self.toasts.show_message(words, "ok", "Show the queue").acted.connect(lambda: self._window.show_page("train"))

    def _offer_back(self, title: str, bring_back: Callable[[], None]) -> None:
        words = f"{title} was taken out of the queue and put into the folder “archived”."
        self.toasts.show_message(words, "ok", "Undo", seconds=12).acted.connect(bring_back)

    def _offer_queue(self) -> None:
        """Say that runs wait in the project that was opened: none begins without being asked."""
        queue = self._workspace.queue
        if queue.waiting and not queue.goes_on:
            words = f"{count_words(len(queue.waiting))} in the queue of this project."
            self.toasts.show_message(words, "note", "Start", seconds=12).acted.connect(self._start_queue)

    def _start_queue(self) -> None:
        self._workspace.queue.start()
        self._window.show_page("train")

    def _tell_optimizer(self, optimizer: dict[str, Any]) -> None:
        """Say that the data brought another optimizer along."""
        name = "AdamW" if optimizer["name"] == "adamw" else "SGD"
        words = f"The optimizer is {name} with a learning rate of {optimizer['learning_rate']:g} now"
        wild = self._workspace.draft.task == "regression"
        why = "SGD easily runs away from numbers" if wild else "texts learn slowly with SGD"
        words += f", because {why}." if name == "AdamW" else " again."
        self._adapted = self.toasts.show_message(f"{words} Undo takes it back with the data.", seconds=10), optimizer

    def _drop_stale(self) -> None:
        """What was said of the optimizer is no longer true when it was changed or undone."""
        if self._adapted is None or self._workspace.draft.value.get("optimizer") == self._adapted[1]:
            return
        if self._adapted[0] in self.toasts.toasts():
            self._adapted[0].closed.emit()
        self._adapted = None

    def _show_problems(self) -> None:
        """The list says what the toasts said."""
        for toast in self.toasts.toasts():
            toast.closed.emit()
        self._window.dock.show_tab("problems")

    def _follow_state(self) -> None:
        self._window.rail.set_badge("train", "running" if self._workspace.run.is_live else "")

    def _follow_events(self, arrived: list[Event]) -> None:
        if any(isinstance(event, Evaluated) for event in arrived):
            self._window.rail.set_badge("understand", "new")
        check = self._workspace.draft.check
        known = check.problems if check is not None else ()  # told on Setup already
        for event in arrived:
            if isinstance(event, Noticed) and event.problem not in known:
                self._workspace.notices.tell(event.problem)

    def _ended(self, state: str) -> None:
        run, window = self._workspace.run, self._window
        if state in ("finished", "failed", "interrupted"):
            QApplication.alert(window)
        if state == "finished":
            self.headline = f"✓ {score_told((run.summary or {}).get('student')) or 'finished'}"
            if self._workspace.queue.is_next:
                words = f"{self._workspace.run_title()} is done"
                self.toasts.show_message(self._result().replace("Done", words, 1), "ok")
            elif not self._workspace.is_demo and window.current_page() != "understand":
                toast = self.toasts.show_message(self._result(), "ok", "Look inside")
                toast.acted.connect(lambda: window.show_page("understand"))
        elif state == "stopped":
            self.headline = ""
            self.toasts.show_message("Stopped. The best student so far is kept, and the run can go on.", "ok")
        window.refresh_title()

    def _demo_ended(self) -> None:
        """Show what the demo was for; the person has seen enough of the curves."""
        if self._window.current_page() == "train":
            self._window.show_page("understand")
        if self._window.current_page() == "understand":
            self.toasts.show_message(self._result(), "ok", seconds=8)
            return
        toast = self.toasts.show_message(self._result(), "ok", "See what it learned", seconds=12)
        toast.acted.connect(lambda: self._window.show_page("understand"))

    def _result(self) -> str:
        summary = self._workspace.run.summary or {}
        measure = headline(task_of(summary.get("student")))
        known = {name: score(summary.get(name)) for name in ("student", "teacher", "baseline")}
        parts = [("teacher", "teacher"), ("baseline", "without teacher")]
        beside = ", ".join(f"{words} {measure.words(known[name])}" for name, words in parts if known[name] is not None)
        if known["student"] is None:
            return "Done."
        return f"Done: {measure.told(known['student'])}" + (f" ({beside})." if beside else ".")


def _read(report: Path) -> str:
    try:
        return report.read_text(encoding="utf-8")
    except OSError:
        return f"The report {report} is gone."
