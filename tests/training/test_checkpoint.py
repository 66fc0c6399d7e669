"""Checkpoints whose files were damaged after they were written."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from kdstudio.core.errors import RunError
from kdstudio.core.events import Advanced, Noticed, Resumed
from kdstudio.core.layout import RunFolder
from kdstudio.training.control import Control, controlled
from kdstudio.training.run import resume, train
from tests.small_task import finish, quick_recipe, write_digits
from tests.training.conftest import recipe

FILES = ("state", "student.safetensors", "best-student.safetensors", "digest.txt")


@pytest.fixture(scope="module")
def half(tmp_path_factory) -> tuple[Path, Path]:
    """A run that was finished, and the same one stopped after its second checkpoint."""
    place = tmp_path_factory.mktemp("half")
    asked = recipe(write_digits(place / "digits.npz", 400), epochs=4, batch_size=32)
    finish(train(asked, place / "whole"))
    control = Control()
    for event in controlled(train(asked, place / "run"), control):
        if isinstance(event, Advanced) and event.step == 12:
            control.pause()
        if event.event == "paused":
            control.resume()
        if isinstance(event, Advanced) and event.step == 25:
            control.stop(report=False)
    return place / "whole", place / "run"


def copied(folder: Path, to: Path) -> RunFolder:
    for file in folder.rglob("*"):
        if file.is_file():
            target = to / file.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes())
    return RunFolder(to)


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0x10
    file.write_bytes(content)


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


@pytest.mark.parametrize("damage", [flip, cut, Path.unlink], ids=["flip", "cut", "delete"])
@pytest.mark.parametrize("name", FILES)
def test_that_a_damaged_checkpoint_is_passed_over_for_the_one_before(half, tmp_path: Path, name: str, damage) -> None:
    whole, run = half
    place = copied(run, tmp_path / "run")
    damage(place.checkpoint("last") / name)
    seen, _ = finish(resume(place.path))
    back = next(event.step for event in seen if isinstance(event, Resumed))
    assert 12 <= back < 25
    told = [event.problem for event in seen if isinstance(event, Noticed)]
    assert name == "digest.txt" or any("checkpoint is damaged" in problem.message for problem in told)
    one, other = (load_file(RunFolder(f).checkpoint("last") / "student.safetensors") for f in (whole, place.path))
    assert all(torch.equal(one[key], other[key]) for key in one)


def test_that_a_run_without_any_readable_checkpoint_is_not_silently_begun_anew(half, tmp_path: Path) -> None:
    place = copied(half[1], tmp_path / "run")
    for copy in ("last", "last.previous"):
        flip(place.path / "checkpoints" / copy / "state")
    with pytest.raises(RunError, match="No checkpoint of this run can be read") as error:
        finish(resume(place.path))
    assert "backup" in error.value.hint


def test_that_short_epochs_are_not_all_saved(tmp_path: Path) -> None:
    """Ten epochs of two steps take less than twenty times as long as one checkpoint."""
    from kdstudio.recipe.recipe import parse

    write_digits(tmp_path / "digits.npz", 100)
    asked = parse(quick_recipe(tmp_path / "digits.npz", epochs=10, batch_size=64))
    seen, _ = finish(train(asked, tmp_path / "run"))
    assert sum(event.event == "checkpointed" and not event.best for event in seen) < 10
