"""A device that stops working while it trains: the run ends cleanly and goes on on another one."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from kdstudio.core.errors import DeviceLost
from kdstudio.core.events import Resumed
from kdstudio.core.layout import RunFolder
from kdstudio.methods.losses import cross_entropy
from kdstudio.project.run import Run
from kdstudio.project.store import recorded
from kdstudio.recipe.choices import Change
from kdstudio.recipe.recipe import Recipe, parse, read_json
from kdstudio.training.devices import Abandoned
from kdstudio.training.distill import distill
from kdstudio.training.faults import is_device_lost, told
from kdstudio.training.run import resume, train
from kdstudio.training.setup import prepare
from tests.small_task import finish, result
from tests.training.conftest import recipe

LOST = "CUDA error: unspecified launch failure\nCUDA kernel errors might be asynchronously reported"


@pytest.fixture
def asked(digits: Path) -> Recipe:
    return recipe(digits, epochs=4, precision="float32")


def test_that_errors_of_a_lost_device_are_told_from_others() -> None:
    assert is_device_lost(torch.AcceleratorError(LOST))
    assert is_device_lost(RuntimeError("CUDA error: device-side assert triggered"))
    assert not is_device_lost(torch.AcceleratorError("CUDA error: out of memory"))
    assert not is_device_lost(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    with pytest.raises(IndexError) as raised:
        cross_entropy(torch.zeros(2, 3), torch.tensor([0, 7]))
    assert not is_device_lost(raised.value)


def test_that_a_lost_device_keeps_the_checkpoint_and_the_run_goes_on_on_the_cpu(asked: Recipe, tmp_path: Path) -> None:
    folder, steps = tmp_path / "run", iter(range(10**6))

    def lose(module: torch.nn.Module, _given: object) -> None:
        if module.training and next(steps) == 60:
            raise torch.AcceleratorError(LOST)

    setup = result(prepare(asked, folder))
    setup.student.module.register_forward_pre_hook(lose)
    with pytest.raises(DeviceLost, match="cpu is no longer available") as told:
        finish(recorded(folder, distill(setup)))
    (problem,) = told.value.problems
    assert (problem.action, problem.value, problem.where) == ("device", "cpu", str(folder))
    assert "unspecified launch failure." in problem.hint
    assert "asynchronously" not in problem.hint
    assert Run(folder).status.state == "failed"
    seen, _ = finish(recorded(folder, resume(folder, changes=[Change(step=0, key="device", value="cpu")])))
    assert any(isinstance(event, Resumed) and event.step > 0 for event in seen)
    finish(train(asked, tmp_path / "untouched"))
    one, other = (
        load_file(RunFolder(tmp_path / x).checkpoint("last") / "student.safetensors") for x in ("run", "untouched")
    )
    assert all(torch.equal(one[key], other[key]) for key in one)


def test_that_a_run_moves_to_the_device_it_is_told_and_leaves_half_precision(asked: Recipe, tmp_path: Path) -> None:
    """Its recipe says another device, as a run that was started on a GPU does."""
    import json

    folder = tmp_path / "run"
    finish(recorded(folder, train(asked, folder)))
    place = RunFolder(folder)
    place.recipe.write_text(json.dumps(read_json(place.recipe) | {"device": "cuda:7", "precision": "float16"}))
    place.status.unlink()
    finish(recorded(folder, resume(folder, changes=[Change(step=0, key="device", value="cpu")])))
    kept = parse(read_json(place.recipe))
    assert (kept.device, kept.precision) == ("cpu", "float32")


@pytest.mark.parametrize("said", ["[/src/gloo/transport/tcp/pair.cc:537] Read error: Connection reset", "NCCL error"])
def test_that_a_process_that_has_ended_is_told_by_the_others(asked: Recipe, tmp_path: Path, said: str) -> None:
    assert isinstance(told(RuntimeError(said), asked, tmp_path), Abandoned)
    assert told(RuntimeError("mat1 and mat2 shapes cannot be multiplied"), asked, tmp_path) is None
