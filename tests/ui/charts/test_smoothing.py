import numpy as np
import pytest

from kdstudio.ui.charts.smoothing import smooth


def reference(values: np.ndarray, weight: float) -> np.ndarray:
    moving, result = 0.0, []
    for step, value in enumerate(values.tolist(), 1):
        moving = weight * moving + (1 - weight) * value
        result.append(moving / (1 - weight**step))
    return np.array(result)


@pytest.mark.parametrize("weight", [0.1, 0.6, 0.9, 0.99])
@pytest.mark.parametrize("count", [2, 63, 64, 65, 1000])
def test_that_smoothing_is_the_debiased_average(weight: float, count: int):
    values = np.random.default_rng(1).normal(size=count) + 3
    np.testing.assert_allclose(smooth(values, weight), reference(values, weight), rtol=1e-9)


def test_that_the_first_value_is_not_pulled_to_zero():
    assert smooth(np.array([5.0, 7.0, 9.0]), 0.99)[0] == pytest.approx(5.0)


def test_that_a_constant_stays_a_constant():
    np.testing.assert_allclose(smooth(np.full(300, 0.7), 0.95), 0.7)


def test_that_missing_values_stay_missing_and_are_skipped():
    values = np.array([1.0, np.nan, 3.0])
    smoothed = smooth(values, 0.5)
    assert np.isnan(smoothed[1])
    np.testing.assert_allclose(smoothed[[0, 2]], reference(np.array([1.0, 3.0]), 0.5))


def test_that_weight_zero_changes_nothing_and_one_is_refused():
    values = np.arange(4.0)
    np.testing.assert_array_equal(smooth(values, 0.0), values)
    with pytest.raises(ValueError, match="below 1"):
        smooth(values, 1.0)
