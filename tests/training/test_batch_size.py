"""An automatic batch is as large as is clearly quicker and fits, and leaves an epoch its steps; the run keeps it."""

import dataclasses
import re
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from kdstudio.core.events import Advanced, Event, Noticed
from kdstudio.core.layout import RunFolder
from kdstudio.recipe.recipe import parse, read_json
from kdstudio.training.batch_size import choose_batch_size, is_quicker, sizes
from kdstudio.training.control import Control, controlled
from kdstudio.training.precision import Trial
from kdstudio.training.run import resume, train
from kdstudio.training.setup import Setup, prepare
from tests.small_task import finish, result
from tests.training.conftest import recipe

PLENTY = 10**12


@pytest.fixture(scope="module")
def setup(digits: Path, tmp_path_factory: pytest.TempPathFactory) -> Setup:
    made: Setup = result(prepare(recipe(digits), tmp_path_factory.mktemp("setup")))
    return made


def choose(setup: Setup, room: int = PLENTY) -> tuple[int, str]:
    found, note = result(choose_batch_size(setup.student, None, setup.train, "float32", setup.device, room=room))
    assert (note.where, note.severity) == ("batch_size", "note")
    assert "learning rate is not changed" in note.hint
    return found, note.message


class Short(nn.Module):
    """A network on a device that has no memory for more than so many inputs."""

    def __init__(self, inner: nn.Module, most: int, words: str) -> None:
        super().__init__()
        self.inner, self.most, self.words = inner, most, words

    def forward(self, *values: torch.Tensor) -> torch.Tensor:
        if len(values[0]) > self.most:
            raise RuntimeError(self.words)
        answer: torch.Tensor = self.inner(*values)
        return answer


def short(setup: Setup, most: int, words: str = "CUDA out of memory") -> Setup:
    student = dataclasses.replace(setup.student, module=Short(setup.student.module, most, words))
    return dataclasses.replace(setup, student=student)


@pytest.mark.parametrize(
    ("count", "tried"),
    [
        (60_000, (32, 64, 128, 256, 512, 1024)),
        (1_300, (32, 64, 128)),
        (400, (32,)),
        (100, (10,)),
        (5, (2,)),
    ],
)
def test_that_an_epoch_keeps_ten_steps(count, tried) -> None:
    assert sizes(count) == tried


def test_that_only_a_clear_gain_counts() -> None:
    found = {32: 100.0, 64: 115.0, 128: 120.0}
    assert [is_quicker(found, size) for size in found] == [True, True, False]


def test_that_a_batch_is_as_large_as_was_clearly_quicker(setup) -> None:
    found, words = choose(setup)
    speeds = {int(a): float(b.replace(",", "")) for a, b in re.findall(r"(\d+): ([\d,]+)", words)}
    assert list(speeds) == [size for size in sizes(len(setup.train)) if size <= max(found, *speeds)]
    assert all(speeds[size] > 1.09 * speeds[size // 2] for size in speeds if 32 < size <= found)
    why = "is hardly quicker" if max(speeds) > found else "more leaves an epoch under 10 steps"
    assert why in words


def test_that_a_batch_that_does_not_fit_is_not_taken(setup) -> None:
    found, words = choose(short(setup, 32))
    assert found == 32
    assert "64 does not fit into memory" in words


def test_that_where_not_even_the_smallest_fits_the_run_begins_with_it_and_learns_it_in_parts(setup) -> None:
    assert choose(short(setup, 4))[0] == 32


def test_that_a_batch_is_not_tried_for_which_there_is_no_room(setup) -> None:
    each = Trial(setup.student, None, setup.device).bytes(setup.train.batch(torch.arange(32)), "float32") // 32
    assert 500 < each < 5_000  # an MLP from 64 inputs over 32 units to 10 logits keeps some hundred numbers of each
    found, words = choose(setup, room=40 * each)
    assert found == 32
    assert "64 may not fit into memory" in words


def test_that_other_errors_are_not_taken_for_short_memory(setup) -> None:
    with pytest.raises(RuntimeError, match="shapes"):
        choose(short(setup, 32, "shapes do not match"))


def test_that_looking_for_a_batch_leaves_no_trace(digits, tmp_path) -> None:
    small = {"architecture": "small_cnn", "knobs": {"width": 4, "blocks": 2}}  # has batch normalisation
    setup = result(prepare(recipe(digits, student=small), tmp_path))
    before = {key: value.clone() for key, value in setup.student.module.state_dict().items()}
    expected = torch.rand(5, generator=torch.Generator().manual_seed(3))
    torch.manual_seed(3)
    choose(setup)
    assert torch.equal(torch.rand(5), expected)
    assert all(torch.equal(value, before[key]) for key, value in setup.student.module.state_dict().items())


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(RunFolder(folder).checkpoint("last") / "student.safetensors")


def test_that_a_run_keeps_the_batch_that_it_found_and_resumes_to_the_same_bits(digits, tmp_path) -> None:
    asked = parse(recipe(digits).to_value() | {"batch_size": "auto", "threads": "auto"})
    control = Control()
    seen = []
    for event in controlled(train(asked, tmp_path / "torn"), control):
        seen.append(event)
        if isinstance(event, Advanced) and event.step == 7:
            control.stop(report=False)
    assert len(told(seen)) == 1
    kept = parse(read_json(RunFolder(tmp_path / "torn").recipe))
    assert kept.batch_size in sizes(LEARNED)
    assert told(seen)[0].startswith(f"batch {kept.batch_size} was found")
    seen, _ = finish(resume(tmp_path / "torn", same_as=asked))
    assert told(seen) == []  # nothing is tried again
    seen, _ = finish(train(kept, tmp_path / "whole"))
    assert max(event.step for event in seen if isinstance(event, Advanced)) == 3 * -(-LEARNED // kept.batch_size)
    one, torn = weights(tmp_path / "whole"), weights(tmp_path / "torn")
    assert all(torch.equal(one[key], torn[key]) for key in one)


def told(events: list[Event]) -> list[str]:
    return [e.problem.message for e in events if isinstance(e, Noticed) and e.problem.where == "batch_size"]


LEARNED = 1294  # of the 1,797 digits, less a tenth for the test and a fifth of the others for validation
