"""Passages as they are stored: which answer belongs to which place."""

from pathlib import Path

import numpy as np

from kdstudio.core.passages import Passages, load

WORDS = ("<s>", "␣once", "␣upon", "␣a", "␣time", "s", "↵")
MADE = Passages(np.array([7, 3]), np.array([0, 4, 6]), np.array([0, 1, 2, 3, 0, 4]), places=10)


def test_that_an_index_names_a_passage_and_a_place():
    assert MADE.indices(0).tolist() == [70, 71, 72]
    assert MADE.indices(1).tolist() == [30]
    assert [MADE.find(index) for index in (70, 72, 73, 30, 31, 50)] == [(0, 0), (0, 2), None, (1, 0), None, None]
    assert [MADE.first(number) for number in range(2)] == [0, 3]


def test_that_the_text_in_front_of_a_place_ends_in_a_gap():
    assert MADE.before(72, WORDS) == "once upon ____"
    assert MADE.before(70, WORDS) == "____"
    assert MADE.before(72, WORDS, most=1) == "… upon ____"


def test_that_they_are_read_back_and_torn_files_are_none(tmp_path: Path):
    path = tmp_path / "passages" / "test.npz"
    MADE.save(path)
    again = load(path)
    assert again is not None
    assert (again.places, again.tokens.tolist(), again.row.tolist()) == (10, [0, 1, 2, 3, 0, 4], [7, 3])
    path.write_bytes(path.read_bytes()[:100])
    assert load(path) is None
    assert load(tmp_path / "nothing.npz") is None
