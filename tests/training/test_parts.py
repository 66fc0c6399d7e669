"""A batch that does not fit into memory is learned in parts."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from kdstudio.core.errors import OutOfMemory
from kdstudio.core.events import Advanced, Losses, Noticed
from kdstudio.core.layout import RunFolder
from kdstudio.models.values import Batch, Mixture
from kdstudio.recipe.recipe import Recipe
from kdstudio.training.control import StopRequested
from kdstudio.training.distill import distill
from kdstudio.training.run import resume
from kdstudio.training.setup import Setup, prepare
from tests.small_task import finish, result
from tests.training.conftest import SOFT, recipe


@pytest.fixture
def asked(digits: Path, teacher: Path) -> Recipe:
    """With labels for 300 of the inputs alone, which fall unevenly into the parts of a batch."""
    plain = {"architecture": "mlp", "knobs": {"hidden": [32]}}
    data = {"path": str(digits), "validation": 0.2, "labelled": 300}
    return recipe(digits, data=data, student=plain, teachers=[{"path": str(teacher)}], methods=list(SOFT), epochs=2)


def narrowed(asked: Recipe, folder: Path, room: int) -> Setup:
    """A run on a device with room for so many inputs at once while a learner learns."""

    def refuse(module: nn.Module, given: tuple[torch.Tensor, ...]) -> None:
        if module.training and len(given[0]) > room:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    setup = result(prepare(asked, folder))
    for model in (setup.student, setup.baseline):
        model.module.register_forward_pre_hook(refuse)
    return setup


def weights(folder: Path) -> dict[str, torch.Tensor]:
    found = RunFolder(folder).checkpoint("last")
    return {
        f"{name}/{key}": value
        for name in ("student", "baseline")
        for key, value in load_file(found / f"{name}.safetensors").items()
    }


def near(first: Path, second: Path) -> bool:
    one, other = weights(first), weights(second)
    return one.keys() == other.keys() and all(torch.allclose(one[k], other[k], atol=2e-5) for k in one)


def test_that_the_result_is_the_same_but_for_rounding_and_the_person_is_told(asked: Recipe, tmp_path: Path) -> None:
    whole, _ = finish(distill(result(prepare(asked, tmp_path / "whole"))))
    parted, _ = finish(distill(narrowed(asked, tmp_path / "parted", room=20)))
    told = [event.problem.message for event in parted if isinstance(event, Noticed)]
    assert told == [
        "batch 64 does not fit into memory, so each step learns it in parts of at most 32 inputs",
        "batch 64 does not fit into memory, so each step learns it in parts of at most 16 inputs",
    ]
    assert near(tmp_path / "whole", tmp_path / "parted")
    for one, other in zip(*([e for e in seen if isinstance(e, Losses)] for seen in (whole, parted)), strict=True):
        assert other.terms == pytest.approx(one.terms, rel=1e-4)


def test_that_the_parts_survive_a_resume(asked: Recipe, tmp_path: Path) -> None:
    events = distill(narrowed(asked, tmp_path, room=32))
    for event in events:
        if isinstance(event, Advanced) and event.step == 25:
            break
    assert [events.throw(StopRequested(report=False)), *events]
    state = torch.load(RunFolder(tmp_path).checkpoint("last") / "state", weights_only=True)  # noqa: TID251
    assert [one["most"] for one in state["learners"].values()] == [32, 32]
    seen, _ = finish(distill(narrowed(asked, tmp_path, room=32), resume=True))
    assert not any(isinstance(event, Noticed) and "memory" in event.problem.message for event in seen)


def test_that_one_input_that_does_not_fit_is_a_clear_stop(asked: Recipe, tmp_path: Path) -> None:
    with pytest.raises(OutOfMemory, match="even one input does not fit") as told:
        finish(distill(narrowed(asked, tmp_path, room=0)))
    assert "smaller student" in told.value.hint


def test_that_a_method_that_compares_inputs_says_that_it_needs_the_whole_batch(asked: Recipe, tmp_path: Path) -> None:
    methods = [{"method": "dist"}]
    with pytest.raises(OutOfMemory) as told:
        finish(distill(narrowed(type(asked).model_validate(asked.to_value() | {"methods": methods}), tmp_path, 20)))
    assert "dist compares the inputs of a batch with each other, so it cannot be split" in told.value.hint


def test_that_batch_normalisation_is_told_of(asked: Recipe, tmp_path: Path) -> None:
    normed = {"architecture": "mlp", "knobs": {"hidden": [32], "batch_norm": True}}
    setup = narrowed(type(asked).model_validate(asked.to_value() | {"student": normed}), tmp_path, 40)
    seen, _ = finish(distill(setup))
    hints = [event.problem.hint for event in seen if isinstance(event, Noticed) and "memory" in event.problem.message]
    assert hints == ["Batch normalisation now sees 32 inputs at once, which can change the result a little."]


def test_that_parts_of_a_batch_have_all_that_it_has() -> None:
    numbers = torch.arange(7)
    mixture = Mixture(numbers, numbers + 1, numbers / 7)
    batch = Batch(torch.rand(7, 1, 2, 2), numbers, numbers * 2, mixture=mixture, positions=numbers)
    parts = list(batch.parts(3))
    assert [len(part) for part in parts] == [3, 2, 2]
    for name in ("inputs", "targets", "index", "positions"):
        assert torch.equal(torch.cat([getattr(part, name) for part in parts]), getattr(batch, name))
    assert torch.equal(torch.cat([part.mixture.share for part in parts]), mixture.share)


LIMITED = """
import resource, sys
from pathlib import Path
from kdstudio.core.events import Advanced, Noticed
from kdstudio.recipe.recipe import parse, read_json
from kdstudio.training.distill import distill
from kdstudio.training.setup import prepare
from tests.small_task import result

setup = result(prepare(parse(read_json(Path(sys.argv[1]))), Path(sys.argv[2])))
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
limit = used + int(sys.argv[3]) * 1_000_000
resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))
for event in distill(setup):
    if isinstance(event, Noticed):
        print(event.problem.message)
    if isinstance(event, Advanced) and event.step == 2:
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        break
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="needs a limit on a process's memory")
def test_that_memory_that_is_really_short_splits_the_batch(digits: Path, tmp_path: Path) -> None:
    """A real limit on the process: a batch of 1,024 needs more than there is, its parts do not."""
    import json

    large = {"architecture": "small_cnn", "knobs": {"width": 128, "blocks": 1}}
    asked = recipe(digits, student=large, batch_size=1024, epochs=1, methods=[{"method": "hard_labels"}])
    (tmp_path / "recipe.json").write_text(json.dumps(asked.to_value()))
    command = [sys.executable, "-c", LIMITED, str(tmp_path / "recipe.json"), str(tmp_path / "run"), "75"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "does not fit into memory, so each step learns it in parts" in done.stdout


def test_that_a_parted_run_can_be_resumed_from_its_folder(asked: Recipe, tmp_path: Path) -> None:
    events = distill(narrowed(asked, tmp_path, room=32))
    for event in events:
        if isinstance(event, Advanced) and event.step == 25:
            break
    assert [events.throw(StopRequested(report=False)), *events]
    assert result(resume(tmp_path))["student"]["accuracy"] > 0.5
