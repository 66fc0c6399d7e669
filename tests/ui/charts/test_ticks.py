import numpy as np
import pytest

from kdstudio.ui.charts.ticks import linear_ticks, log_ticks


def test_that_linear_ticks_are_round_and_few():
    assert linear_ticks(58.0, 95.0) == [(60.0, "60"), (70.0, "70"), (80.0, "80"), (90.0, "90")]
    assert [words for _, words in linear_ticks(-0.1, 0.1)] == ["−0.10", "−0.05", "0.00", "0.05", "0.10"]


@pytest.mark.parametrize(("low", "high"), [(0, 1e-6), (-3, 1e9), (0.999, 1.0), (5, 5.001)])
def test_that_any_range_has_between_two_and_six_ticks_inside(low: float, high: float):
    ticks = linear_ticks(low, high)
    assert 2 <= len(ticks) <= 6
    assert all(low - 1e-9 <= at <= high + 1e-9 * abs(high) for at, _ in ticks)


def test_that_log_ticks_are_ones_and_threes_at_their_logarithm():
    ticks = log_ticks(np.log10(0.2), np.log10(15))
    assert [words for _, words in ticks] == ["0.3", "1", "3", "10"]
    assert ticks[1][0] == pytest.approx(0.0)


def test_that_an_empty_range_has_no_ticks():
    assert linear_ticks(1.0, 1.0) == []
    assert log_ticks(float("nan"), 1.0) == []
