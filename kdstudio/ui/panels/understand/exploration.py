"""What the Understand page looks at: the answers of split and epoch, kept up to date, and choices among the inputs."""

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from kdstudio.core.events import Evaluated, Event
from kdstudio.core.passages import Passages
from kdstudio.core.rows import Rows
from kdstudio.core.types import Predictions
from kdstudio.data.face import Face
from kdstudio.ui.panels.understand.class_doubt import SAMPLED_CELLS
from kdstudio.ui.panels.understand.one_input import OneInput
from kdstudio.ui.panels.understand.seen import OUTCOMES, Seen, look
from kdstudio.ui.panels.understand.transfer_numbers import transfer_numbers
from kdstudio.ui.shown_run import ShownRun
from kdstudio.ui.teachers import title
from kdstudio.ui.workspace import Workspace

REFRESH_MS, LENS_MS = 500, 120
WHOLE = 1 << 23  # logits of a model up to which a reading of all takes no longer than a person waits
SAMPLED = 1 << 20  # logits of the sample that is shown first where there are more


class Exploration(QObject):
    """Follows run and view while it is active; compares and measures in the analysis thread.

    `seenChanged` comes with new answers (`seen` is None where the run has none), `numbersChanged` with the numbers of
    the transfer strip at the present lens temperature.
    """

    seenChanged = Signal()
    numbersChanged = Signal(object)

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.seen: Seen | None = None
        self.sample: Seen | None = None  # a part of what `seen` is of, where that is much
        self.passages: Passages | None = None  # of a language model: what the answers are about
        self.is_active = False
        self.is_looking = False  # whether answers are there that are still being compared
        self._picked: int | None = None  # the input that was shown because it is the most telling one
        self._passing: int | None = workspace.view.current  # an input that gives way to the most telling one
        self._evaluated = QTimer(self, singleShot=True, interval=REFRESH_MS)
        self._softened = QTimer(self, singleShot=True, interval=LENS_MS)
        self._evaluated.timeout.connect(self.refresh)
        self._softened.timeout.connect(self._measure)
        run, view = workspace.run, workspace.view
        run.changed.connect(self._run_changed)
        run.stateChanged.connect(self._state_changed)
        run.eventsArrived.connect(self._events_arrived)
        view.splitChanged.connect(self._split_changed)
        view.epochChanged.connect(self.refresh)
        view.lensChanged.connect(lambda _: self._softened.start())

    def set_active(self, active: bool) -> None:
        """Go on with the work, or rest while nobody looks."""
        view = self._workspace.view
        if active and not self.is_active and self._picked is not None and view.current == self._picked:
            self._passing = self._picked
        self.is_active = active
        if active:
            self.refresh()

    def refresh(self) -> None:
        """Compare the answers of the split and epoch that are looked at."""
        if not self.is_active:
            return
        found, view = self._found(), self._workspace.view
        if "student" not in found:
            self._forget()
            return
        split, epoch, temperature, row = view.split, view.epoch, view.training_temperature, view.current
        student = found["student"]
        most = SAMPLED // student.logits.shape[1] if student.logits.size > WHOLE else 0
        self.is_looking = True
        if self.seen is None:
            self.seenChanged.emit()
        submit = self._workspace.analyses.submit

        def look_at_all() -> None:
            submit("understand", lambda: look(found, split, epoch, temperature), self._take, slow=True)

        def take_sample(seen: Seen) -> None:
            self.sample = seen
            self._take(seen)
            look_at_all()

        self.sample = None if not most else self.sample
        if most:
            submit("understand", lambda: look(found, split, epoch, temperature, most, row), take_sample)
        else:
            look_at_all()

    def one(self, row: int) -> OneInput | None:
        """Return one input by its row; a place in a passage is called by that."""
        one = None if self.seen is None else self.seen.one(row)
        found = None if self.passages is None else self.passages.find(row)
        if one is None or found is None:
            return one
        return replace(one, words=f"Passage {found[0] + 1}, token {found[1] + 1}")

    def face(self, row: int) -> Face | None:
        """Return the input that the answers name by `row`, or None where the data is not there (yet)."""
        if self.seen is not None and self.passages is not None:
            return Face("text", words=self.passages.before(row, self.seen.class_names))
        return None if self.seen is None else self._workspace.inputs.face(self.seen.split, row)

    # choices

    @property
    def outcome(self) -> str:
        """The outcome that is selected, by name, or ""."""
        words = self._workspace.view.chosen.words
        return next((name for name, title in OUTCOMES.items() if title == words), "")

    def shown(self) -> tuple[str, Rows]:
        """Return the rows that are selected, and their outcome if they have one in common.

        Where nothing is selected: the mistakes that may have been passed on, or else what comes closest.
        """
        seen, selection = self.seen, self._workspace.view.selection
        if seen is None:
            return "", Rows()
        if selection:
            return self.outcome, selection.rows.within(seen.index)
        there = (name for name in ("inherited", "lost", "disagreement") if len(seen.outcomes.get(name, ())))
        name = next(there, "")
        return name, Rows(seen.rows(seen.outcomes[name])) if name else Rows()

    def choose_outcome(self, name: str) -> None:
        """Select the inputs with an outcome; "" and the one that is already selected choose all."""
        view = self._workspace.view
        if self.seen is None or name in ("", self.outcome):
            view.choose_all()
        elif name in self.seen.outcomes:
            view.select(self.seen.rows(self.seen.outcomes[name]), OUTCOMES[name])

    def show_next(self, outcome: str) -> bool:
        """Show the next input, in the order of the data, with an outcome, any "disagreement" or "blind spot"."""
        seen, view = self.seen, self._workspace.view
        positions = np.sort(self._positions(outcome))
        if seen is None or not len(positions):
            return False
        now = seen.index.position(view.current)
        at = int(np.searchsorted(positions, now, side="right")) % len(positions)
        view.show(int(seen.student.index[positions[at]]))
        return True

    def _positions(self, outcome: str) -> np.ndarray:
        seen = self.seen
        if seen is None or "teacher" not in seen.labels or seen.task == "regression":
            return np.zeros(0, dtype=np.int64)
        if outcome == "disagreement":
            return np.flatnonzero(seen.labels["teacher"] != seen.labels["student"])
        if outcome == "blind spot" and seen.blind_spots:
            return np.concatenate([spot.positions for spot in seen.blind_spots])
        return seen.outcomes.get(outcome, np.zeros(0, dtype=np.int64))

    # following

    def _found(self) -> dict[str, Predictions]:
        """Return the stored answers: of the epoch that is looked at, or of the nearest one that was kept."""
        run, view = self._workspace.run, self._workspace.view
        found = run.predictions(view.split, view.epoch)
        if "student" in found or view.epoch == "last":
            return found
        kept = [epoch for epoch in run.kept_epochs(view.split) if isinstance(view.epoch, int) and epoch <= view.epoch]
        return run.predictions(view.split, kept[-1] if kept else "last")

    def _take(self, seen: Seen) -> None:
        outcome, view = self.outcome, self._workspace.view
        self.seen, self.is_looking = seen, False
        self.passages = self._workspace.run.passages(seen.split)
        if view.current is None or view.current == self._passing or view.current not in seen.index:
            self._picked = int(seen.student.index[seen.orders["telling"][0]])
            view.show(self._picked)
        self._passing = None
        self._follow(outcome)
        self.seenChanged.emit()
        self._measure()

    def _follow(self, outcome: str) -> None:
        """A selected outcome stays selected: its inputs are other ones at another epoch."""
        view, seen = self._workspace.view, self.seen
        if seen is None or not outcome:
            return
        rows = seen.rows(seen.outcomes.get(outcome, np.zeros(0, dtype=np.int64)))
        if not np.array_equal(np.sort(rows), np.sort(view.chosen.rows.array)):
            current = view.current
            view.select(rows, OUTCOMES[outcome])
            if current is not None and current in view.selection.rows:
                view.show(current)

    def _measure(self) -> None:
        seen, view = self.seen, self._workspace.view
        if seen is None or not self.is_active:
            return
        learners, lens, surveyed = (seen.student, seen.teacher, seen.baseline), view.lens, seen.surveyed
        cells = SAMPLED_CELLS if seen.is_sample else 0
        recipe = self._workspace.run.recipe
        who = title([one.model_dump() for one in recipe.teachers]) if recipe is not None else "Teacher"
        self._workspace.analyses.submit(
            "transfer numbers",
            lambda: transfer_numbers(*learners, lens, who, surveyed, cells),
            self.numbersChanged.emit,
            slow=not seen.is_sample,
        )

    def _forget(self) -> None:
        self.seen, self.sample, self.passages, self.is_looking = None, None, None, False
        for key in ("understand", "transfer numbers"):
            self._workspace.analyses.drop(key)
        self.seenChanged.emit()

    def _run_changed(self) -> None:
        self._passing = self._workspace.view.current
        self._workspace.view.clear()
        self._forget()
        self.refresh()

    def _split_changed(self) -> None:
        self._passing = self._workspace.view.current
        self.refresh()

    def _state_changed(self) -> None:
        if self.seen is None or not self._workspace.run.is_live:
            self.refresh()

    def _events_arrived(self, arrived: list[Event]) -> None:
        if self.is_active and not self._evaluated.isActive() and any(isinstance(e, Evaluated) for e in arrived):
            self._evaluated.start()


def empty_words(run: ShownRun, is_looking: bool) -> tuple[str, str]:
    """Return what to say, and to do, where there is nothing to look into yet."""
    if is_looking:
        return "Comparing the answers…", ""
    if run.folder is None:
        return "Nothing to look into yet. Train a student to see what it learned.", "Go to Setup"
    if run.is_live:
        return "First results after epoch 1.", "Watch it train"
    return "This run ended before its first results.", "Go to Train"
