"""The answers to the probes as they come: the arrays are mapped once, and the events say which rows are written."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kdstudio.core.events import Event, Glimpsed
from kdstudio.core.layout import RunFolder
from kdstudio.core.spread import spread

EPOCHS_AGO = 8
MOST_ROWS = 24  # of a sparkline that is 43 pixels wide


@dataclass(frozen=True, slots=True)
class Leaning:
    """How the student leans towards the teacher on the pinned inputs.

    `index` (P,) names the inputs; `teacher` (P, C) logits, or None where nobody teaches; `student` (R, P, C) logits
    from the first moment to the last, thinned; `earlier` (P, C) those of `epochs_ago` epochs before the last.
    """

    index: tuple[int, ...]
    teacher: np.ndarray | None
    student: np.ndarray
    earlier: np.ndarray | None
    epochs_ago: int


class GlimpseReader:
    """Reads the glimpses of one run folder. Cheap enough for every redraw: it copies at most 25 rows."""

    def __init__(self, folder: Path) -> None:
        self._folder = RunFolder(folder)
        self._student: np.ndarray | None = None
        self._teacher: np.ndarray | None = None

    def read(self, history: Sequence[Event], until: float | None = None) -> Leaning | None:
        """Return what is written so far (up to epoch `until`), or None before the first answer."""
        seen = [event for event in history if isinstance(event, Glimpsed) and event.learner == "student"]
        if until is not None:
            seen = [event for event in seen if event.epoch <= until + 1e-6] or seen[:1]
        seen = [event for event in seen if event.index == seen[-1].index]
        rows = self._rows(max((event.row for event in seen), default=-1))
        if not seen or rows is None:
            return None
        kept = spread(len(seen), MOST_ROWS)
        before, ago = _before([event.epoch for event in seen])
        return Leaning(
            tuple(seen[-1].index),
            self._answers_of_teacher(rows.shape[1:]),
            np.array(rows[[seen[at].row for at in kept]]),
            None if before is None else np.array(rows[seen[before].row]),
            ago,
        )

    def _rows(self, last: int) -> np.ndarray | None:
        """Return the student's array if row `last` is in it; it is made anew when a run starts over."""
        if last >= 0 and (self._student is None or len(self._student) <= last):
            self._student = _mapped(self._folder.glimpses("student"))
        return self._student if self._student is not None and 0 <= last < len(self._student) else None

    def _answers_of_teacher(self, shape: tuple[int, ...]) -> np.ndarray | None:
        if self._teacher is None:
            stored = _mapped(self._folder.glimpses("teacher"))
            self._teacher = None if stored is None else np.array(stored[0])
        return self._teacher if self._teacher is not None and self._teacher.shape == shape else None


def _before(epochs: list[float]) -> tuple[int | None, int]:
    """Return which glimpse is 8 epochs old (fewer in a young run), and how many epochs that is."""
    ago = min(EPOCHS_AGO, int(epochs[-1] - epochs[0]))
    if ago < 1:
        return None, 0
    return int(np.argmin(np.abs(np.array(epochs) - (epochs[-1] - ago)))), ago


def _mapped(path: Path) -> np.ndarray | None:
    """Return a memory-mapped (R, P, C) array, or None where it is missing or only begun."""
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return array if isinstance(array, np.ndarray) and array.ndim == 3 and len(array) else None
