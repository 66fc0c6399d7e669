"""A project: a draft of a recipe, pinned probes, notes, and the runs made from it, in a folder of its own."""

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kdstudio.core.errors import KdStudioError
from kdstudio.core.files import write_bytes, write_json
from kdstudio.core.paths import new_run_folder
from kdstudio.project.run import Run, is_run

FILE = "project.kdproj"
_TEMPORARY = "kdstudio-"


class ProjectError(KdStudioError):
    """A project cannot be opened or written; the hint names the copy that can be restored."""


class Draft(BaseModel):
    """What `project.kdproj` holds. Keys that this kdstudio does not know are kept as they are."""

    model_config = ConfigDict(frozen=True, extra="allow", populate_by_name=True)

    version: Literal[1] = Field(1, alias="schema")
    name: str = ""
    recipe: dict[str, Any] | None = None  # may be unfinished, and is therefore not checked here
    probes: tuple[int, ...] = ()  # pinned rows of the validation inputs
    notes: str = ""
    run: str | None = None  # name of the folder of the current run


class Project:
    """An open project: `file` is what one double-clicks, `draft` what was last saved or read."""

    def __init__(self, file: Path, draft: Draft) -> None:
        self.file = file.absolute()
        self.draft = draft

    @classmethod
    def create(cls, folder: Path, name: str = "") -> "Project":
        """Make a new project in `folder`, which may exist; ProjectError where it already holds one."""
        if (folder / FILE).exists():
            raise ProjectError(f"{folder} already holds a project", hint="Open it, or choose another folder.")
        project = cls(folder / FILE, Draft(name=name or folder.name))
        project.save()
        return project

    @classmethod
    def open(cls, path: Path) -> "Project":
        """Open a project by its folder or its file; ProjectError where it is missing or damaged, nothing is changed."""
        file = path / FILE if path.is_dir() else path
        return cls(file, _read(file))

    @classmethod
    def restore(cls, path: Path) -> "Project":
        """Open the copy that the last save kept; the damaged file stays beside it as `project.kdproj.damaged`."""
        file = path / FILE if path.is_dir() else path
        project = cls(file, _read(_previous(file)))
        _set_aside(file)
        project.save()
        return project

    @classmethod
    def temporary(cls, name: str = "demo") -> "Project":
        """Make a project in a new folder of the system's temporary one."""
        return cls.create(Path(tempfile.mkdtemp(prefix=_TEMPORARY)) / name, name)

    @property
    def folder(self) -> Path:
        """Where the project lies."""
        return self.file.parent

    @property
    def is_temporary(self) -> bool:
        """Whether the project lies in a folder that `temporary` made."""
        return self.folder.parent.name.startswith(_TEMPORARY) and self.folder.parent.parent == _temporary_folder()

    @property
    def runs_folder(self) -> Path:
        """Where the runs are."""
        return self.folder / "runs"

    def save(self, **changes: Any) -> Draft:
        """Write the draft with `changes` (its fields), atomically, keeping the last good file as `.previous`."""
        draft = Draft.model_validate(self.draft.model_dump() | changes)
        value = draft.model_dump(mode="json", by_alias=True)
        try:
            self._keep_previous()
            write_json(self.file, value)
        except OSError as error:
            hint = "Make room, or save the project in another folder; nothing that was saved is lost."
            message = f"cannot write {self.file}: {error.strerror or error}"
            raise ProjectError(message, hint=hint, where=str(self.file)) from error
        self.draft = draft
        return draft

    def new_run(self, student: str) -> Path:
        """Return the path for a new run of this project; nothing is created."""
        return new_run_folder(self.runs_folder, student)

    def runs(self) -> list[Run]:
        """Return the runs, the newest first."""
        try:
            folders = [folder for folder in self.runs_folder.iterdir() if is_run(folder)]
        except OSError:
            return []
        return sorted(map(Run, folders), key=lambda run: (run.started, run.name), reverse=True)

    @property
    def run(self) -> Run | None:
        """The current run, or None where there is none (any more)."""
        name = self.draft.run
        return Run(self.runs_folder / name) if name and is_run(self.runs_folder / name) else None

    def discard(self) -> None:
        """Delete a temporary project with its runs; ProjectError for one that is not temporary."""
        if not self.is_temporary:
            raise ProjectError(f"{self.folder} is not temporary", hint="Delete the folder yourself if you mean it.")
        shutil.rmtree(self.folder.parent, ignore_errors=True)

    def _keep_previous(self) -> None:
        """Copy a good file to `.previous`; put one that was damaged meanwhile aside, so that both survive."""
        if not self.file.exists():
            return
        try:
            _read(self.file)
        except ProjectError:
            _set_aside(self.file)
        else:
            write_bytes(_previous(self.file), self.file.read_bytes())


def _read(file: Path) -> Draft:
    hint = "Choose a .kdproj file or the folder of a project."
    if _previous(file).exists():
        hint = f"Restore {_previous(file).name}, the copy that the save before left."
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
        if isinstance(value, dict) and isinstance(value.get("schema"), int) and value["schema"] > 1:
            newer = "It was saved by a newer kdstudio: update kdstudio to open it."
            raise ProjectError(f"{file} has schema {value['schema']}", hint=newer, where=str(file))
        return Draft.model_validate(value)
    except OSError as error:
        raise ProjectError(f"cannot read {file}: {error.strerror or error}", hint=hint, where=str(file)) from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise ProjectError(f"{file} is damaged: {place}: {first['msg']}", hint=hint, where=str(file)) from error
    except ValueError as error:
        raise ProjectError(f"{file} is damaged: {error}", hint=hint, where=str(file)) from error


def _previous(file: Path) -> Path:
    return file.with_name(f"{file.name}.previous")


def _set_aside(file: Path) -> None:
    if not file.exists():
        return
    target, count = file.with_name(f"{file.name}.damaged"), 1
    while target.exists():
        count += 1
        target = file.with_name(f"{file.name}.damaged-{count}")
    os.replace(file, target)


def _temporary_folder() -> Path:
    return Path(tempfile.gettempdir()).absolute()
