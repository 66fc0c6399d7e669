"""Processes that train together do what one of them was asked for; here it is the only one."""

import itertools
import time
from collections.abc import Generator, Sequence
from pathlib import Path

import pytest

from kdstudio.core.events import Advanced, Changed, Checkpointed, Event, Paused, Resumed, Stopped
from kdstudio.recipe.recipe import Recipe, parse, read_json
from kdstudio.training.control import Control, together
from kdstudio.training.group import ALONE, Group
from kdstudio.training.run import train


def test_that_they_pause_at_a_checkpoint_take_a_change_and_stop(soft: Recipe, tmp_path: Path) -> None:
    control, seen = Control(), list[Event]()
    for event in together(train(soft.model_copy(update={"epochs": 1000}), tmp_path / "run"), control, ALONE):
        seen.append(event)
        if isinstance(event, Advanced) and event.step == 1:
            control.pause()
        elif isinstance(event, Paused):
            control.change("optimizer.learning_rate", 0.01)
            control.resume()
        elif isinstance(event, Changed):
            control.stop(report=False)
    kinds = [type(event) for event in seen]
    paused = kinds.index(Paused)
    assert kinds[paused - 1] is Checkpointed
    assert kinds[paused + 1] is Resumed
    assert kinds.index(Changed) > paused
    assert kinds[-1] is Stopped
    assert parse(read_json(tmp_path / "run" / "recipe.json")).history[0].value == 0.01


def test_that_they_agree_about_twice_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    now, asked = 0.0, list[float]()

    class Asked(Group):
        def greatest(self, numbers: Sequence[int]) -> list[int]:
            asked.append(now)
            return [*numbers]

    def steps() -> Generator[Event, object, None]:
        nonlocal now
        for step in range(1, 101):
            now += 0.1
            yield Advanced(step=step, total=100, epoch=0.0, learner="student")

    monkeypatch.setattr(time, "monotonic", lambda: now)
    assert len([*together(steps(), Control(), Asked())]) == 100
    assert [round(other - one, 1) for one, other in itertools.pairwise(asked)][2:] == [0.5] * (len(asked) - 3)
    assert len(asked) > 15
