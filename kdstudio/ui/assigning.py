"""Which role each of several files takes: decided from their content and their size alone, and without opening them.

One model: without a teacher it teaches, unless the student is a larger file: then the two change places. With a teacher
the larger of the two teaches, so a model at least as large takes the teacher's place and a smaller one the student's.
Several models: the largest teaches, the smallest learns, those between are left out. Stored answers teach, and a model
beside them learns. Several files of data are one data set where their names say which part each is (`train.tsv`,
`test.tsv`). A role that a person chose holds for one model. Sizes are parameters where the file tells them
cheaply, else a quarter of its bytes.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from kdstudio.core.errors import Problem
from kdstudio.data.part_files import find_siblings, parts_by_name
from kdstudio.data.sniff import ANSWERS, Sighting, sniff
from kdstudio.data.text.conversation import CONVERSATIONS

RUNS = ("run", "runs")  # of several of these, Compare lists all
OPENED = ("project", *RUNS, "recipe")  # these fill everything, so one of them is enough
WHAT_OPENS = "Models, data sets, recipes, run folders and projects can be opened."
_IMAGES = frozenset({"JPEG", "PNG", "GIF", "BMP", "TIFF", "WebP"})  # formats of a single picture
_NOT_ANSWERS = {"student": "the student", "data": "data", "committee": "one of several teachers"}
_SHOWN = 3  # files with the same problem, told one by one


@dataclass(frozen=True, slots=True)
class Seen:
    """A path with what it seems to be."""

    path: Path
    sighting: Sighting
    bytes: int

    @property
    def role(self) -> str:
        """model, data, recipe, run, runs, project or unknown."""
        return self.sighting.role

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.name or str(self.path)

    @property
    def is_image(self) -> bool:
        """Whether it is a single picture, which no role can use."""
        return self.role == "unknown" and self.sighting.format in _IMAGES

    @property
    def is_answers(self) -> bool:
        """Whether it holds a teacher's answers, which can teach and do nothing else."""
        return self.sighting.format == ANSWERS

    @property
    def is_said(self) -> bool:
        """Whether it holds answers to prompts, which are data and can teach, too."""
        return self.sighting.format == CONVERSATIONS

    @property
    def size(self) -> int:
        """The number of parameters, or an estimate of it from the bytes."""
        return self.sighting.parameters if self.sighting.parameters is not None else self.bytes // 4


@dataclass(frozen=True, slots=True)
class Present:
    """Who has a role already. `words` names them for people; a size that is not known is None."""

    teacher: Path | None = None
    teacher_size: int | None = None
    teacher_is_answers: bool = False
    student: Path | None = None  # only a student that goes on from a file
    student_size: int | None = None
    words: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Assignment:
    """What is to be done: roles to fill (teacher, student, data), one thing to open, runs to list, what is wrong."""

    roles: dict[str, Path] = field(default_factory=dict)
    opens: Seen | None = None
    problems: tuple[Problem, ...] = ()
    compared: tuple[Path, ...] = ()  # run folders, and folders with runs in them
    parts: dict[str, Path] = field(default_factory=dict)  # files of validation and test, beside the data's path


def look(paths: Iterable[Path | str]) -> list[Seen]:
    """Return what each path seems to be, each path once, in the order given. Reads little and never raises."""
    absolute = [Path(os.path.abspath(Path(path).expanduser())) for path in paths]
    return [Seen(path, sniff(path), _bytes(path)) for path in dict.fromkeys(absolute)]


def assign(seen: list[Seen], present: Present, role: str | None = None) -> Assignment:
    """Return which role each file takes; `role` is what a person chose: teacher, committee, student or data."""
    answers = [one for one in seen if one.is_answers]
    models = [one for one in seen if one.role == "model" and not one.is_answers]
    data = [one for one in seen if one.role == "data"]
    opened = sorted((one for one in seen if one.role in OPENED), key=lambda one: OPENED.index(one.role))
    runs = [one for one in seen if one.role in RUNS]
    compared = tuple(one.path for one in runs) if [one.role for one in runs] not in ([], ["run"]) else ()
    if compared:
        opened = [one for one in opened if one.role not in RUNS]
    problems = _unknown([one for one in seen if one.role == "unknown"])
    roles: dict[str, Path] = {}
    parts: dict[str, Path] = {}
    if answers and role in _NOT_ANSWERS:
        problems.append(_impossible(answers[0], "a file of answers", _NOT_ANSWERS[role]))
    elif answers:
        roles, left = _taught(answers, models)
        problems += [_left_out(one, "There is one teacher and one student at a time.") for one in left]
    elif len(models) == 1 and role == "data":
        problems.append(_impossible(models[0], "a model", "data"))
    elif models:
        roles, left = _models(models, present, role)
        problems += [_left_out(one, "There is one teacher and one student at a time.") for one in left]
    if role == "teacher" and not models and not answers and data and data[0].is_said:
        roles["teacher"] = data[0].path
    elif data and not models and not answers and role in ("teacher", "committee", "student"):
        problems.append(_impossible(data[0], "data", "a teacher" if role == "committee" else f"the {role}"))
    elif data:
        roles["data"], parts, left = _data(data)
        problems += [_left_out(one, "There is one data set at a time.") for one in left]
    problems += [_left_out(one, "One project, run or recipe is opened at a time.") for one in opened[1:]]
    return Assignment(roles, opened[0] if opened else None, tuple(problems), compared, parts)


