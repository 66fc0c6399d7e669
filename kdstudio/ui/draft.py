"""The recipe that is being written on the Setup page: a JSON value with undo, the items it names, and its check."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from kdstudio.core.errors import InvalidRecipe, Problem
from kdstudio.recipe.change import assign
from kdstudio.recipe.item import Item
from kdstudio.recipe.problems import Catalogue
from kdstudio.recipe.recipe import Recipe, parse
from kdstudio.ui.engine_client import EngineClient

EMPTY: dict[str, Any] = {
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


@dataclass(frozen=True, slots=True)
class Checked:
    """The engine's answer about a draft: problems, what training would take, and facts for the cards."""

    problems: tuple[Problem, ...] = ()
    estimate: dict[str, Any] | None = None
    teacher: dict[str, Any] | None = None  # accuracy, accuracy_count, preprocessing
    student: dict[str, Any] | None = None  # an Item's fields
    data: dict[str, Any] | None = None  # counts, labelled

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that forbid to train."""
        return tuple(problem for problem in self.problems if problem.severity == "error")


@dataclass(slots=True)
class _Card:
    item: Item | None = None
    ask: int = 0


class Draft(QObject):
    """What a person is composing. Every change goes through `change`, so that every change can be undone."""

    changed = Signal()  # the value
    itemChanged = Signal(str)  # role: a card was filled or emptied
    checked = Signal()
    previewed = Signal(dict)  # row, target, logits, class_names

    def __init__(self, engine: EngineClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self.catalogue = Catalogue()
        self.undo = QUndoStack(self)
        self.value: dict[str, Any] = json.loads(json.dumps(EMPTY))
        self.check: Checked | None = None
        self.is_checking = False
        self._cards = {role: _Card() for role in ROLES}
        self._timer = QTimer(self, singleShot=True, interval=350)
        self._timer.timeout.connect(self._ask_check)
        self._check_number = 0

    def item(self, role: str) -> Item | None:
        """What was found at the path of a role, or None."""
        return self._cards[role].item

    @property
    def is_complete(self) -> bool:
        """Whether data was chosen, and a teacher where a method needs one (a student there always is)."""
        return bool(self.value["data"]["path"] and (self.value["teachers"] or not self.needs_teacher))

    @property
    def needs_teacher(self) -> bool:
        """Whether a method of the draft asks a teacher; one that is not known yet counts as such."""
        known = [self.catalogue.method(choice["method"]) for choice in self.value["methods"]]
        return any(entry is None or entry.needs_teacher for entry in known)

    @property
    def temperature(self) -> float:
        """The training temperature: that of the first method with one, else 4."""
        for choice in self.value["methods"]:
            if "temperature" in choice:
                return float(choice["temperature"])
        return 4.0

    def recipe(self) -> Recipe:
        """Return the draft as a recipe, or raise InvalidRecipe."""
        return parse(self.value)

    def problems(self) -> list[Problem]:
        """Return what is wrong with the values themselves, before the engine has looked."""
        try:
            self.recipe()
        except InvalidRecipe as error:
            return error.problems
        return []

    def change(self, path: str, value: Any, words: str = "") -> None:
        """Set one value by its path (`epochs`, `methods.soft_targets.temperature`)."""
        self.replace(assign(self.value, f"{path}={json.dumps(value)}"), words or f"Change {path}")

    def replace(self, value: dict[str, Any], words: str = "Load recipe") -> None:
        """Set the whole value as one step that can be undone."""
        if value != self.value:
            self.undo.push(_Change(self, self.value, value, words))

    def set_path(self, role: str, path: Path, words: str = "") -> None:
        """Choose a file or folder for a role; the engine looks at it at once."""
        value = json.loads(json.dumps(self.value))
        if role == "teacher":
            value["teachers"] = [{"kind": "frozen", "path": str(path)}]
        elif role == "student":
            value["student"] = {"path": str(path)}
        else:
            value["data"] = {**value["data"], "path": str(path)}
        self.replace(value, words or f"Choose {role}")

    def set_student(self, architecture: str, knobs: dict[str, Any]) -> None:
        """Choose a new student of an architecture."""
        self.replace({**self.value, "student": {"architecture": architecture, "knobs": knobs}}, "Choose student")

    def path(self, role: str) -> str:
        """Return the path of a role, empty where there is none."""
        if role == "teacher":
            return str(self.value["teachers"][0]["path"]) if self.value["teachers"] else ""
        return str(self.value[role].get("path") or "")

    def pinned(self) -> tuple[int, ...]:
        """Return the validation rows that the next run will show as probes; empty where it chooses them itself."""
        probes = self.value.get("probes", "auto")
        return tuple(probes) if isinstance(probes, list | tuple) else ()

    def pin(self, row: int, pinned: bool = True) -> None:
        """Pin a validation row as a probe of the next run, or let it go."""
        rows = [other for other in self.pinned() if other != row] + ([row] if pinned else [])
        self.replace({**self.value, "probes": rows or "auto"}, "Pin probe" if pinned else "Unpin probe")

    def start(self, value: dict[str, Any]) -> None:
        """Begin with another draft; what was before cannot be undone."""
        self.undo.clear()
        self._set(json.loads(json.dumps(value)))
        self.undo.setClean()

    def forget_answers(self) -> None:
        """The engine died: nothing that was asked will be answered."""
        if self.is_checking:
            self.is_checking = False
            self.checked.emit()

    def can_swap(self) -> bool:
        """Whether teacher and student are both files."""
        return bool(self.path("teacher") and self.path("student"))

    def swap(self) -> None:
        """Let teacher and student change places."""
        teacher, student = self.path("teacher"), self.path("student")
        value = {**self.value, "teachers": [{"kind": "frozen", "path": student}], "student": {"path": teacher}}
        self.replace(value, "Swap teacher and student")

    def preview(self, row: int) -> None:
        """Ask for the teacher's answer to a validation input; `previewed` brings it."""
        if self.is_complete and self.value["teachers"]:
            self._engine.ask("preview", self.previewed.emit, recipe=self.value, row=row)

    def check_now(self) -> None:
        """Check again, without waiting for typing to end."""
        self._timer.stop()
        self._ask_check()

    def _set(self, value: dict[str, Any]) -> None:
        before = {role: self.path(role) for role in ROLES}
        self.value = value
        for role in ROLES:
            if self.path(role) != before[role]:
                self._inspect(role)
        self.changed.emit()
        self._timer.start()

    def _inspect(self, role: str) -> None:
        card, path = self._cards[role], self.path(role)
        card.item = None
        self.itemChanged.emit(role)
        if path:
            card.ask = self._engine.ask("inspect", lambda answer: self._inspected(role, path, answer), path=path)

    def _inspected(self, role: str, path: str, answer: dict[str, Any]) -> None:
        if self.path(role) == path:
            self._cards[role].item = Item.model_validate(answer)
            self.itemChanged.emit(role)

    def _ask_check(self) -> None:
        self._check_number += 1
        number = self._check_number
        if not self.is_complete or self.problems():
            self.check, self.is_checking = Checked(tuple(self.problems())) if self.is_complete else None, False
            self.checked.emit()
            return
        self.is_checking = True
        self.checked.emit()
        self._engine.ask(
            "check",
            lambda answer: self._take_check(number, answer),
            lambda problems, _details: self._take_check(number, {"problems": [p.model_dump() for p in problems]}),
            recipe=self.value,
        )

    def _take_check(self, number: int, answer: dict[str, Any]) -> None:
        if number != self._check_number:
            return
        problems = tuple(Problem.model_validate(value) for value in answer.pop("problems"))
        self.check, self.is_checking = Checked(problems=problems, **answer), False
        self.checked.emit()


class _Change(QUndoCommand):
    def __init__(self, draft: Draft, old: dict[str, Any], new: dict[str, Any], words: str) -> None:
        super().__init__(words)
        self._draft, self._old, self._new = draft, old, new

    def undo(self) -> None:
        self._draft._set(self._old)

    def redo(self) -> None:
        self._draft._set(self._new)


def student_items(catalogue: Catalogue) -> list[tuple[str, str]]:
    """Return (name, title) of every architecture that can be built, for a combo box."""
    return [(entry.name, entry.title) for entry in catalogue.students]
