"""The event stream: JSON round trip, torn lines, and what `Resumed` makes void."""

import typing

import pytest

from kdstudio.core import events
from kdstudio.core.errors import Problem

EXAMPLES = {
    "started": {"task": "train", "total": 10},
    "paused": {"step": 3},
    "resumed": {"step": 3},
    "progress": {"done": 1, "total": 2, "doing": "Reading"},
    "advanced": {"step": 1, "total": 10},
    "staged": {"step": 0, "number": 1, "stages": 2, "learner": "assistant1", "epochs": 3},
    "losses": {"step": 1, "epoch": 0.1, "terms": {"total": 1.5}, "learning_rate": 0.1},
    "evaluated": {"step": 1, "epoch": 1, "learner": "student", "split": "validation", "metrics": {"accuracy": None}},
    "glimpsed": {"step": 1, "epoch": 0.5, "learner": "student", "index": [1, 2], "path": "p", "row": 0},
    "checkpointed": {"step": 1, "path": "p"},
    "changed": {"key": "epochs", "old": 1, "new": 2},
    "noticed": {"problem": Problem(message="m", hint="h", severity="warning")},
    "stopped": {"step": 1},
    "failed": {"problem": Problem(message="m")},
    "finished": {"summary": {"student": {"accuracy": 0.5}}},
}
KINDS = {kind.model_fields["event"].default: kind for kind in typing.get_args(events.Event)}


def test_that_every_kind_of_event_has_an_example() -> None:
    assert set(KINDS) == set(EXAMPLES)


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_that_an_event_survives_json(name: str) -> None:
    event = KINDS[name](**EXAMPLES[name])
    assert events.from_json(events.to_json(event)) == event


def losses(step: int) -> events.Losses:
    return events.Losses(step=step, epoch=step / 10, terms={}, learning_rate=0.1)


def test_that_resuming_drops_what_came_later_and_torn_lines_are_skipped() -> None:
    lines = [events.to_json(losses(step)) for step in (1, 2, 3, 4)]
    lines.append(events.to_json(losses(5))[:40])
    lines.append(events.to_json(events.Resumed(step=2)))
    lines.append(events.to_json(losses(3)))
    steps = [event.step for event in events.read(lines) if isinstance(event, events.Losses)]
    assert steps == [1, 2, 3]


def test_that_a_newer_writers_fields_are_ignored_and_unknown_kinds_skipped() -> None:
    lines = ['{"event":"paused","step":1,"mood":"good"}', '{"event":"invented","step":1}', "[]", "null", ""]
    assert [event.event for event in events.read(lines)] == ["paused"]


def test_that_a_learner_has_a_name_in_words() -> None:
    assert [events.in_words(name) for name in ("student", "peer1", "assistant12", "generation0")] == [
        "student", "peer 1", "assistant 12", "generation 0",
    ]  # fmt: skip
