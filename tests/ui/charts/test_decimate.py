import numpy as np
import pytest

from kdstudio.ui.charts.decimate import BLOCKS, Thinned, decimate


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


def test_that_a_long_curve_keeps_its_extremes_and_looks_only_at_what_is_new() -> None:
    values = np.random.default_rng(0).normal(size=300_000)
    values[[7, 123_456]] = 50.0, -50.0
    thinned = Thinned()
    places = thinned.places(values[:200_000])
    assert places is not None
    assert len(places) < 4 * BLOCKS
    assert {0, 7, 123_456, 199_999} <= set(places.tolist())
    assert np.all(np.diff(places) > 0)
    values[100] = 99.0  # in a block that is done: nobody looks at it again
    grown = thinned.places(values[:210_000])
    assert grown is not None
    assert 100 not in grown
    assert {7, 123_456, 209_999} <= set(grown.tolist())
    fresh = Thinned().places(values[:210_000])
    assert fresh is not None
    assert 100 in fresh


def test_that_another_or_a_shorter_curve_is_looked_at_anew() -> None:
    first, second = (np.random.default_rng(seed).normal(size=120_000) for seed in (1, 2))
    thinned = Thinned()
    thinned.places(first)
    for values in (second, second[:80_000], np.where(second > -9, np.nan, second)):
        found, fresh = thinned.places(values), Thinned().places(values)
        assert found is not None
        assert fresh is not None
        assert found.tolist() == fresh.tolist()
    assert thinned.places(second[:1000]) is None
