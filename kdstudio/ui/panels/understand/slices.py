"""The saved selections of the shown run's data and split, and what can be done with them."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from kdstudio.core.errors import KdStudioError
from kdstudio.core.files import write_bytes
from kdstudio.project import slices
from kdstudio.project.slices import Slice
from kdstudio.ui.panels.understand.samples import as_csv
from kdstudio.ui.panels.understand.seen import Seen
from kdstudio.ui.workspace import Workspace


class Slices(QObject):
    """`there` are the slices that fit, by name; what goes wrong is told."""

    changed = Signal()

    def __init__(self, workspace: Workspace, parent: QObject) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.there: tuple[Slice, ...] = ()
        workspace.run.changed.connect(self.refresh)
        workspace.view.splitChanged.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Read them again: another run may have been shown, or another window may have written."""
        run = self._workspace.run.folder
        try:
            there = () if run is None else slices.fitting(run, self._workspace.view.split)
        except KdStudioError as error:
            self._workspace.notices.tell_error(error)
            there = ()
        if there != self.there:
            self.there = there
            self.changed.emit()

    def against(self, name: str, replaced: Slice | None = None) -> str:
        """Return why a slice cannot be called so, "" where it can."""
        name = name.strip()
        if not name:
            return "A slice needs a name"
        taken = any(one.name == name and one != replaced for one in self.there)
        return f"There is a slice “{name}” already" if taken else ""

    def save(self, name: str, rows: Sequence[int]) -> bool:
        """Keep rows of the data under a name."""
        run = self._workspace.run.folder
        if run is None:
            return False
        split, data = self._workspace.view.split, slices.data_of(run)
        return self._write(Slice(name=name, split=split, data=data, rows=tuple(rows)))

    def rename(self, one: Slice, name: str) -> bool:
        """Give a slice another name."""
        return self._write(one.model_copy(update={"name": name}), one)

    def restore(self, one: Slice) -> bool:
        """Keep a slice that was deleted again."""
        return self._write(one)

    def delete(self, one: Slice) -> bool:
        """Forget a slice."""
        run = self._workspace.run.folder
        return run is not None and self._try(lambda: slices.delete(run, one))

    def choose(self, one: Slice) -> None:
        """Select its inputs."""
        self._workspace.view.select(one.rows, f"Slice: {one.name}")

    def export(self, rows: Sequence[int], seen: Seen, path: Path) -> bool:
        """Write rows, truth and answers of inputs as CSV."""
        return self._try(lambda: write_bytes(path, as_csv(seen, rows).encode()))

    def _write(self, one: Slice, replaced: Slice | None = None) -> bool:
        run = self._workspace.run.folder
        return run is not None and self._try(lambda: slices.save(run, one, replaced))

    def _try(self, act: Callable[[], None]) -> bool:
        try:
            act()
        except (KdStudioError, OSError) as error:
            self._workspace.notices.tell_error(error)
            return False
        self.refresh()
        return True
