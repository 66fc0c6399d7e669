"""What was checked about a draft, as rows: what is right in a sentence, and every problem with its hint."""

import re
from dataclasses import dataclass
from typing import Literal

from kdstudio.core.errors import Problem
from kdstudio.core.targets import outputs
from kdstudio.recipe.choices import TeacherChoice
from kdstudio.recipe.item import Item
from kdstudio.recipe.problems import Catalogue, problems
from kdstudio.ui.draft import Draft
from kdstudio.ui.widgets.painting import count

Severity = Literal["ok", "note", "warning", "error"]
ACTIONS = {  # repairs that a card or the list of checks offers
    "trust": "Trust this file…",
    "class_map": "Use this class map",
    "adamw": "Use AdamW",
}
_TERMINAL = re.compile(r"[^.]*--trust \S+")  # how it is done where there are no buttons
_RANK = {"error": 0, "warning": 1, "note": 2, "ok": 3}


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One line of a check."""

    severity: Severity
    words: str
    hint: str = ""
    problem: Problem | None = None  # one that has a repair

    @property
    def repair(self) -> str:
        """What the button says, or nothing where there is no repair."""
        return ACTIONS.get(self.problem.action, "") if self.problem is not None else ""


def row(problem: Problem) -> CheckRow:
    """Return a problem as a row; a place in the recipe stands in front of its sentence."""
    message = problem.message
    if message.partition(" ")[0].isalpha():  # not a file's name
        message = message[:1].upper() + message[1:]
    place = problem.where if problem.where and "/" not in problem.where and "\\" not in problem.where else ""
    named = place and not place.startswith(("teachers", "data.path"))
    words = f"{place}: {problem.message}" if named else message
    if problem.action not in ACTIONS:
        return CheckRow(problem.severity, words, problem.hint)
    return CheckRow(problem.severity, words, _TERMINAL.sub("", problem.hint).strip(), problem)


def role_of(problem: Problem, draft: Draft) -> str:
    """Return whose card a problem belongs on, "" for none.

    Problems without a place come from the data set or from scoring the teacher; the data's own item has its ones too.
    """
    where = problem.where
    for role, place in (("teacher", "teachers"), ("student", "student"), ("data", "data")):
        path = draft.path(role)
        if where == place or where.startswith((f"{place}.", f"{place}[")) or (path and where.startswith(path)):
            return role
    if where or problem.severity == "error":
        return ""
    item = draft.item("data")
    return "data" if item is not None and problem in item.problems else "teacher"


def role_problems(draft: Draft, role: str) -> list[Problem]:
    """Return the problems of one card, the worst first: of its file, and of the check once there is one."""
    item = draft.item(role)
    found = [problem for problem in draft.check.problems if role_of(problem, draft) == role] if draft.check else []
    if item is not None and not found:
        found = [*item.problems, *_wrong_kind(item, role)]
    elif item is not None and role == "data":  # a check does not look for copies and lopsided classes again
        found += [problem for problem in item.problems if problem.message not in {one.message for one in found}]
    return sorted(found, key=lambda problem: _RANK[problem.severity])


def _wrong_kind(item: Item, role: str) -> list[Problem]:
    wanted, names = "data" if role == "data" else "model", {"data": "a data set", "model": "a model"}
    if item.role == wanted or any(problem.severity == "error" for problem in item.problems):
        return []
    message = f"this is {names.get(item.role, f'a {item.role}')}, not {names[wanted]}"
    return [Problem(message=message, where=item.path, hint=f"Choose {names[wanted]} here.")]


def recipe_problems(draft: Draft, catalogue: Catalogue) -> list[Problem]:
    """Return what is wrong with the values themselves, known without asking the engine."""
    found = draft.problems()
    if not found and catalogue.methods:
        recipe = draft.recipe()
        if not recipe.teachers:  # that one is still to be chosen is said elsewhere, and no fault of the methods
            recipe = recipe.model_copy(update={"teachers": (TeacherChoice(path="?"),)})
        found = problems(recipe, catalogue)
    return found


def check_rows(draft: Draft, catalogue: Catalogue) -> list[CheckRow]:
    """Return everything that was looked at: problems first, the worst first, then what is right."""
    check = draft.check
    seen = [problem for problem in role_problems(draft, "data") if problem.severity != "error"]  # errors: the check's
    wrong = list(dict.fromkeys((*recipe_problems(draft, catalogue), *(check.problems if check else ()), *seen)))
    rows = [row(problem) for problem in sorted(wrong, key=lambda problem: _RANK[problem.severity])]
    if check is None:
        return rows
    return [*rows, *(CheckRow("ok", words) for words in _right(draft, {role_of(p, draft) for p in check.errors}))]


def _right(draft: Draft, wrong_roles: set[str]) -> list[str]:
    check, teacher, data = draft.check, draft.item("teacher"), draft.item("data")
    assert check is not None
    words = []
    if teacher is not None and teacher.classes and "teacher" not in wrong_roles:
        words.append(f"The teacher opens: {teacher.title}")
    if data is not None and check.data is not None:
        words.append(f"The data opens: {data.title}")
    if check.teacher is not None and data is not None:
        told = outputs(data.task, data.classes or 0, data.class_names)
        told = f"{told[:1].upper()}{told[1:]}"
        words.append(f"{told}, {count(data.classes or 0)} teacher output{'s' * (data.classes != 1)}")
    if check.teacher is not None and check.teacher["accuracy"] is not None:
        asked = count(check.teacher["accuracy_count"])
        told = check.measure.told(check.teacher["accuracy"])
        says = f"is right on {told} of" if check.measure.key == "accuracy" else f"reaches {told} on"
        words.append(f"The teacher {says} {asked} validation inputs")
    if check.student is not None and "student" not in wrong_roles:
        words.append(f"The student can be built: {count(check.student['parameters'])} parameters")
    if check.estimate is not None:
        words.append("A few steps were tried, and ran")
    return words
