"""Events are drained a little at a time, in order, the newest of a kind winning where only the newest counts."""

import json
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from kdstudio.ui.event_pump import EventPump


def line(**message: Any) -> bytes:
    return json.dumps(message).encode() + b"\n"


def advanced(step: int) -> bytes:
    return line(id=1, event={"event": "advanced", "time": 0, "step": step, "total": 100})


def losses(step: int) -> bytes:
    terms = {"total": 1.0 / (step + 1)}
    value = {"event": "losses", "time": 0, "step": step, "epoch": 0, "terms": terms, "learning_rate": 0.1}
    return line(id=1, event=value)


@pytest.fixture
def pump(qtbot: QtBot) -> EventPump:
    return EventPump()


def test_that_progress_is_coalesced_and_measurements_are_not(pump: EventPump, qtbot: QtBot) -> None:
    with qtbot.waitSignal(pump.eventsArrived) as told:
        for step in range(50):
            pump.feed(advanced(step) + losses(step))
    _, events = told.args
    assert [event.step for event in events if event.event == "losses"] == list(range(50))
    assert [event.step for event in events if event.event == "advanced"] == [49]


def test_that_an_answer_comes_after_the_events_before_it(pump: EventPump, qtbot: QtBot) -> None:
    order: list[str] = []
    pump.eventsArrived.connect(lambda _ask, events: order.extend(event.event for event in events))
    pump.answered.connect(lambda _ask, _message: order.append("answer"))
    pump.feed(losses(1) + line(id=1, answer={}) + losses(2))
    qtbot.waitUntil(lambda: len(order) == 3)
    assert order == ["losses", "answer", "losses"]


def test_that_torn_and_foreign_lines_are_survived(pump: EventPump, qtbot: QtBot) -> None:
    whole = losses(7)
    with qtbot.waitSignal(pump.eventsArrived) as told:
        pump.feed(b"not json\n[1, 2]\n" + line(id=1, event={"event": "of a newer version"}) + whole[:9])
        pump.feed(whole[9:])
    assert [event.step for event in told.args[1]] == [7]


def test_that_a_flood_leaves_the_window_its_time(pump: EventPump, qtbot: QtBot) -> None:
    taken: list[int] = []
    pump.eventsArrived.connect(lambda _ask, events: taken.append(len(events)))
    for step in range(4000):
        pump.feed(losses(step))
    qtbot.waitUntil(lambda: sum(taken) == 4000, timeout=20_000)
    assert len(taken) > 1, "one tick must not take everything"
