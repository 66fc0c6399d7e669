"""What a person says about a run: a name, a star, tags, a note; and putting a run away and back again.

Lies in the run's own folder as `notes.json`, so that it goes where the run goes.
"""

import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from kdstudio.core.errors import KdStudioError
from kdstudio.core.files import write_json

FILE = "notes.json"
ARCHIVE = "archived"  # the folder beside the runs that holds those put away


class NotesError(KdStudioError):
    """A note cannot be written, or a run cannot be put away; the hint says why."""


class Notes(BaseModel):
    """A person's words about a run. Keys that this kdstudio does not know are kept as they are."""

    model_config = ConfigDict(frozen=True, extra="allow")

    name: str = ""
    star: bool = False
    tags: tuple[str, ...] = ()
    note: str = ""


def read(run: Path) -> Notes:
    """Return the notes of a run folder; empty ones where there are none or they are damaged."""
    try:
        return Notes.model_validate_json((run / FILE).read_bytes())
    except (OSError, ValidationError):
        return Notes()


def write(run: Path, **changes: object) -> Notes:
    """Change the notes of a run, atomically, and return them; raises NotesError."""
    notes = Notes.model_validate(read(run).model_dump() | changes)
    try:
        write_json(run / FILE, notes.model_dump(mode="json"))
    except OSError as error:
        hint = "Make room, or see that the folder may be written; nothing else was changed."
        raise NotesError(f"cannot write {run / FILE}: {error.strerror or error}", hint=hint, where=str(run)) from error
    return notes


def archive(run: Path) -> Path:
    """Put a run away into the folder `archived` beside it, and return where it is now; raises NotesError."""
    folder = run.parent / ARCHIVE
    target, count = folder / run.name, 1
    while target.exists():
        count += 1
        target = folder / f"{run.name}-{count}"
    _move(run, target)
    return target


def restore(archived: Path, run: Path) -> None:
    """Bring a run back to where it was; raises NotesError where something else is there now."""
    if run.exists():
        raise NotesError(f"{run} exists again", hint="Rename that folder first.", where=str(run))
    _move(archived, run)


def _move(run: Path, target: Path) -> None:
    try:
        target.parent.mkdir(exist_ok=True)
        os.replace(run, target)
    except OSError as error:
        hint = "See that no other program has the folder open, and that it may be written."
        message = f"cannot move {run.name}: {error.strerror or error}"
        raise NotesError(message, hint=hint, where=str(run)) from error
