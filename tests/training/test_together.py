"""Processes that train together do what one of them was asked for; here it is the only one."""

from pathlib import Path

from kdstudio.core.events import Advanced, Changed, Checkpointed, Event, Paused, Resumed, Stopped
from kdstudio.recipe.recipe import Recipe, parse, read_json
from kdstudio.training.control import Control, together
from kdstudio.training.group import ALONE
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
