import numpy as np
import pytest

from kdstudio.ui.charts.decimate import decimate


def test_that_short_curves_are_left_as_they_are():
    x = np.arange(100.0)
    assert decimate(x, x, 2000)[0] is x


@pytest.mark.parametrize("count", [2001, 5000, 123_457])
def test_that_extremes_and_ends_survive_and_few_points_are_left(count: int):
    y = np.random.default_rng(0).normal(size=count)
    y[count // 3], y[count // 2] = 50.0, -50.0
    x = np.arange(float(count))
    few_x, few_y = decimate(x, y, 2000)
    assert len(few_x) <= 2000
    assert (few_y.max(), few_y.min()) == (50.0, -50.0)
    assert (few_x[0], few_x[-1]) == (0.0, count - 1.0)
    assert np.all(np.diff(few_x) > 0)


def test_that_each_bucket_keeps_its_own_extremes():
    y = np.tile([0.0, 1.0, -1.0, 0.5], 1000)
    _, few = decimate(np.arange(4000.0), y, 102)
    assert (few == 1.0).sum() >= 45
    assert (few == -1.0).sum() >= 45


def test_that_missing_values_hide_no_extreme():
    y = np.zeros(10_000)
    y[::2] = np.nan
    y[7001] = 9.0
    assert np.nanmax(decimate(np.arange(10_000.0), y)[1]) == 9.0


def test_that_a_curve_of_missing_values_is_no_error():
    few_x, few_y = decimate(np.arange(5000.0), np.full(5000, np.nan))
    assert len(few_x) <= 2000
    assert np.isnan(few_y).all()


def test_that_too_few_points_are_refused():
    with pytest.raises(ValueError, match="4 points"):
        decimate(np.zeros(9), np.zeros(9), 3)
