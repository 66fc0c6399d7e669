from pathlib import Path

import numpy as np
import pytest
from numpy.lib.format import open_memmap

from kdstudio.core.events import Event, Glimpsed
from kdstudio.core.files import write_array
from kdstudio.core.layout import RunFolder
from kdstudio.ui.panels.train.glimpse_reader import MOST_ROWS, GlimpseReader

PINNED = [7, 3]


def glimpsed(row: int, epoch: float, learner: str = "student") -> Glimpsed:
    return Glimpsed(step=row, epoch=epoch, learner=learner, index=PINNED, path="", row=row)


@pytest.fixture
def answers(tmp_path: Path) -> np.memmap:
    """An array of 100 rows for 2 inputs and 3 classes; row r is full of r."""
    path = RunFolder(tmp_path).glimpses("student")
    path.parent.mkdir()
    array = open_memmap(path, mode="w+", dtype=np.float32, shape=(100, 2, 3))
    array[:] = np.arange(100, dtype=np.float32)[:, None, None]
    return array


def test_that_nothing_is_read_before_the_first_answer(tmp_path: Path) -> None:
    assert GlimpseReader(tmp_path).read([]) is None
    assert GlimpseReader(tmp_path).read([glimpsed(0, 0.0)]) is None


def test_that_rows_are_seen_as_soon_as_they_are_told(tmp_path: Path, answers: np.memmap) -> None:
    reader, told = GlimpseReader(tmp_path), [glimpsed(0, 0.0), glimpsed(1, 0.25, "baseline")]
    first = reader.read(told)
    answers[1] = 42.0  # written while the reader has the array open
    second = reader.read([*told, glimpsed(1, 0.25)])
    assert first is not None
    assert second is not None
    assert first.index == (7, 3)
    assert first.student.shape == (1, 2, 3)
    assert second.student[-1].tolist() == np.full((2, 3), 42.0).tolist()
    assert second.teacher is None


def test_that_the_teacher_is_read_once_it_is_there(tmp_path: Path, answers: np.memmap) -> None:
    reader = GlimpseReader(tmp_path)
    write_array(RunFolder(tmp_path).glimpses("teacher"), np.ones((1, 2, 3), dtype=np.float32))
    found = reader.read([glimpsed(0, 0.0)])
    assert found is not None
    assert found.teacher is not None
    assert found.teacher.tolist() == np.ones((2, 3)).tolist()


@pytest.mark.parametrize(("epochs", "earlier", "ago"), [(20, 48, 8), (3, 0, 3), (0.5, None, 0)])
def test_that_a_young_run_has_a_younger_ghost(
    tmp_path: Path, answers: np.memmap, epochs: float, earlier: int | None, ago: int
) -> None:
    told = [glimpsed(row, row / 4) for row in range(int(epochs * 4) + 1)]
    found = GlimpseReader(tmp_path).read(told)
    assert found is not None
    assert found.epochs_ago == ago
    assert (None if found.earlier is None else found.earlier[0, 0]) == earlier


def test_that_a_long_history_is_thinned_but_keeps_its_ends(tmp_path: Path, answers: np.memmap) -> None:
    found = GlimpseReader(tmp_path).read([glimpsed(row, row / 4) for row in range(100)])
    assert found is not None
    assert len(found.student) == MOST_ROWS
    assert (found.student[0, 0, 0], found.student[-1, 0, 0]) == (0.0, 99.0)


def test_that_one_can_look_back(tmp_path: Path, answers: np.memmap) -> None:
    told: list[Event] = [glimpsed(row, row / 4) for row in range(100)]
    found = GlimpseReader(tmp_path).read(told, until=5)
    assert found is not None
    assert found.student[-1, 0, 0] == 20.0
