"""Runs that wait for their turn: folders with a recipe and the status `queued`. These folders are the queue.

Nothing else keeps it, so that it survives whatever happens to the programs that look at it. A run is taken from it by
going on with it (`train --resume --run DIR`): there is nothing yet to go on from, so it begins.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from kdstudio.core.errors import RunError
from kdstudio.core.files import cannot_write, write_json
from kdstudio.core.layout import RunFolder
from kdstudio.project import status
from kdstudio.project.notes import ARCHIVE
from kdstudio.recipe.recipe import Recipe


def waiting(folders: Iterable[Path]) -> list[Path]:
    """Return the runs that wait in these folders of runs, the next one first."""
    places = {run: place for folder in folders for run in _children(folder) if (place := _place(run)) is not None}
    return sorted(places, key=lambda run: (places[run], run.name))


def add(run: Path, recipe: Recipe) -> None:
    """Let a new run wait, behind those that wait beside it; raises RunError where its folder cannot be written."""
    last = max((_place(other) or 0 for other in _children(run.parent)), default=0)
    folder = RunFolder(run)
    if folder.recipe.exists():
        raise RunError(f"{run} already holds a run.", hint="Choose another folder.")
    try:
        write_json(folder.recipe, recipe.to_value())
        _write(run, last + 1)  # last: until then it is no run
    except OSError as error:
        raise cannot_write(run, error) from error


def arrange(runs: Sequence[Path]) -> None:
    """Let waiting runs take their turns in this order; raises RunError where that cannot be written."""
    for at, run in enumerate(runs, 1):
        if _place(run) not in (None, at):  # one that has begun meanwhile has no place any more
            try:
                _write(run, at)
            except OSError as error:
                raise cannot_write(run, error) from error


def _place(run: Path) -> int | None:
    """Return the number that a waiting run has; None for any other folder."""
    path = RunFolder(run).status
    try:
        if b'"queued"' not in path.read_bytes():  # quick: most runs of a project have ended long ago
            return None
    except OSError:
        return None
    found = status.read(path)
    return found.place if found is not None and found.state == "queued" else None


def _write(run: Path, place: int) -> None:
    status.write(RunFolder(run).status, status.current("queued").model_copy(update={"place": place}))


def _children(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.name != ARCHIVE]
    except OSError:
        return []
