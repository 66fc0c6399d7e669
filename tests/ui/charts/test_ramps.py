import numpy as np
import pytest

from kdstudio.ui.charts.ramps import at_share, diverging, oklch, sequential


@pytest.mark.parametrize("dark", [True, False])
def test_that_equal_values_look_about_equally_bright_in_both_hues(dark: bool):
    luma = np.array([0.2126, 0.7152, 0.0722])
    teacher, student = (
        (((sequential(who, dark=dark) / 255.0) ** 2.2) @ luma) ** (1 / 3) for who in ("teacher", "student")
    )
    assert np.abs(teacher - student).max() < 0.08
    assert np.all(np.diff(teacher) * (1 if dark else -1) > -0.01)


def test_that_oklch_gives_white_black_and_grey():
    table = oklch(np.array([0.0, 1.0, 0.6]), np.zeros(3), np.zeros(3))
    np.testing.assert_array_equal(table[0], 0)
    np.testing.assert_allclose(table[1], 255, atol=1)
    assert np.ptp(table[2].astype(int)) <= 1


def test_that_no_difference_is_almost_the_surface():
    assert np.ptp(at_share(diverging(dark=True), np.array([0.5])).astype(int)) < 12


def test_that_shares_outside_are_limited():
    table = sequential("student", dark=True)
    np.testing.assert_array_equal(at_share(table, np.array([-1.0, 2.0, np.nan])), table[[0, 255, 0]])
