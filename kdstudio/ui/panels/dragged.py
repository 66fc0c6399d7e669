"""What is being dragged over the window, and everything that is said about it while it is."""

from dataclasses import dataclass

from kdstudio.ui.assigning import WHAT_OPENS, Present, Seen, assign
from kdstudio.ui.panels.amounts import size
from kdstudio.ui.widgets.painting import THIN_SPACE, count

ROLES = ("teacher", "committee", "student", "data")
_ICONS = {
    "model": "understand",
    "data": "database",
    "recipe": "text",
    "run": "train",
    "runs": "compare",
    "project": "folder",
}
_ACTS = {
    "teacher": ("Let it teach", "Release to let it teach"),
    "committee": ("Add to a committee", "Release to add it"),
    "student": ("Let it learn", "Release to let it learn"),
    "data": ("Learn from it", "Release to learn from it"),
}
_OPENS = {
    "recipe": ("Recipe", "Release to load it", "It fills the Setup page; Ctrl+Z brings back what is there now."),
    "run": ("Run", "Release to look inside", "Its curves, answers and recipe are shown."),
    "runs": ("Runs", "Release to compare them", "Each is a row on the Compare page."),
    "project": ("Project", "Release to open it", "Its draft and its last run are shown."),
}


@dataclass(frozen=True, slots=True)
class Dragged:
    """Files in the air, and who has a role at present."""

    seen: tuple[Seen, ...]
    present: Present

    @property
    def opens(self) -> str:
        """recipe, run, runs or project, where that is what would be opened; else empty."""
        found = assign(list(self.seen), self.present)
        return found.opens.role if found.opens is not None else "runs" if found.compared else ""

    @property
    def possible(self) -> frozenset[str]:
        """The roles that can be had by releasing over them."""
        roles = {one.role for one in self.seen}
        possible: set[str] = {"teacher", "student"} if "model" in roles else set()
        if all(one.is_answers for one in self.seen if one.role == "model"):
            possible -= {"student"}
        if self.can_join:
            possible.add("committee")
        if "model" not in roles and any(one.is_said for one in self.seen):
            possible.add("teacher")
        return frozenset(possible | ({"data"} if "data" in roles else set()))

    @property
    def can_join(self) -> bool:
        """Whether it is a model that could teach beside the present teacher, which is a model too."""
        now = self.present
        return (
            self.can_choose
            and now.teacher is not None
            and not now.teacher_is_answers
            and not any(one.is_answers or one.path == now.teacher for one in self.seen)
        )

    @property
    def can_choose(self) -> bool:
        """Whether there is a choice of roles: one model, and nothing else that opens."""
        useful = [one.role for one in self.seen if one.role != "unknown"]
        return useful == ["model"]

    def lit(self, under: str | None) -> frozenset[str]:
        """Return the roles that are filled when released over the zone `under`, or elsewhere for None."""
        chosen = under if under in self.possible else None
        return frozenset(assign(list(self.seen), self.present, chosen).roles)

    def zone(self, role: str, *, lit: bool) -> tuple[str, str]:
        """Return the two lines of a zone: what happens, and what it replaces or why it cannot be."""
        if role not in self.possible:
            return "Not possible", self._reason(role)
        if len([one for one in self.seen if one.role == "model"]) > 1 and role != "data":
            path = assign(list(self.seen), self.present).roles[role]
            return _ACTS[role][lit], path.name
        if role == "committee":
            return _ACTS[role][lit], f"beside {self.present.words['teacher']}"
        now = self.present.words.get(role)
        return _ACTS[role][lit], f"replaces {now}" if now else "there is none yet"

    def single(self) -> tuple[str, str, str]:
        """Return title and lines of the one zone for a recipe, runs or a project."""
        return _OPENS[self.opens]

    def chip(self) -> tuple[str, str, str]:
        """Return icon, name and kind for the chip at the pointer."""
        first = self.seen[0]
        if len(self.seen) > 1:
            names = ", ".join(one.name for one in self.seen)
            return "layers", f"{len(self.seen)} files", names
        known = first.sighting.parameters
        what = "not known" if first.role == "unknown" else first.role
        detail = "" if first.role not in ("model", "data") else first.sighting.format
        parts = [what, _parameters(known) if known is not None else detail]
        parts.append(size(first.bytes) if first.bytes and not first.path.is_dir() else "")
        return _ICONS.get(first.role, "file"), first.name, " · ".join(part for part in parts if part)

    def hint(self) -> tuple[str, str]:
        """Return what the files look like, and how that is known."""
        useful = [one for one in self.seen if one.role != "unknown"]
        if not useful:
            one = self.seen[0]
            more = f" So are {len(self.seen) - 1} more." if len(self.seen) > 1 else ""
            return f"“{one.name}” is {one.sighting.reason}.{more}", WHAT_OPENS
        below = "Read from the file itself, not from its name."
        if self.opens == "runs" and len(useful) > 1:
            return (
                f"These are {count(len(useful))} folders of runs.",
                "Read from what is in them, not from their names.",
            )
        if self.opens:
            below = "Read from what is in it, not from its name."
            return f"This is {next(one for one in useful if one.role == self.opens).sighting.reason}.", below
        models = [one for one in useful if one.role == "model"]
        if not models:
            return f"Looks like data: {useful[0].sighting.reason}.", below
        if any(one.is_answers for one in models):
            return f"Looks like a teacher: {next(one for one in models if one.is_answers).sighting.reason}.", below
        if len(models) > 1:
            return "The larger model teaches, the smaller one learns.", "Sizes are read from the files themselves."
        measured = models[0].sighting.parameters is not None
        return self._guess(models[0]), below if measured else "Judged by the size of the file."

    def status(self, under: str | None) -> str:
        """Return the sentence for the status bar."""
        name = f"{len(self.seen)} files" if len(self.seen) > 1 else self.seen[0].name
        if self.opens:
            return f"Release to {'compare' if self.opens == 'runs' else 'open'} {name}"
        roles = [role for role in ROLES if role in self.lit(under)]
        if not roles:
            return f"{name} cannot be opened"
        if len(self.seen) > 1 and len(roles) > 1:
            return f"Release to use {name} as {' and '.join(roles)}"
        if roles == ["committee"]:
            return f"Release over Committee to let {name} teach beside the others"
        place = f"Release over {under.capitalize()}" if under in roles else "Release"
        return f"{place} to use {name} as the {roles[0]}"

    def _guess(self, one: Seen) -> str:
        """Say which role the model takes by itself, and why."""
        now = self.present
        roles = assign([one], now).roles
        if roles.get("teacher") == one.path:
            if now.student_size and one.size > now.student_size:
                return f"Looks like a teacher: {_times(one.size, now.student_size)} times larger than your student."
            if now.teacher_size and one.path != now.teacher:
                return f"Looks like a teacher: {_against(one.size, now.teacher_size)} the present one."
            return "Takes the teacher's place, because there is none yet." if now.teacher is None else "Your teacher."
        if "teacher" in roles:
            return "Looks like a student: your student's file is larger, so the two change places."
        if now.teacher_size and one.size < now.teacher_size:
            return f"Looks like a student: {_times(now.teacher_size, one.size)} times smaller than your teacher."
        return "Your student."

    def _reason(self, role: str) -> str:
        """Say why a zone is not possible."""
        kinds = {one.role for one in self.seen if one.role != "unknown"}
        if len(self.seen) > 1:
            return f"none of these {len(self.seen)} is {'data' if role == 'data' else 'a model'}"
        if not kinds:
            return "this file is not known"
        if role == "student" and kinds == {"model"}:
            return "stored answers can teach, but not learn"
        return "this file is a model, not a data set" if kinds == {"model"} else "this is data, not a model"


def _against(size: int, other: int) -> str:
    return "as large as" if size == other else f"{_times(size, other)} times larger than"


def _times(larger: float, smaller: float) -> str:
    """Return how many times `larger` is `smaller`: `1.4`, `35`, `1 200`."""
    ratio = larger / max(smaller, 1)
    return f"{ratio:.1f}" if ratio < 9.95 else count(round(ratio))


def _parameters(number: int) -> str:
    """Return `9 930 parameters`, `383 k parameters`, `2.8 M parameters`."""
    if number < 10_000:
        return f"{count(number)} parameters"
    if number < 999_500:
        return f"{number / 1e3:.0f}{THIN_SPACE}k parameters"
    return f"{number / 1e6:.1f}{THIN_SPACE}M parameters"