def _taught(answers: list[Seen], models: list[Seen]) -> tuple[dict[str, Path], list[Seen]]:
    """Let stored answers teach, and the smallest of the models beside them learn."""
    ordered = sorted(models, key=lambda one: one.size)
    roles = {"teacher": answers[0].path}
    if ordered:
        roles["student"] = ordered[0].path
    return roles, [*answers[1:], *ordered[1:]]


def _models(models: list[Seen], present: Present, role: str | None) -> tuple[dict[str, Path], list[Seen]]:
    if len(models) > 1:
        ordered = sorted(models, key=lambda one: one.size, reverse=True)
        return {"teacher": ordered[0].path, "student": ordered[-1].path}, ordered[1:-1]
    one = models[0].path
    if role is None:
        return _alone(models[0], present), []
    if role == "committee":  # it teaches beside those who do
        return {role: one}, []
    other = present.student if role == "teacher" else present.teacher
    held = present.teacher if role == "teacher" else present.student
    if one == other and held is not None and held != one:  # the student's file was dropped on the teacher
        return {role: one, "student" if role == "teacher" else "teacher": held}, []
    return {role: one}, []


def _alone(one: Seen, present: Present) -> dict[str, Path]:
    if one.path in (present.teacher, present.student):
        return {"teacher" if one.path == present.teacher else "student": one.path}
    if present.teacher is None:
        if present.student is not None and (present.student_size or 0) > one.size:
            return {"teacher": present.student, "student": one.path}
        return {"teacher": one.path}
    is_teacher = not present.teacher_is_answers and one.size >= (present.teacher_size or 0)
    return {"teacher" if is_teacher else "student": one.path}


def _data(data: list[Seen]) -> tuple[Path, dict[str, Path], list[Seen]]:
    """Return what the data is: its path, the files of its other parts, and what is left out.

    Files of one format belong together where their reader finds the others by itself (IDX keeps images and labels
    apart), or where their names say which part each is.
    """
    first = data[0]
    alike = [one for one in data if one.sighting.format == first.sighting.format]
    left = [one for one in data if one not in alike]
    if find_siblings([one.path for one in alike], first.sighting.format):
        return first.path, {}, left
    parts = parts_by_name([one.path for one in alike], first.sighting.format)
    if not parts:
        return first.path, {}, data[1:]
    return parts.pop("train"), parts, left


def _unknown(seen: list[Seen]) -> list[Problem]:
    """One problem a file; many files of the same kind are told in one."""
    kinds: dict[str, list[Seen]] = {}
    for one in seen:
        kinds.setdefault(one.sighting.reason, []).append(one)
    problems = []
    for reason, those in kinds.items():
        if len(those) <= _SHOWN:
            problems += [_problem(f"“{one.name}” is {reason}.", WHAT_OPENS, one) for one in those]
        else:
            message = f"“{those[0].name}” and {len(those) - 1} more cannot be opened: each is {reason}."
            problems.append(_problem(message, WHAT_OPENS, those[0]))
    return problems


def _impossible(one: Seen, what: str, role: str) -> Problem:
    return _problem(f"“{one.name}” is {what} and cannot be {role}.", f"It is {one.sighting.reason}.", one)


def _left_out(one: Seen, why: str) -> Problem:
    return Problem(message=f"“{one.name}” was left out.", hint=why, where=str(one.path), severity="warning")


def _problem(message: str, hint: str, one: Seen) -> Problem:
    return Problem(message=message, hint=hint, where=str(one.path))


def _bytes(path: Path) -> int:
    """Return the size of a file, or of the files directly in a folder."""
    try:
        if not path.is_dir():
            return path.stat().st_size
        with os.scandir(path) as entries:
            return sum(entry.stat().st_size for entry in entries if entry.is_file())
    except OSError:
        return 0
