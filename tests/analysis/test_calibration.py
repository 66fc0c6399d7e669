import math

import numpy as np
import pytest

from kdstudio.analysis.calibration import accuracy, brier, correct, ece, nll, reliability


def test_that_accuracy_nll_and_brier_equal_the_formulas_written_out(answers) -> None:
    logits = [[math.log(0.7), math.log(0.2), math.log(0.1)], [math.log(0.1), math.log(0.3), math.log(0.6)]]
    one = answers(logits, [0, 1])
    assert accuracy(one) == 0.5
    assert nll(one) == pytest.approx(-(math.log(0.7) + math.log(0.3)) / 2)
    first, second = 0.3**2 + 0.2**2 + 0.1**2, 0.1**2 + 0.7**2 + 0.6**2
    assert brier(one) == pytest.approx((first + second) / 2)


def test_that_temperature_softens_the_likelihood(answers) -> None:
    one = answers([[2.0, 0.0]], [0])
    assert nll(one, 4.0) == pytest.approx(math.log(1 + math.exp(-0.5)))


def test_that_ece_equals_bins_of_equal_mass_written_out(answers, pair) -> None:
    _, student, _ = pair
    p = np.exp(student.logits) / np.exp(student.logits).sum(1, keepdims=True)
    order = sorted(range(300), key=lambda i: p[i].max())
    expected = 0.0
    for start in range(0, 300, 20):
        bin_ = order[start : start + 20]
        confidence = sum(p[i].max() for i in bin_) / 20
        right = sum(int(p[i].argmax() == student.targets[i]) for i in bin_) / 20
        expected += abs(confidence - right) * 20 / 300
    assert ece(student) == pytest.approx(expected, rel=1e-12)
    found = reliability(student)
    assert found.count.tolist() == [20] * 15
    assert found.excess == pytest.approx(p.max(1).mean() - accuracy(student))


def test_that_uneven_numbers_fall_into_nearly_equal_bins(answers) -> None:
    one = answers(np.column_stack([np.linspace(1, 2, 17), np.zeros(17)]), np.zeros(17, dtype=int))
    assert sorted(reliability(one, 15).count.tolist()) == [1] * 13 + [2, 2]
    few = answers([[1.0, 0.0], [2.0, 0.0]], [0, 1])
    assert reliability(few, 15).count.tolist() == [1, 1]


def test_that_equal_confidences_share_a_bin_whatever_the_order(answers) -> None:
    logits = np.tile([[1.0, 0.0]], (40, 1))
    targets = np.array([0] * 30 + [1] * 10)
    shuffled = np.random.default_rng(0).permutation(targets)
    sure = 1 / (1 + math.exp(-1))
    assert ece(answers(logits, targets)) == pytest.approx(abs(sure - 0.75))
    assert ece(answers(logits, shuffled)) == pytest.approx(abs(sure - 0.75))


def test_that_unlabelled_inputs_do_not_count(answers) -> None:
    one = answers([[1, 0], [0, 1], [1, 0]], [0, -1, 1])
    assert accuracy(one) == 0.5
    assert correct(one).tolist() == [True, False, False]
    assert nll(one) == pytest.approx(nll(answers([[1, 0], [1, 0]], [0, 1])))
    assert ece(one) == pytest.approx(ece(answers([[1, 0], [1, 0]], [0, 1])))
    none = answers([[1, 0]])
    assert [accuracy(none), nll(none), ece(none), brier(none), reliability(none)] == [None] * 5


def test_that_no_answers_are_refused(answers) -> None:
    with pytest.raises(ValueError, match="no answers"):
        accuracy(answers(np.empty((0, 2)), np.empty(0, dtype=int)))


def test_that_sure_answers_stay_finite_in_half_precision(answers) -> None:
    one = answers(np.array([[6e4, -6e4], [6e4, -6e4]], dtype=np.float16), [0, 1])
    assert nll(one) == pytest.approx(6e4, rel=1e-3)
    assert ece(one) == 0.5
    assert brier(one) == 1.0
