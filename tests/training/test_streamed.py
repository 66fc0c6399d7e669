"""Pictures that memory has no room for: the same bits, read ahead, and no thread that outlives its run."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from kdstudio.core.errors import DataError
from kdstudio.core.events import Advanced, Noticed
from kdstudio.core.layout import RunFolder
from kdstudio.data.dataset import ArrayInputs, Part
from kdstudio.data.image.files import ImageFiles
from kdstudio.models.preprocessing.image import channels_last
from kdstudio.recipe.recipe import Recipe
from kdstudio.training.control import Control, controlled
from kdstudio.training.run import train
from kdstudio.training.streamed import AHEAD, LIMIT, Streamed
from tests.small_task import finish
from tests.training.conftest import SOFT, recipe

CPU = torch.device("cpu")


@dataclass(frozen=True)
class Noting(ArrayInputs):
    """An array that notes what was read of it, and by which thread."""

    reads: list[tuple[list[int], str]] = field(default_factory=list)

    def read(self, rows: np.ndarray) -> np.ndarray:
        self.reads.append((rows.tolist(), threading.current_thread().name))
        return ArrayInputs.read(self, rows)


@pytest.fixture
def noting() -> Noting:
    return Noting(np.random.default_rng(0).integers(0, 255, (40, 3, 5, 6), dtype=np.uint8))


def streamed(inputs: ArrayInputs) -> Streamed:
    return Streamed(Part.whole(inputs, np.zeros(len(inputs))), CPU)


def readers() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name.startswith(("ahead", "decode"))]


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    yield
    assert not readers()


def test_that_rows_are_those_of_the_whole_tensor(noting) -> None:
    found, whole = streamed(noting), channels_last(noting.array)
    assert found.shape == whole.shape
    positions = torch.tensor([3, 39, 0, 3])
    assert torch.equal(found.index_select(0, positions), whole.index_select(0, positions))


def test_that_what_is_awaited_is_read_by_another_thread_and_once(noting) -> None:
    found, wanted = streamed(noting), list(torch.arange(40).split(8))
    with found.ahead(wanted):
        for positions in wanted:
            found.index_select(0, positions)
    assert [rows for rows, _ in noting.reads] == [one.tolist() for one in wanted]
    assert all(name.startswith("ahead") for _, name in noting.reads)


def test_that_few_batches_are_read_ahead(noting) -> None:
    found, wanted = streamed(noting), list(torch.arange(40).split(2))
    with found.ahead(wanted):
        found.index_select(0, wanted[0])
    assert len(noting.reads) <= 1 + AHEAD


def test_that_what_nobody_announced_is_read_and_what_is_left_out_is_skipped(noting) -> None:
    found, wanted, whole = streamed(noting), list(torch.arange(40).split(8)), channels_last(noting.array)
    other = torch.tensor([5, 1])
    with found.ahead(wanted):
        assert torch.equal(found.index_select(0, other), whole[other])
        assert torch.equal(found.index_select(0, wanted[1]), whole[wanted[1]])
        for positions in wanted[2:]:
            found.index_select(0, positions)
    assert {tuple(rows) for rows, name in noting.reads if not name.startswith("ahead")} == {(5, 1)}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """200 coloured PNG files in two folders."""
    folder, rng = tmp_path_factory.mktemp("pictures"), np.random.default_rng(1)
    for i in range(200):
        kind = folder / ("dark" if i % 2 else "light")
        kind.mkdir(exist_ok=True)
        pixels = rng.integers(0, 128, (8, 8, 3)) + (0 if i % 2 else 100)
        Image.fromarray(pixels.astype(np.uint8)).save(kind / f"{i}.png")
    return folder


def asked(pictures: Path, **changes: object) -> Recipe:
    student = {"architecture": "small_cnn", "knobs": {"width": 4, "blocks": 1}}
    mixed = {"flip": True, "crop": 1, "mixup": 0.5}
    return recipe(pictures, **({"student": student, "augmentation": mixed, "epochs": 2, "batch_size": 16} | changes))


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(RunFolder(folder).checkpoint("last") / "student.safetensors")


@pytest.mark.parametrize("cache", [False, True])
def test_that_a_run_ends_with_the_same_bits(pictures, tmp_path, monkeypatch, cache) -> None:
    finish(train(asked(pictures), tmp_path / "teacher"))
    teacher = tmp_path / "teacher" / "checkpoints" / "best" / "student.safetensors"
    views = {"flip": True, "crop": 1, "views": 1}
    wanted = asked(pictures, teachers=[{"path": str(teacher)}], methods=list(SOFT), teacher_cache=cache)
    wanted = wanted if not cache else asked(pictures, **{**wanted.to_value(), "augmentation": views})
    finish(train(wanted, tmp_path / "resident"))
    monkeypatch.setenv(LIMIT, "0")
    seen, _ = finish(train(wanted, tmp_path / "streamed"))
    told = [one.problem.message for one in seen if isinstance(one, Noticed)]
    assert any("more than memory has room for" in message for message in told)
    one, other = weights(tmp_path / "resident"), weights(tmp_path / "streamed")
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_that_steps_wait_for_no_decoding_of_their_own(pictures, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv(LIMIT, "0")
    reads: list[tuple[int, str]] = []
    own = ImageFiles.read

    def read(self: ImageFiles, rows: np.ndarray) -> np.ndarray:
        reads.append((len(rows), threading.current_thread().name))
        return own(self, rows)

    monkeypatch.setattr(ImageFiles, "read", read)
    finish(train(asked(pictures), tmp_path / "run"))
    full = [name.startswith("ahead") for count, name in reads if count == 16]
    assert sum(full) >= 20
    assert full.count(False) <= 2  # batches whose steps are timed before the run


def test_that_a_stop_leaves_no_thread(pictures, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv(LIMIT, "0")
    control, were = Control(), 0
    for event in controlled(train(asked(pictures), tmp_path / "run"), control):
        if isinstance(event, Advanced) and event.step == 3:
            were = len(readers())
            control.stop(report=False)
    assert were > 0
    assert not readers()


def test_that_a_picture_that_cannot_be_read_any_more_ends_the_run_and_its_threads(
    pictures, tmp_path, monkeypatch
) -> None:
    monkeypatch.setenv(LIMIT, "0")
    own = ImageFiles.read
    left = [60]

    def read(self: ImageFiles, rows: np.ndarray) -> np.ndarray:
        left[0] -= threading.current_thread().name.startswith("ahead")
        if left[0] < 55:
            raise DataError("the disk is gone")
        return own(self, rows)

    monkeypatch.setattr(ImageFiles, "read", read)
    with pytest.raises(DataError, match="disk is gone"):
        finish(train(asked(pictures), tmp_path / "run"))
