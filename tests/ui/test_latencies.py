"""What is asked of the engine, how often, and what is said of its answers."""

from collections.abc import Callable
from typing import Any

import pytest

from kdstudio.core.errors import Problem
from kdstudio.ui.draft import Draft
from kdstudio.ui.engine_client import EngineClient
from kdstudio.ui.latencies import Latencies, milliseconds

MEASURED = {"latency_ms": 1.234, "latency_note": "median of 300 answers, 1 CPU thread"}


class Engine(EngineClient):
    """One that is asked and keeps its answers back."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.answers: list[Callable[..., None]] = []
        self.problems: list[Callable[..., None]] = []

    def ask(self, name: str, on_answer=None, on_problems=None, **arguments: Any) -> int:
        self.asked.append((name, arguments))
        self.answers.append(on_answer)
        self.problems.append(on_problems)
        return len(self.asked)


@pytest.fixture
def engine(qapp: object) -> Engine:
    return Engine()


@pytest.fixture
def draft(engine: Engine) -> Draft:
    made = Draft(engine)
    made.value["teachers"] = [{"kind": "frozen", "path": "/a/teacher.onnx"}]
    return made


@pytest.fixture
def told(engine: Engine, draft: Draft) -> tuple[Latencies, list[tuple[str, str]]]:
    latencies, heard = Latencies(draft, engine), []
    latencies.arrived.connect(lambda role, words: heard.append((role, words)))
    return latencies, heard


def test_that_a_file_is_measured_once(engine: Engine, told) -> None:
    latencies, heard = told
    latencies.ask("teacher")
    assert engine.asked == [("latency", {"path": "/a/teacher.onnx", "code": "", "arch": "", "knobs": {}})]
    engine.answers[0](MEASURED)
    latencies.ask("teacher")
    assert len(engine.asked) == 1
    assert heard == [("teacher", "1.2 ms (median of 300 answers, 1 CPU thread)")] * 2


def test_that_a_new_student_is_measured_again_when_it_has_changed(engine: Engine, draft: Draft, told) -> None:
    latencies, heard = told
    latencies.ask("student")
    assert engine.asked[0][1] == {"recipe": draft.value}
    engine.answers[0](MEASURED)
    draft.value = {**draft.value, "epochs": 7}
    latencies.ask("student")
    assert len(engine.asked) == 1
    draft.value = {**draft.value, "student": {"architecture": "mlp"}}
    latencies.ask("student")
    assert len(engine.asked) == 2
    assert [role for role, _ in heard] == ["student", "student"]


def test_that_what_was_not_measured_is_said_and_asked_again(engine: Engine, told) -> None:
    latencies, heard = told
    latencies.ask("teacher")
    engine.answers[0]({"latency_ms": None, "latency_note": "not measured while a run is going on"})
    latencies.ask("teacher")
    engine.problems[1]([Problem(message="the file is gone", hint="")], "")
    assert len(engine.asked) == 2
    assert heard == [
        ("teacher", "not measured while a run is going on"),
        ("teacher", "not measured: the file is gone"),
    ]


def test_that_times_are_written_as_people_do() -> None:
    assert [milliseconds(ms) for ms in (0.1234, 4.27, 42.4, 249.9, 1230.0)] == [
        "0.12 ms", "4.3 ms", "42 ms", "250 ms", "1.2 s",
    ]  # fmt: skip
