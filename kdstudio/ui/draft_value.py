"""The value of a draft: what it begins as, and what choosing a file for a role makes of it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kdstudio.core.errors import InvalidRecipe, Problem
from kdstudio.core.events import Progress
from kdstudio.core.targets import NEXT_TOKEN, TASKS, Task
from kdstudio.recipe.defaults import usual_optimizer
from kdstudio.recipe.item import Item
from kdstudio.recipe.optimizing import OptimizerChoice
from kdstudio.recipe.problems import Catalogue
from kdstudio.recipe.recipe import PROBES, parse
from kdstudio.ui.students import taken_kind, usual_student

Value = dict[str, Any]
EMPTY: Value = {
    "schema": 1,
    "data": {"path": ""},
    "teachers": [],
    "student": {"architecture": "small_cnn", "knobs": {"width": 16}},
    "methods": [
        {"method": "hard_labels", "weight": 0.1},
        {"method": "soft_targets", "weight": 0.9, "temperature": 4.0},
    ],
    "optimizer": {"name": "sgd", "learning_rate": 0.05},
    "epochs": 30,
    "batch_size": 128,
    "baseline": True,
}
ROLES = ("teacher", "student", "data")
_OTHER_KINDS = {"text": "text", "text folder": "text", "table": "table", "audio": "audio", "running text": "tokens"}


@dataclass(slots=True)
class Card:
    """What is known about the file in a role."""

    item: Item | None = None
    former: dict[str, Any] | None = None  # the draft as it was, until the file that was chosen since has opened
    is_chosen: bool = False  # by hand, and not as part of a recipe that says everything
    asked: int = 0  # number of the engine's ask
    progress: Progress | None = None  # how far the engine is with it


def copied(value: Value) -> Value:
    """Return a value of its own."""
    made: Value = json.loads(json.dumps(value))
    return made


def problems_of(value: Value) -> list[Problem]:
    """Return what is wrong with the values themselves, before the engine has looked."""
    try:
        parse(value)
    except InvalidRecipe as error:
        return error.problems
    return []


def refusal(role: str, path: str, former: str, wrong: Problem) -> Problem:
    """Say why a chosen file does not take a role, and what has it still."""
    kept = f"“{Path(former).name}” is still the {role}" if former else f"the {role} is as it was"
    message = f"“{Path(path).name}” could not be opened: {wrong.message.rstrip('.')}."
    return Problem(message=message, hint=f"Nothing was replaced, {kept}. {wrong.hint}", where=wrong.where)


def pinned_of(value: Value) -> tuple[int, ...]:
    """Return the validation rows that are pinned as probes; empty where the run chooses them itself."""
    probes = value.get("probes", "auto")
    return tuple(probes) if isinstance(probes, list | tuple) else ()


def pinned_too(value: Value, rows: Sequence[int]) -> tuple[int, ...]:
    """Return which of these rows can be pinned beside those that are: the first, as far as there is room for probes."""
    pinned = pinned_of(value)
    new = [row for row in dict.fromkeys(rows) if row not in pinned]
    return tuple(new[: max(0, PROBES - len(pinned))])


def task_of(value: Value, items: Iterable[Item | None]) -> Task:
    """Return what a draft is to answer: as chosen, else as the first of the items has it that knows what there is."""
    wanted = value.get("task")
    known = (item.task for item in items if item is not None and (item.classes or item.task == NEXT_TOKEN))
    return next((task for task in TASKS if task == wanted), next(known, "classification"))


def path_of(value: Value, role: str) -> str:
    """Return the path of a role, empty where there is none."""
    if role == "teacher":
        return str(value["teachers"][0].get("path") or "") if value["teachers"] else ""
    return str(value[role].get("path") or "")


def source_of(value: Value, role: str) -> dict[str, Any]:
    """Return what the engine's `inspect` is asked about a role; a teacher's Python class belongs to it."""
    asked: dict[str, Any] = {"path": path_of(value, role)}
    if role == "data":
        asked |= {"target": value["data"].get("target", "auto"), "parts": dict(value["data"].get("parts") or {})}
        asked["task"] = value.get("task", "auto")
    if role == "teacher" and asked["path"]:
        asked |= said(value["teachers"][0])
    return asked


def said(teacher: dict[str, Any]) -> dict[str, Any]:
    """Return what a draft says about the network of a teacher's weights."""
    return {"code": teacher.get("code", ""), "arch": teacher.get("arch", ""), "knobs": dict(teacher.get("knobs") or {})}


