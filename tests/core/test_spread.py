import numpy as np
import pytest

from kdstudio.core.spread import spread


@pytest.mark.parametrize(
    ("length", "most", "expected"), [(5, 9, [0, 1, 2, 3, 4]), (10, 4, [0, 3, 6, 9]), (7, 1, [0]), (0, 3, [])]
)
def test_that_positions_are_spread_from_the_first_to_the_last(length, most, expected):
    assert spread(length, most).tolist() == expected


def test_that_as_many_positions_as_there_are_leave_none_out():
    for length in range(1, 300):
        np.testing.assert_array_equal(spread(length, length), np.arange(length))
