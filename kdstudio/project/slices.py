"""Selections of inputs that were given a name, so that they can be chosen again at other epochs and for other runs.

They lie as `slices.json` in the project that the run belongs to, or else in the run's own folder, and name inputs by
their rows in the data. A slice holds for every run on the same data and split.
"""

import json
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from kdstudio.core.errors import KdStudioError
from kdstudio.core.files import write_json
from kdstudio.core.layout import RunFolder
from kdstudio.project import project

FILE = "slices.json"


class SlicesError(KdStudioError):
    """A slice cannot be kept; the hint says why, and nothing was changed."""


class Slice(BaseModel):
    """Rows (as in `Predictions.index`) of one split of one data set. Keys that are not known here are kept."""

    model_config = ConfigDict(frozen=True, extra="allow")

    name: str
    split: str
    data: str  # its digest
    rows: tuple[int, ...]


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow")

    slices: tuple[Slice, ...] = ()


def place(run: Path) -> Path:
    """Return the file that keeps the slices of a run folder: its project's, if it lies in one, or its own."""
    above = run.absolute().parent.parent
    return (above if (above / project.FILE).is_file() and run.parent.name == "runs" else run) / FILE


def data_of(run: Path) -> str:
    """Return what tells the data of a run from other data: its digest, or "" where that was not written down."""
    try:
        value = json.loads(RunFolder(run).provenance.read_text(encoding="utf-8"))
        return str(value["data"]["digest"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def read(run: Path) -> tuple[Slice, ...]:
    """Return all slices that are kept for a run, of whatever split and data; raises SlicesError for a damaged file."""
    return _read(place(run)).slices


def fitting(run: Path, split: str) -> tuple[Slice, ...]:
    """Return the slices of this split of this run's data, by name; raises SlicesError for a damaged file."""
    data = data_of(run)
    found = [one for one in read(run) if (one.split, one.data) == (split, data)]
    return tuple(sorted(found, key=lambda one: one.name.casefold()))


def save(run: Path, one: Slice, replaced: Slice | None = None) -> None:
    """Keep a slice, in place of `replaced` where one is given; raises SlicesError."""
    name = one.name.strip()
    if not name:
        raise SlicesError("A slice needs a name.", hint="Type one.")
    kept = [other for other in read(run) if other != replaced]
    if any((other.name, other.split, other.data) == (name, one.split, one.data) for other in kept):
        raise SlicesError(f"There is a slice “{name}” already.", hint="Choose another name, or delete that one first.")
    _write(run, (*kept, one.model_copy(update={"name": name})))


def delete(run: Path, one: Slice) -> None:
    """Forget a slice; raises SlicesError."""
    _write(run, tuple(other for other in read(run) if other != one))


def _read(path: Path) -> _Kept:
    try:
        return _Kept.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return _Kept()
    except (OSError, ValidationError) as error:
        hint = "Put the file aside to begin with new slices; it is not written while it is damaged."
        raise SlicesError(f"{path.name} cannot be read.", hint=hint, where=str(path)) from error


def _write(run: Path, slices: tuple[Slice, ...]) -> None:
    path = place(run)
    kept = _read(path).model_copy(update={"slices": slices})
    try:
        write_json(path, {"schema": 1} | kept.model_dump(mode="json"))
    except OSError as error:
        hint = "Make room, or see that the folder may be written; nothing was changed."
        raise SlicesError(f"Cannot write {path}: {error.strerror or error}", hint=hint, where=str(path)) from error
