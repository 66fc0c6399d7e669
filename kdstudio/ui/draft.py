"""The recipe that is being written on the Setup page: a JSON value with undo, the items it names, and its check."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QUndoStack

from kdstudio.core.errors import Problem
from kdstudio.core.events import Event, Progress
from kdstudio.core.targets import Task
from kdstudio.data.dataset import Kind
from kdstudio.recipe.change import assign
from kdstudio.recipe.item import Item
from kdstudio.recipe.problems import Catalogue
from kdstudio.recipe.recipe import Recipe, parse
from kdstudio.ui.checked import Checked
from kdstudio.ui.draft_change import DraftChange
from kdstudio.ui.draft_value import (
    EMPTY,
    ROLES,
    Card,
    copied,
    fit,
    fit_methods,
    path_of,
    pinned_of,
    problems_of,
    refusal,
    sighted_kind,
    source_of,
    swapped,
    task_of,
    with_file,
)
from kdstudio.ui.engine_client import EngineClient

OPEN_QUESTIONS = ("trust", "architecture")  # problems of a file that a person can settle: it is kept
_PLACES = {"teacher": "teachers", "student": "student", "data": "data"}  # where a recipe has them


class Draft(QObject):
    """What a person is composing. Every change goes through `change`, so that every change can be undone."""

    changed = Signal()  # the value
    itemChanged = Signal(str)  # role: a card was filled or emptied
    progressed = Signal(str)  # role: the engine is further with looking at its file
    adapted = Signal(dict)  # the optimizer that came with the data, because nobody had chosen one
    refused = Signal(object)  # Problem: a chosen file cannot be opened, and what was there before is there again
    checked = Signal()
    previewed = Signal(dict)  # row, target, logits, class_names

    def __init__(self, engine: EngineClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self.catalogue = Catalogue()
        self.undo = QUndoStack(self)
        self.value: dict[str, Any] = copied(EMPTY)
        self.check: Checked | None = None
        self.is_checking = False
        self._cards = {role: Card() for role in ROLES}
        self._timer = QTimer(self, singleShot=True, interval=350)
        self._timer.timeout.connect(self._ask_check)
        self._check_number = 0
        self._choosing = ""  # the role that a person is choosing a file for
        engine.eventsArrived.connect(self._heard)

    def item(self, role: str) -> Item | None:
        """What was found at the path of a role, or None."""
        return self._cards[role].item

    def progress(self, role: str) -> Progress | None:
        """How far the engine is with looking at the file of a role, where it says so."""
        return self._cards[role].progress

    @property
    def is_complete(self) -> bool:
        """Whether data was chosen, and a teacher where a method needs one (a student there always is)."""
        return bool(self.value["data"]["path"] and (self.value["teachers"] or not self.needs_teacher))

    @property
    def needs_teacher(self) -> bool:
        """Whether a method of the draft asks a teacher; one that is not known yet counts as such."""
        known = (self.catalogue.method(choice["method"]) for choice in self.value["methods"])
        return any(entry is None or entry.needs_teacher for entry in known)

    @property
    def teacher_is_answers(self) -> bool:
        """Whether the teacher is a file of its answers, and no model."""
        return any(teacher.get("kind") == "stored" for teacher in self.value["teachers"])

    @property
    def temperature(self) -> float:
        """The training temperature: that of the first method with one, else 4."""
        return next((float(one["temperature"]) for one in self.value["methods"] if "temperature" in one), 4.0)

    def recipe(self) -> Recipe:
        """Return the draft as a recipe, or raise InvalidRecipe."""
        return parse(self.value)

    def problems(self) -> list[Problem]:
        """Return what is wrong with the values themselves, before the engine has looked."""
        return problems_of(self.value)

    def change(self, path: str, value: Any, words: str = "", *, typed: bool = False) -> None:
        """Set one value by its path (`epochs`, `methods.soft_targets.temperature`).

        What is `typed` into one field, pauses and all, is one step of undo until `end_typing`.
        """
        new = assign(self.value, f"{path}={json.dumps(value)}")
        self._push(new, words or f"Change {path}", path if typed else "")

    def end_typing(self) -> None:
        """The field was left: what is typed from now on is another step."""
        last = self.undo.command(self.undo.index() - 1)
        if isinstance(last, DraftChange):
            last.field = ""

    def replace(self, value: dict[str, Any], words: str = "Load recipe") -> None:
        """Set the whole value as one step that can be undone."""
        self._push(value, words)

    def set_path(self, role: str, path: Path, words: str = "", parts: Mapping[str, Path] | None = None) -> None:
        """Choose a file or folder for a role, and for data the files of its other parts; the engine looks at once.

        One that cannot be opened does not take the place of what was there before: `refused` says why.
        """
        former, is_taken = self.value, role == "student" or bool(self.path(role))
        value = with_file(self.value, role, path, parts or {})
        if role == "data" and (kind := sighted_kind(path)):
            fit(value, kind, self.catalogue)
        self._choosing = role
        self._adapt(value, words or f"Choose {role}")
        self._choosing = ""
        if is_taken:
            self._cards[role].former = former

    @property
    def kind(self) -> Kind | None:
        """What one input of the data is; None before that is known."""
        return (item.kind or None) if (item := self.item("data")) is not None else None

    def path(self, role: str) -> str:
        """Return the path of a role, empty where there is none."""
        return path_of(self.value, role)

    def has(self, role: str, path: str, parts: dict[str, str]) -> bool:
        """Whether a role has this file already, and data these files of its other parts."""
        own = source_of(self.value, role)
        return bool(own["path"] == path and (role != "data" or own["parts"] == parts))

    def pinned(self) -> tuple[int, ...]:
        """Return the validation rows that the next run will show as probes; empty where it chooses them itself."""
        return pinned_of(self.value)

    def pin(self, row: int, pinned: bool = True) -> None:
        """Pin a validation row as a probe of the next run, or let it go."""
        rows = [*(other for other in self.pinned() if other != row), *([row] if pinned else [])]
        self.replace({**self.value, "probes": rows or "auto"}, "Pin probe" if pinned else "Unpin probe")

    def start(self, value: dict[str, Any]) -> None:
        """Begin with another draft; what was before cannot be undone."""
        self.undo.clear()
        self._set(copied(value))
        self.undo.setClean()

    def forget_answers(self) -> None:
        """The engine died: nothing that was asked will be answered."""
        if self.is_checking:
            self.is_checking = False
            self.checked.emit()

    def can_swap(self) -> bool:
        """Whether teacher and student are both files, one each, and of models."""
        return bool(self.path("student")) and [t.get("kind", "frozen") for t in self.value["teachers"]] == ["frozen"]

    def swap(self) -> None:
        """Let teacher and student change places."""
        self.replace(swapped(self.value), "Swap teacher and student")

    @property
    def task(self) -> Task:
        """What is to be answered: as chosen, else as the data has it, or the teacher of data without labels."""
        return task_of(self.value, (self.item("data"), self.item("teacher")))

    def choose(self, path: str, value: str, words: str) -> None:
        """Take the data otherwise, by another column or as another task; what fits its task comes with it."""
        self._choosing = "data"
        self.change(path, value, words)
        self._choosing = ""

    def trust(self, digest: str) -> None:
        """Let the file with this digest run code when it is opened, and look again at what waits for that."""
        self._engine.ask("trust", lambda _answer: self._look_again(), digest=digest)

    def _look_again(self) -> None:
        for role in ROLES:
            if (item := self.item(role)) is not None and any(one.action == "trust" for one in item.problems):
                self._inspect(role)
        self.check_now()

    def preview(self, row: int) -> None:
        """Ask for the teacher's answer to a validation input; `previewed` brings it."""
        if self.is_complete and self.value["teachers"]:
            self._engine.ask("preview", self.previewed.emit, recipe=self.value, row=row)

    def check_now(self) -> None:
        """Check again, without waiting for typing to end."""
        self._timer.stop()
        self._ask_check()

    def _push(self, value: dict[str, Any], words: str, field: str = "") -> None:
        if value != self.value:
            self.undo.push(DraftChange(self._set, self.value, value, words, field))

    def _set(self, value: dict[str, Any]) -> None:
        before, self.value = self.value, value
        for role in ROLES:
            if source_of(value, role) != source_of(before, role):
                self._inspect(role)
        self.changed.emit()
        self._timer.start()

    def _inspect(self, role: str) -> None:
        card, source = self._cards[role], source_of(self.value, role)
        card.item = card.former = card.progress = None
        card.is_chosen = role == self._choosing
        self._engine.cancel(card.asked)
        self.itemChanged.emit(role)
        if source["path"]:
            card.asked = self._engine.ask("inspect", lambda answer: self._inspected(role, answer), **source)

    def _heard(self, ask: int, events: list[Event]) -> None:
        """Keep how far the engine is with looking at a file."""
        role = next((role for role, card in self._cards.items() if card.asked == ask and card.item is None), "")
        if role and (found := [event for event in events if isinstance(event, Progress)]):
            self._cards[role].progress = found[-1]
            self.progressed.emit(role)

    def _inspected(self, role: str, answer: dict[str, Any]) -> None:
        card, item = self._cards[role], Item.model_validate(answer)
        wrong = next((one for one in item.problems if one.severity == "error"), None)
        if wrong is not None and wrong.action not in OPEN_QUESTIONS and card.former is not None:
            self._put_back(role, card.former, wrong)
            return
        card.item, card.former = item, None
        if role in ("data", "teacher") and card.is_chosen:
            self._fit(role)
        self.itemChanged.emit(role)

    def _fit(self, role: str) -> None:
        """Where data or teacher turn out to be something else than they seemed, what does not fit gives way now."""
        value = copied(self.value)
        fit_methods(value, self.task)
        if role == "data":
            fit(value, self.kind or "", self.catalogue, self.task)
        self._adapt(value, "Fit the recipe to this data")

    def _adapt(self, value: dict[str, Any], words: str) -> None:
        """Set a value, and say it where another optimizer came with it."""
        has_other_optimizer = value.get("optimizer") != self.value.get("optimizer")
        self.replace(value, words)
        if has_other_optimizer:
            self.adapted.emit(value["optimizer"])

    def _put_back(self, role: str, former: dict[str, Any], wrong: Problem) -> None:
        """Let what had the role have it again, as if the file had never been chosen."""
        name, place = self.path(role), _PLACES[role]
        last = self.undo.command(self.undo.index() - 1)
        if isinstance(last, DraftChange) and last.old is former:
            last.is_void = True
            self.undo.undo()
        else:  # something else was changed meanwhile, or came with it
            self.replace({**self.value, place: former[place]}, f"Keep the {role}")
        self.refused.emit(refusal(role, name, self.path(role), wrong))

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
