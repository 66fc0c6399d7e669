"""What happens while something long runs, as frozen values in one union.

Terminal, window and `events.jsonl` eat the same stream. A reader that meets `Resumed(step)` drops what it holds from
greater steps: the file is only appended to, and a run that was killed repeats the steps after its last checkpoint.
"""

import json
import re
import time
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from kdstudio.core.errors import Problem

Learner = str  # "student", "baseline", "peer1", "assistant1", "generation0" ...


def in_words(learner: Learner) -> str:
    """Return a learner's name as people say it: `peer 1`, `assistant 2`, `generation 0`, `student`."""
    return re.sub(r"(?<=[a-z])(?=\d)", " ", learner)


_set = {"ahead": time.time() - time.monotonic()}  # of the clock that only runs on


def _now() -> float:
    """Return the time in seconds since 1970; a clock that is set while a task goes on changes no duration in it."""
    return _set["ahead"] + time.monotonic()


def _set_now() -> float:
    """Return the time by the system's clock, as a task begins or goes on, and count on from there."""
    _set["ahead"] = time.time() - time.monotonic()
    return _now()


class _Event(BaseModel):
    model_config = ConfigDict(defer_build=True, frozen=True, extra="ignore")  # a newer writer may add fields
    time: float = Field(default_factory=_now)  # seconds since 1970


class Started(_Event):
    """A task begins; `total` is its number of steps over all learners."""

    event: Literal["started"] = "started"
    time: float = Field(default_factory=_set_now)
    task: str
    total: int = 0


class Paused(_Event):
    """The task waits until it is resumed."""

    event: Literal["paused"] = "paused"
    step: int


class Resumed(_Event):
    """The task goes on from `step`; what was reported for later steps is void."""

    event: Literal["resumed"] = "resumed"
    time: float = Field(default_factory=_set_now)
    step: int


class Progress(_Event):
    """`done` of `total` units of what is being done ("Reading data", "Scoring the teacher")."""

    event: Literal["progress"] = "progress"
    done: int
    total: int
    doing: str


class Advanced(_Event):
    """The run has done `step` of `total` optimizer steps (all learners together)."""

    event: Literal["advanced"] = "advanced"
    step: int
    total: int
    epoch: float = 0.0
    learner: Learner = "student"


class Staged(_Event):
    """Stage `number` (from 1) of `stages` begins: `learner` learns from `teacher`, "" where from labels alone."""

    event: Literal["staged"] = "staged"
    step: int
    number: int
    stages: int
    learner: Learner
    teacher: Learner = ""
    epochs: int


class Losses(_Event):
    """Means since the last report. `terms` has `total` and one `"{method}/{term}"` per loss term, unweighted."""

    event: Literal["losses"] = "losses"
    step: int
    epoch: float
    learner: Learner = "student"
    terms: dict[str, float]
    gradient_norms: dict[str, float] = {}
    learning_rate: float
    samples_per_second: float | None = None


class Evaluated(_Event):
    """A learner (or the teacher) was scored on a split; metrics as in summary.json."""

    event: Literal["evaluated"] = "evaluated"
    step: int
    epoch: float
    learner: Learner
    split: str
    metrics: dict[str, float | None]
    path: str = ""


class Glimpsed(_Event):
    """The pinned inputs were answered anew; row `row` of the array at `path` (rows, P, C) has the logits."""

    event: Literal["glimpsed"] = "glimpsed"
    step: int
    epoch: float
    learner: Learner
    index: list[int]
    path: str
    row: int


class Checkpointed(_Event):
    """A checkpoint stands on the disk; `best` says that it is the best on validation so far."""

    event: Literal["checkpointed"] = "checkpointed"
    step: int
    path: str
    best: bool = False
    learner: Learner = "student"


class Changed(_Event):
    """A value of the recipe was changed while the run was going on.

    It stays valid when a run goes on from an earlier step: the recipe's history makes the same change there again.
    `learner` is that of the stage in which it holds, and `epoch` is where on its curves.
    """

    event: Literal["changed"] = "changed"
    step: int = 0
    epoch: float = 0.0
    learner: Learner = "student"
    key: str
    old: Any = None
    new: Any = None


class Noticed(_Event):
    """Something that a person should know and that stops nothing."""

    event: Literal["noticed"] = "noticed"
    problem: Problem


class Stopped(_Event):
    """The task was stopped by request; a checkpoint stands at `path`."""

    event: Literal["stopped"] = "stopped"
    step: int
    path: str = ""


class Failed(_Event):
    """The task ended with an error."""

    event: Literal["failed"] = "failed"
    problem: Problem
    details: str = ""


class Finished(_Event):
    """The task is done; a training run gives its summary."""

    event: Literal["finished"] = "finished"
    summary: dict[str, Any] = {}


Event = (
    Started | Paused | Resumed | Progress | Advanced | Staged | Losses | Evaluated | Glimpsed | Checkpointed | Changed
    | Noticed | Stopped | Failed | Finished
)  # fmt: skip
_ADAPTER: TypeAdapter[Event] = TypeAdapter(
    Annotated[Event, Field(discriminator="event")], config=ConfigDict(defer_build=True)
)


def to_json(event: Event) -> str:
    """Return one line of JSON without the newline; absent numbers are null, never NaN."""
    return event.model_dump_json()


def from_json(line: str | bytes) -> Event:
    """Read one event; raises ValueError where the line is none."""
    return _ADAPTER.validate_json(line)


def from_value(value: dict[str, Any]) -> Event:
    """Read one event from a decoded JSON object; raises ValueError where it is none."""
    return _ADAPTER.validate_python(value)


def read(lines: Iterable[str]) -> list[Event]:
    """Return the valid history that `lines` of an `events.jsonl` tell: torn lines skipped, undone steps dropped."""
    history: list[Event] = []
    for line in lines:
        try:
            event = from_json(line)
        except (ValidationError, json.JSONDecodeError):
            continue
        append(history, event)
    return history


def append(history: list[Event], event: Event) -> None:
    """Add `event`; a `Resumed` first drops the events of greater steps, but for changes, which are made again."""
    if isinstance(event, Resumed):
        history[:] = [old for old in history if isinstance(old, Changed) or getattr(old, "step", 0) <= event.step]
    history.append(event)
