"""The queue of the window: which runs wait, in which order, and beginning the next one when a run has ended."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, QTimer, Signal

from kdstudio.core.errors import InvalidRecipe, KdStudioError, Problem
from kdstudio.project import notes, queue
from kdstudio.project.facts import titles
from kdstudio.recipe.recipe import Recipe, parse, read_json
from kdstudio.ui.draft import Draft
from kdstudio.ui.notices import Notices
from kdstudio.ui.shown_run import ShownRun
from kdstudio.ui.trainer import Trainer

Step = Literal["train", "queue", "waits", "show"]


class RunQueue(QObject):
    """Looks at the folders of the project's runs; `goes_on` is whether the next begins by itself.

    It does once a run was put behind one that is going on, or a person has started the queue; not after the program
    was started again, nor after the engine has died.
    """

    changed = Signal()
    removed = Signal(str, object)  # what a run is called that was taken out, and what brings it back
    added = Signal(object)  # the folder of a run that waits from now on

    def __init__(
        self,
        run: ShownRun,
        trainer: Trainer,
        notices: Notices,
        show: Callable[[Path], None],
        parent: QObject | None = None,
    ) -> None:
        """`show` brings a run to where the trainer works on it."""
        super().__init__(parent)
        self._run, self._trainer, self._notices, self._show = run, trainer, notices, show
        self._folders: tuple[Path, ...] = ()
        self._begun: Path | None = None
        self.waiting: tuple[Path, ...] = ()
        self.goes_on = False
        run.stateChanged.connect(self.look)
        trainer.ended.connect(self._ended)

    @property
    def is_next(self) -> bool:
        """Whether another run begins by itself when the one that is going on has ended."""
        return self.goes_on and bool(self.waiting)

    def follow(self, folder: Path | None) -> None:
        """Look at the runs in another folder; a queue that is being worked through is kept in sight."""
        kept = self._folders if self.is_next else ()
        self._folders = tuple(dict.fromkeys((*kept, *((folder,) if folder is not None else ()))))
        self.goes_on = self.is_next
        self.look()

    def look(self) -> None:
        """Look again at which runs wait; one that the engine was asked for waits no more."""
        busy = self._run.folder if self._run.is_live else None
        now = tuple(run for run in queue.waiting(self._folders) if run != busy)
        if now != self.waiting:
            self.waiting = now
            self.changed.emit()

    def place(self, run: Path | None) -> str:
        """Return `2nd in the queue`, or nothing for a run that does not wait."""
        return f"{ordinal(self.waiting.index(run) + 1)} in the queue" if run in self.waiting else ""

    def title(self, run: Path) -> str:
        """Return what a waiting run is called."""
        return notes.read(run).name or titles([run])[run]

    def find(self, recipe: Recipe) -> Path | None:
        """Return the run that is going on with this very recipe, or waits with it: the same recipe gives the same."""
        if self._run.is_live and self._run.recipe == recipe:
            return self._run.folder
        return next((run for run in self.waiting if self.recipe(run) == recipe), None)

    def step(self, draft: Draft) -> Step:
        """Return what comes of training a draft: a run that begins or that waits, or that there is one already."""
        if not self._run.is_live:
            return "train"
        try:
            known = self.find(draft.recipe())
        except InvalidRecipe:
            return "queue"
        return "queue" if known is None else "waits" if known in self.waiting else "show"

    def recipe(self, run: Path) -> Recipe | None:
        """Return the recipe of a waiting run; None where it cannot be read."""
        try:
            return parse(read_json(run / "recipe.json"))
        except KdStudioError:
            return None

    def add(self, run: Path, recipe: Recipe) -> None:
        """Let a new run wait behind the others; raises RunError."""
        queue.add(run, recipe)
        if self._run.is_live:
            self.goes_on = True
        self.look()
        self.added.emit(run)

    def move(self, run: Path, to: int) -> None:
        """Give a waiting run another place, counted from 0."""
        order = [other for other in self.waiting if other != run]
        order.insert(to, run)
        try:
            queue.arrange(order)
        except KdStudioError as error:
            self._notices.tell_error(error)
        self.look()

    def remove(self, run: Path) -> None:
        """Put a waiting run away; `removed` tells what brings it back."""
        title = self.title(run)
        try:
            archived = notes.archive(run)
        except KdStudioError as error:
            self._notices.tell_error(error)
            return
        if self._run.folder == run:
            self._run.close()
        self.look()

        def bring_back() -> None:
            try:
                notes.restore(archived, run)
            except KdStudioError as error:
                self._notices.tell_error(error)
            self.look()

        self.removed.emit(title, bring_back)

    def hold(self) -> None:
        """Let the next run wait until the queue is started."""
        if self.goes_on:
            self.goes_on = False
            self.changed.emit()

    def start(self) -> None:
        """Begin with the first that waits, or go on with the queue when the present run has ended."""
        self.goes_on = True
        self.look()  # a folder may have gone meanwhile
        if self._run.is_live or not self.waiting:
            self.changed.emit()
            return
        first = self.waiting[0]
        try:
            self._show(first)
        except (KdStudioError, OSError) as error:
            self.hold()
            self._notices.tell_error(error)
            return
        self._begun = first
        self._trainer.resume()
        self.look()

    def _ended(self, state: str) -> None:
        self.look()
        begun, self._begun = self._begun, None
        if state == "interrupted":
            self.hold()  # the engine has died: what becomes of the run is for a person to say
        elif begun in self.waiting:
            self.hold()
            message = "The next run could not begin, so the queue is held."
            self._notices.tell(Problem(message=message, hint="Start the queue again when that is mended."))
        if self.is_next:
            QTimer.singleShot(0, self, self._go_on)  # once everybody has heard of the end

    def _go_on(self) -> None:
        if self.is_next and not self._run.is_live:
            self.start()


def ordinal(number: int) -> str:
    """Return `1st`, `2nd`, `3rd`, `11th`."""
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def count_words(number: int) -> str:
    """Return `1 run waits`, `3 runs wait`."""
    return f"{number} run{' waits' if number == 1 else 's wait'}"
