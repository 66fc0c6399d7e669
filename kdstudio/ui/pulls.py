"""How strongly each method of the draft would pull at the student: asked of the engine once the draft is sound."""

import json
from typing import Any

from PySide6.QtCore import QObject, Signal

from kdstudio.core.errors import Problem
from kdstudio.ui.draft import Draft
from kdstudio.ui.engine_client import EngineClient

_DEPENDS = ("data", "task", "teachers", "blend", "student", "stages", "methods", "augmentation", "batch_size", "seed")


class Pulls(QObject):
    """Another draft gives up what is being measured for the one before it."""

    arrived = Signal()

    def __init__(self, draft: Draft, engine: EngineClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._draft, self._engine = draft, engine
        self._key, self._number = "", 0
        self.shares: tuple[float, ...] = ()  # one a method of the draft; () where nothing was measured (yet)
        self.problems: tuple[Problem, ...] = ()
        self.is_measuring = False
        draft.changed.connect(self._look)
        draft.checked.connect(self._ask)
        engine.died.connect(lambda _how: self._forget(is_measuring=False))

    def problem(self, at: int) -> Problem | None:
        """Return what is wrong with how strong a method is."""
        return next((problem for problem in self.problems if problem.where == f"methods[{at}]"), None)

    def _look(self) -> None:
        if self._key and self._key != self._key_now():
            self._forget(is_measuring=True)  # as soon as the draft is checked

    def _forget(self, *, is_measuring: bool) -> None:
        self._engine.cancel(self._number)
        self._key, self.shares, self.problems, self.is_measuring = "", (), (), is_measuring
        self.arrived.emit()

    def _ask(self) -> None:
        """Measure what was found sound, once."""
        draft, key = self._draft, self._key_now()
        if draft.is_checking or key == self._key:
            return
        is_sound = draft.check is not None and not draft.check.errors
        if not is_sound or not self._engine.is_running or len(draft.value["methods"]) < 2:
            self._forget(is_measuring=False)
            return
        self._engine.cancel(self._number)
        self._key, self.is_measuring = key, True
        self._number = self._engine.ask("pulls", self._take, lambda *_: self._take({}), recipe=draft.value)
        self.arrived.emit()

    def _take(self, answer: dict[str, Any]) -> None:
        self.is_measuring = False
        self.shares = tuple(answer.get("shares", ()))
        self.problems = tuple(Problem.model_validate(value) for value in answer.get("problems", ()))
        if not self.shares and answer.get("note", "").startswith("Not measured"):
            self._key = ""  # a run was in the way: the next check asks again
        self.arrived.emit()

    def _key_now(self) -> str:
        return json.dumps([self._draft.value.get(name) for name in _DEPENDS], sort_keys=True)
