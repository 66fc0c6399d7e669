"""Rows in an order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdstudio.core.rows import Rows

some = st.lists(st.integers(0, 60), unique=True, max_size=30)


@given(some, some)
def test_that_rows_answer_like_a_list_of_numbers(rows, others):
    there = Rows(rows)
    assert list(there) == rows
    assert there == rows
    assert there == tuple(rows)
    assert there == Rows(np.array(rows, dtype=np.int64))
    for row in range(-1, 62):
        assert (row in there) == (row in rows)
        assert there.position(row) == (rows.index(row) if row in rows else -1)
    assert there.within(Rows(others)) == [row for row in rows if row in others]
    assert there.positions(others).tolist() == [rows.index(row) if row in rows else -1 for row in others]


def test_that_rows_are_sliced_and_counted_from_the_end():
    rows = Rows([5, 3, 9])
    assert rows[-1] == 9
    assert rows[:2] == [5, 3]
    assert not Rows()
    assert Rows().position(3) == -1
    assert rows != [5, 3]
    assert rows != "5"


def test_that_rows_do_not_follow_the_array_they_were_made_of():
    array = np.array([4, 2])
    rows = Rows(array)
    array[0] = 7
    assert rows == [4, 2]
    with pytest.raises(ValueError, match="read-only"):
        rows.array[0] = 7


def test_that_a_million_rows_are_walked_and_compared_without_making_lists_of_them():
    order = np.random.default_rng(0).permutation(1_000_000)
    rows = Rows(order)
    assert rows.position(int(order[123_456])) == 123_456
    assert rows == Rows(order.copy())
    assert len(rows.within(Rows(np.arange(0, 1_000_000, 2)))) == 500_000
