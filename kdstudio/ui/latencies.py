"""How long teacher and student take for one input: asked of the engine when somebody wants to know."""

import json
from typing import Any

from PySide6.QtCore import QObject, Signal

from kdstudio.core.errors import Problem
from kdstudio.ui.draft import Draft
from kdstudio.ui.draft_value import said
from kdstudio.ui.engine_client import EngineClient

WAITING = "measuring…"


class Latencies(QObject):
    """Measured once for each model; asked again where a run was in the way."""

    arrived = Signal(str, str)  # role, in words

    def __init__(self, draft: Draft, engine: EngineClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._draft, self._engine = draft, engine
        self._known: dict[str, str] = {}

    def ask(self, role: str) -> None:
        """Find out about the teacher or the student of the draft; `arrived` tells what comes of it."""
        question = self._question(role)
        made_of = ("data", "teachers", "student")  # of all that a recipe says, what a student depends on
        key = json.dumps(question.get("path") or [self._draft.value[name] for name in made_of], sort_keys=True)
        if key in self._known:
            self.arrived.emit(role, self._known[key])
            return
        self._engine.ask(
            "latency",
            lambda answer: self._take(role, key, answer),
            lambda problems, _details: self._refused(role, problems),
            **question,
        )

    def _question(self, role: str) -> dict[str, Any]:
        """A file is asked about as it is; a student that is made for the data needs the whole recipe."""
        value = self._draft.value
        choice = value["teachers"][0] if role == "teacher" else value["student"]
        if choice.get("path"):
            return {"path": choice["path"], **said(choice)}
        return {"recipe": value}

    def _take(self, role: str, key: str, answer: dict[str, Any]) -> None:
        took, how = answer["latency_ms"], answer["latency_note"]
        words = how if took is None else f"{milliseconds(took)} ({how})"
        if took is not None:
            self._known[key] = words
        self.arrived.emit(role, words)

    def _refused(self, role: str, problems: list[Problem]) -> None:
        self.arrived.emit(role, f"not measured: {problems[0].message}")


def milliseconds(took: float) -> str:
    """Return `0.12 ms`, `4.3 ms`, `250 ms`, `1.2 s`."""
    if took >= 999.5:
        return f"{took / 1000:.2g} s"
    return f"{took:.0f} ms" if took >= 100 else f"{took:.2g} ms"
