"""A loss that is no longer a number: found at its step, told, and gone on from."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from kdstudio.core.errors import InvalidRecipe, TrainingDiverged
from kdstudio.core.events import Advanced, Changed, Losses
from kdstudio.core.layout import RunFolder
from kdstudio.recipe.choices import Change
from kdstudio.recipe.recipe import Recipe, parse, read_json
from kdstudio.training.control import Control, controlled
from kdstudio.training.distill import distill
from kdstudio.training.run import resume, train
from kdstudio.training.setup import prepare
from tests.small_task import finish, result
from tests.training.conftest import SOFT, recipe

RATE = "optimizer.learning_rate"


@pytest.fixture
def steep(digits: Path, teacher: Path) -> Recipe:
    """22 steps an epoch; from step 40 on the learning rate is far too large."""
    asked = recipe(digits, teachers=[{"path": str(teacher)}], methods=list(SOFT), schedule={"name": "constant"})
    change = Change(step=40, key=RATE, value=10.0)
    big = {"architecture": "mlp", "knobs": {"hidden": [32, 32, 32, 32]}}
    value = asked.to_value() | {"student": big, "optimizer": {"name": "sgd", "learning_rate": 0.05, "momentum": 0.9}}
    return parse(value | {"epochs": 6, "history": [change.model_dump(mode="json")]})


def broken(asked: Recipe, folder: Path, *, save_at: int) -> TrainingDiverged:
    """Train, with a checkpoint at a step, until the loss is no number; return what was told."""
    control = Control()
    with pytest.raises(TrainingDiverged) as told:  # noqa: PT012
        for event in controlled(train(asked, folder), control):
            if isinstance(event, Advanced) and event.step == save_at:
                control.pause()
            if event.event == "paused":
                control.resume()
    return told.value


def last(folder: Path, name: str) -> dict[str, torch.Tensor]:
    return load_file(RunFolder(folder).checkpoint("last") / f"{name}.safetensors")


def test_that_it_stops_with_the_step_the_term_and_a_checkpoint_of_numbers(steep: Recipe, tmp_path: Path) -> None:
    told = broken(steep, tmp_path, save_at=30)
    assert "no longer a number since step" in told.message
    assert "hard_labels/" in told.message
    assert "learning rate of 10" in told.hint
    assert told.rate == 1.0
    assert [(p.action, p.value, p.where) for p in told.problems] == [("slower", 1.0, str(tmp_path))]
    assert all(bool(torch.isfinite(one).all()) for one in last(tmp_path, "student").values())


def test_that_it_goes_on_from_the_checkpoint_with_a_lower_rate_and_can_be_replayed(
    steep: Recipe, tmp_path: Path
) -> None:
    broken(steep, tmp_path / "run", save_at=30)
    seen, summary = finish(resume(tmp_path / "run", changes=[Change(step=0, key=RATE, value=0.02)]))
    assert summary["student"]["accuracy"] > 0.5
    assert [(e.key, e.new) for e in seen if isinstance(e, Changed)] == [(RATE, 0.02)]
    assert max(e.learning_rate for e in seen if isinstance(e, Losses)) == 0.02
    kept = parse(read_json(tmp_path / "run" / "recipe.json"))
    # the checkpoint is of the baseline's turn, at its step 9; the student stands at 21. The change of step 40 is void.
    assert [(one.step, one.learner, one.value) for one in kept.history] == [(9, "baseline", 0.02), (21, "", 0.02)]
    finish(train(kept, tmp_path / "again"))
    for name in ("student", "baseline"):
        one, other = last(tmp_path / "run", name), last(tmp_path / "again", name)
        assert all(torch.equal(one[key], other[key]) for key in one)


@pytest.mark.slow
def test_that_it_goes_on_from_the_beginning_where_nothing_was_saved(steep: Recipe, tmp_path: Path) -> None:
    early = steep.model_copy(update={"history": (Change(step=3, key=RATE, value=10.0),)})
    broken(early, tmp_path, save_at=-1)
    assert not RunFolder(tmp_path).checkpoint("last").exists()
    assert result(resume(tmp_path, changes=[Change(step=0, key=RATE, value=0.02)]))["student"]["accuracy"] > 0.5


def test_that_a_change_that_cannot_be_made_is_refused_before_anything_is_read(steep: Recipe, tmp_path: Path) -> None:
    broken(steep, tmp_path, save_at=30)
    with pytest.raises(InvalidRecipe, match="cannot be changed in a run"):
        finish(resume(tmp_path, changes=[Change(step=0, key="epochs", value=3)]))


def test_that_inputs_that_are_no_numbers_are_named_by_their_rows(steep: Recipe, tmp_path: Path) -> None:
    setup = result(prepare(steep, tmp_path))
    bad = sorted(int(setup.train.index[position]) for position in (3, 11))
    inputs = setup.train.inputs.float()
    inputs[[3, 11]] = float("nan")
    setup.train = replace(setup.train, inputs=inputs)
    with pytest.raises(TrainingDiverged) as told:
        finish(distill(setup))
    named = np.array([int(word) for word in told.value.hint.split(" of the")[0].removeprefix("Inputs ").split(",")])
    assert set(named) <= set(bad)
    assert "hold values that are no numbers" in told.value.hint
    assert told.value.rate is None  # a lower learning rate would not help


def test_that_a_fused_optimizer_leaves_the_weights_at_the_last_good_step(steep: Recipe, tmp_path: Path) -> None:
    setup = result(prepare(steep, tmp_path))
    with pytest.raises(TrainingDiverged):
        finish(distill(setup))
    assert all(bool(torch.isfinite(one).all()) for one in setup.student.module.parameters())
