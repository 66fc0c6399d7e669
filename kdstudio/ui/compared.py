"""The models that Compare lists: read in the background, and which of them are chosen or pointed at."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

from kdstudio.core.errors import KdStudioError
from kdstudio.project import facts, notes
from kdstudio.project.facts import Facts
from kdstudio.ui.analyses import Analyses
from kdstudio.ui.notices import Notices

FIRST, MOST = 50, 400  # runs that are read at once: few first, so that something is there soon
FEW = 200  # rows that are worked on at once, without a thread
T = TypeVar("T")


class ComparedModels(QObject):
    """Rows of runs and files of answers. Runs are read in the analysis thread, a few at a time."""

    changed = Signal()  # other rows, or other words about them
    focusChanged = Signal()  # what is selected or pointed at

    def __init__(self, analyses: Analyses, notices: Notices, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._analyses, self._notices = analyses, notices
        self._rows: dict[str, Facts] = {}
        self._titles: dict[Path, str] = {}
        self._waiting: list[Path] = []
        self._stamps: dict[Path, tuple[int, ...]] = {}  # of the runs that are read, when they were
        self._folders: tuple[Path, ...] = ()
        self._added: dict[Path, None] = {}  # folders and files that were dropped here, in order
        self._told = 0  # how many rows there were when others heard of it
        self.selected: tuple[str, ...] = ()  # in the order in which they were chosen
        self.hovered = ""

    @property
    def rows(self) -> list[Facts]:
        """Every run and file, in no order that means anything."""
        return list(self._rows.values())

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self._rows)

    @property
    def is_reading(self) -> bool:
        """Whether there are runs that have not been read yet."""
        return bool(self._waiting)

    def title(self, row: Facts) -> str:
        """Return what a row is called."""
        return self.titles()(row)

    def titles(self) -> Callable[[Facts], str]:
        """Return what says that, as it is now: for the analysis thread."""
        known = self._titles

        def title(row: Facts) -> str:
            own = row.path.stem if row.kind == "answers" else row.path.name
            return "Teacher" if row.kind == "teacher" else row.notes.name or known.get(row.path, own)

        return title

    def row(self, key: str) -> Facts | None:
        """Return a run or file by its key."""
        return self._rows.get(key)

    def show(self, folders: Iterable[Path]) -> None:
        """List the runs of these folders, beside what was added by hand; those that are known are read anew."""
        self._folders = tuple(folders)
        self._analyses.submit("compare folders", self._finding(), self._read)

    def add(self, paths: Iterable[Path]) -> None:
        """List these run folders, folders of runs and files of answers too."""
        for path in paths:
            found = facts.runs_in(path) if path.is_dir() else [path]
            if not found:
                self._notices.tell_error(KdStudioError(f"“{path.name}” holds no runs.", hint=_HINT, where=str(path)))
            elif path.is_dir():
                self._added[path] = None
            else:
                self._read_answers(path)
        self.show(self._folders)

    def select(self, keys: Iterable[str]) -> None:
        """Choose rows; those that were chosen before stay in their order, new ones come after them."""
        wanted = dict.fromkeys(keys)
        kept = tuple(key for key in self.selected if key in wanted)
        selected = (*kept, *(key for key in wanted if key not in kept))
        if selected != self.selected:
            self.selected = selected
            self.focusChanged.emit()

    def hover(self, key: str) -> None:
        """Point at a row, or at none ("")."""
        if key != self.hovered:
            self.hovered = key
            self.focusChanged.emit()

    def work(self, key: str, function: Callable[[], T], take: Callable[[T], None]) -> None:
        """Compute something of all rows: in the analysis thread where there are many."""
        if self.count <= FEW:
            self._analyses.drop(key)
            take(function())
        else:
            self._analyses.submit(key, function, take)

    def note(self, key: str, **changes: object) -> None:
        """Change the name, star, tags or note of a run."""
        row = self._rows[key]
        try:
            self._rows[key] = replace(row, notes=notes.write(row.path, **changes))
        except KdStudioError as error:
            self._notices.tell_error(error)
            return
        self.changed.emit()

    def put_away(self, key: str) -> tuple[Path, Path] | None:
        """Archive a run; return where it is and where it was, or None where that failed. A file is only let go."""
        row = self._rows[key]
        try:
            archived = row.path if row.kind == "answers" else notes.archive(row.path)
        except KdStudioError as error:
            self._notices.tell_error(error)
            return None
        del self._rows[key]
        self._added.pop(row.path, None)
        self.select(other for other in self.selected if other != key)
        self.hover("")
        self.changed.emit()
        return archived, row.path

    def bring_back(self, archived: Path, path: Path) -> None:
        """Undo `put_away`."""
        if not path.is_dir() and archived == path:
            self._read_answers(path)
            return
        try:
            notes.restore(archived, path)
        except KdStudioError as error:
            self._notices.tell_error(error)
        self.show(self._folders)

    def _finding(self) -> "_Finding":
        return _Finding((*self._folders, *self._added))

    def _read(self, found: "_Found") -> None:
        """Read the runs that are new or have changed."""
        paths, self._titles = list(found.stamps), found.titles
        keys = {str(path) for path in paths}
        gone = [key for key, row in self._rows.items() if row.kind == "run" and key not in keys]
        for key in gone:
            del self._rows[key]
        self.select(key for key in self.selected if key in self._rows)
        self._waiting = [
            path for path in paths if self._stamps.get(path) != found.stamps[path] or str(path) not in self._rows
        ]
        self._stamps = found.stamps
        self._told = 0
        self._go_on(FIRST)
        if gone or not self._waiting:
            self.changed.emit()

    def _go_on(self, count: int) -> None:
        if not self._waiting:
            return
        chunk = self._waiting[:count]

        def take(rows: list[Facts]) -> None:
            self._waiting = self._waiting[count:]
            new = {row.key: row for row in rows}
            self._rows |= new
            if not self._waiting or len(self._rows) >= 2 * self._told:  # each time costs more: tell it less often
                self._told = len(self._rows)
                self.changed.emit()
            self._go_on(min(2 * count, MOST))

        self._analyses.submit("compare runs", lambda: [facts.read(path) for path in chunk], take)

    def _read_answers(self, path: Path) -> None:
        reference = next((row.path for row in self._rows.values() if row.path != path and row.own), None)
        from kdstudio.project.answers_facts import read

        def take(row: Facts) -> None:
            self._rows[row.key] = row
            self.changed.emit()

        self._analyses.submit(f"compare {path}", lambda: read(path, reference), take)


class _Finding:
    """Finds the runs of folders; called in the analysis thread, so it carries all that it needs."""

    def __init__(self, folders: tuple[Path, ...]) -> None:
        self._folders = folders

    def __call__(self) -> "_Found":
        paths = dict.fromkeys(path for folder in self._folders for path in facts.runs_in(folder))
        return _Found({path: facts.stamp(path) for path in paths}, facts.titles(paths))


@dataclass(frozen=True, slots=True)
class _Found:
    """The runs there are, with what changes when they do, and what they are called."""

    stamps: dict[Path, tuple[int, ...]]
    titles: dict[Path, str]


_HINT = "Drop run folders, folders that hold runs, or files of logits or probabilities (npz, npy, CSV, parquet)."
