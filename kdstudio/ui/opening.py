"""The one way in: drop, File ▸ Open, paste, command line and double click all open paths through `open_paths`."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QMimeData

from kdstudio.core.errors import KdStudioError, Problem
from kdstudio.recipe.problems import Catalogue
from kdstudio.ui.assigning import Assignment, Present, Seen, assign, look
from kdstudio.ui.draft import Draft
from kdstudio.ui.draft_value import with_member
from kdstudio.ui.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Opened:
    """What came of it: the roles that were filled, the project, run or recipe that was opened, what was told."""

    roles: dict[str, Path] = field(default_factory=dict)
    opened: Path | None = None
    problems: tuple[Problem, ...] = ()


def open_paths(workspace: Workspace, paths: Iterable[Path | str], role: str | None = None) -> Opened:
    """Open files and folders by what is in them; `role` (teacher, student, data) is what a person chose, if they did.

    Everything that cannot be opened is told together, one problem each, and the rest is opened all the same.
    """
    seen = look(paths)
    assignment = assign(seen, present(workspace.draft, workspace.catalogue), role)
    problems, opened = list(assignment.problems), None
    if assignment.opens is not None:
        failed = _open(workspace, assignment.opens)
        problems += failed
        opened = None if failed else assignment.opens.path
        if assignment.roles:  # sizes are compared with what the recipe brought
            parts = [one for one in seen if one.role in ("model", "data")]
            assignment = assign(parts, present(workspace.draft, workspace.catalogue), role)
    _fill(workspace, assignment)
    if assignment.compared:
        workspace.go_to("compare")
        workspace.runsOpened.emit(list(assignment.compared))
        opened = opened or assignment.compared[0]
    for problem in problems:
        workspace.notices.tell(problem)
    return Opened(assignment.roles, opened, tuple(problems))


def present(draft: Draft, catalogue: Catalogue) -> Present:
    """Return who has a role in the draft. Files are sized as a dropped one is, so that the two can be compared."""
    paths = {role: Path(draft.path(role)) if draft.path(role) else None for role in ("teacher", "student", "data")}
    sizes = {role: look([path])[0].size if path is not None else None for role, path in paths.items() if role != "data"}
    if paths["student"] is None and draft.check is not None and draft.check.student:
        sizes["student"] = draft.check.student.get("parameters")
    words = {role: path.name for role, path in paths.items() if path is not None}
    if (more := len(draft.value["teachers"]) - 1) > 0 and "teacher" in words:
        words["teacher"] = f"{words['teacher']} and {more} more"
    words.setdefault("student", _student_words(draft, catalogue))
    return Present(
        paths["teacher"], sizes["teacher"], draft.teacher_is_answers, paths["student"], sizes["student"], words
    )


def paths_in(mime: QMimeData) -> list[Path]:
    """Return the files on this computer that a drag or the clipboard holds; links to other places are left out."""
    if mime.hasUrls():
        return [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile() and url.toLocalFile()]
    lines = [line.strip() for line in mime.text().splitlines()] if mime.hasText() else []
    return [Path(line) for line in lines if line.startswith(("/", "~/")) and Path(line).expanduser().exists()]


def _student_words(draft: Draft, catalogue: Catalogue) -> str:
    name = draft.value["student"].get("architecture") or ""
    title = next((entry.title for entry in catalogue.students if entry.name == name), name.replace("_", " "))
    width = draft.value["student"].get("knobs", {}).get("width")
    return f"{title}, width {width}" if width is not None else str(title)


def _fill(workspace: Workspace, assignment: Assignment) -> None:
    """Set the roles as one step that can be undone."""
    draft, roles = workspace.draft, assignment.roles
    if not roles:
        return
    if "committee" in roles:
        draft.replace(with_member(draft.value, roles["committee"]), "Add teacher")
        workspace.go_to("setup")
        return
    parts = {part: str(path) for part, path in assignment.parts.items()}
    changed = {role: path for role, path in roles.items() if not draft.has(role, str(path), parts)}
    several = len(changed) > 1
    if several:
        draft.undo.beginMacro(f"Open {len(changed)} files")
    for role, path in changed.items():
        draft.set_path(role, path, parts=assignment.parts if role == "data" else None)
    if several:
        draft.undo.endMacro()
    workspace.go_to("setup")


def _open(workspace: Workspace, one: Seen) -> list[Problem]:
    """Open a project, a run or a recipe; return what prevented it."""
    if workspace.run.is_live and one.role != "recipe":
        message = f"“{one.name}” was not opened, because a run is going on."
        hint = "Stop the run first, or wait for its end; what is open stays as it is."
        return [Problem(message=message, hint=hint, where=str(one.path), severity="warning")]
    act = {"project": workspace.open_project, "run": workspace.open_run, "recipe": workspace.open_recipe}[one.role]
    try:
        act(one.path)
    except KdStudioError as error:
        return error.problems
    except OSError as error:
        message = f"“{one.name}” cannot be read: {error.strerror or error}."
        return [Problem(message=message, hint="Check that it is still there and may be read.", where=str(one.path))]
    return []