def with_file(value: Value, role: str, path: Path, parts: Mapping[str, Path]) -> Value:
    """Return a draft with a file or folder in a role; other data comes without what was said about the former."""
    from kdstudio.data.sniff import ANSWERS, sniff  # all readers come with it
    from kdstudio.data.text.conversation import CONVERSATIONS

    made = copied(value)
    if role == "teacher":
        kind = "stored" if sniff(path).format in (ANSWERS, CONVERSATIONS) else "frozen"
        made["teachers"] = [{"kind": kind, "path": str(path)}]
    elif role == "student":
        made["student"] = {"path": str(path)}
    else:
        kept = {key: kept for key, kept in made["data"].items() if key not in ("parts", "target")}
        made["data"] = kept | {"path": str(path)}
        made.pop("task", None)
        if parts:
            made["data"]["parts"] = {part: str(file) for part, file in parts.items()}
    return made


def with_member(value: Value, path: Path) -> Value:
    """Return a draft in which one more model teaches, beside those that do."""
    made = copied(value)
    models = [one for one in made["teachers"] if one.get("path") and one.get("kind", "frozen") == "frozen"]
    if str(path) not in [one["path"] for one in models]:
        models.append({"kind": "frozen", "path": str(path)})
    made["teachers"] = models
    made.get("blend", {}).pop("weights", None)  # they were one for each of the others
    return made


def without_member(value: Value, at: int) -> Value:
    """Return a draft without one of its teachers; a single one is not blended."""
    made = copied(value)
    made["teachers"].pop(at)
    made.get("blend", {}).pop("weights", None)
    if len(made["teachers"]) < 2:
        made.pop("blend", None)
    return made


def sighted_kind(path: Path) -> str:
    """Return what one input of data seems to be; "" where it is no data."""
    from kdstudio.data.sniff import sniff

    seen = sniff(path)
    return _OTHER_KINDS.get(seen.format, "image") if seen.role == "data" else ""


def fit(value: Value, kind: str, catalogue: Catalogue, task: Task = "classification") -> None:
    """Let what cannot or does not learn well from data give way, if nobody chose it for this: see below."""
    if kind:
        kind = taken_kind(kind, task)
        fit_student(value, kind, catalogue)
        fit_optimizer(value, kind, task)


def fit_student(value: Value, kind: str, catalogue: Catalogue) -> None:
    """A new student that cannot take this kind of data gives way to a usual one that can."""
    entry = catalogue.student(value["student"].get("architecture") or "")
    usual = usual_student(catalogue, kind)
    if entry is not None and not entry.fits(kind) and usual is not None:
        value["student"] = usual


def fit_optimizer(value: Value, kind: str, task: Task = "classification") -> None:
    """Let the usual optimizer of data and task take the place of that of others, if nobody has touched it.

    A student that goes on from weights keeps its own: how far it may be moved is for a person to say.
    """
    now = OptimizerChoice.model_validate(value.get("optimizer", {}))
    usual = usual_optimizer(kind, task=task)
    is_new = value["student"].get("architecture") is not None
    if is_new and now != usual and now in (usual_optimizer("text"), usual_optimizer("")):
        value["optimizer"] = {"name": usual.name, "learning_rate": usual.learning_rate}


def usual_methods(task: Task) -> list[dict[str, Any]]:
    """Return the methods that a draft begins with: the labels, and the teacher's answers as the task has them."""
    if task == "classification":
        return list(EMPTY["methods"])
    if task == NEXT_TOKEN:
        return [{"method": "hard_labels", "weight": 0.5}, {"method": "token_kl", "weight": 0.5, "temperature": 1.0}]
    softened = {"temperature": 4.0} if task == "multi_label" else {}
    return [{"method": "hard_labels", "weight": 0.1}, {"method": task, "weight": 0.9, **softened}]


def fit_methods(value: Value, task: Task) -> None:
    """Let the usual methods of a task take the place of those of another one, if nobody has touched them."""
    if value["methods"] in [usual_methods(other) for other in TASKS]:
        value["methods"] = copied({"methods": usual_methods(task)})["methods"]


def swapped(value: Value) -> Value:
    """Return a draft in which teacher and student have changed places."""
    teacher, student = path_of(value, "teacher"), path_of(value, "student")
    return {**value, "teachers": [{"kind": "frozen", "path": student}], "student": {"path": teacher}}
