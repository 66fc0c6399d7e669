import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from sklearn.calibration import calibration_curve

from kdstudio.analysis.calibration import nll
from kdstudio.analysis.confidence import best_temperature, bins, confidence
from kdstudio.core.types import softmax


@pytest.mark.parametrize(("adaptive", "strategy"), [(False, "uniform"), (True, "quantile")])
def test_that_bins_are_those_of_scikit_learn(pair, adaptive: bool, strategy: str) -> None:
    _, student, _ = pair
    sure = softmax(student.logits).max(1)
    right = student.labels == student.targets
    shares, means = calibration_curve(right, sure, n_bins=15, strategy=strategy)
    found = bins(student, adaptive=adaptive)
    assert [one.accuracy for one in found] == pytest.approx(shares)
    assert [one.confidence for one in found] == pytest.approx(means)


@pytest.mark.parametrize("adaptive", [False, True])
def test_that_every_labelled_input_is_in_one_bin_and_as_sure_as_it_says(answers, pair, adaptive: bool) -> None:
    _, student, _ = pair
    targets = student.targets.copy()
    targets[::7] = -1
    one = answers(student.logits, targets)
    found = bins(one, adaptive=adaptive, temperature=2.0)
    assert sorted(np.concatenate([part.positions for part in found])) == np.flatnonzero(targets >= 0).tolist()
    sure = confidence(one, 2.0)
    assert all(((sure[p.positions] >= p.low) & (sure[p.positions] <= p.high)).all() for p in found)


def test_that_equal_confidence_is_one_bin(answers) -> None:
    one = answers([[1.0, 0.0]] * 4, [0, 0, 0, 1])
    for adaptive in (False, True):
        (only,) = bins(one, adaptive=adaptive)
        assert (only.accuracy, len(only.positions)) == (0.75, 4)
    assert bins(answers([[1.0, 0.0]])) == ()


def test_that_the_best_temperature_is_where_scipy_finds_it(pair) -> None:
    _, _, baseline = pair
    expected = minimize_scalar(lambda t: nll(baseline, t), bounds=(0.05, 20), method="bounded").x
    assert best_temperature(baseline) == pytest.approx(expected, rel=2e-3)


def test_that_logits_twice_as_large_want_twice_the_temperature(answers, pair) -> None:
    _, _, baseline = pair
    double = answers(2 * baseline.logits, baseline.targets)
    assert best_temperature(double) == pytest.approx(2 * best_temperature(baseline), rel=3e-3)
    assert best_temperature(answers(baseline.logits)) is None
