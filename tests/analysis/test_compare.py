import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest
from sklearn.metrics import accuracy_score

from kdstudio.analysis import compare, side_by_side
from kdstudio.analysis.bootstrap import difference_range, mean_range
from kdstudio.analysis.compare import uneven


def labels(*classes, sure=5.0):
    return sure * np.eye(3)[list(classes)]


def test_that_the_difference_is_that_of_the_accuracies_of_scikit_learn(pair) -> None:
    _, student, baseline = pair
    found = compare.accuracy_difference(student, baseline)
    first, second = (accuracy_score(one.targets, one.labels) for one in (student, baseline))
    assert found.value == pytest.approx(first - second)
    assert found.low < found.value < found.high


def test_that_swapping_two_models_changes_only_the_sign(pair) -> None:
    teacher, student, baseline = pair
    for there, back in (
        (compare.accuracy_difference(student, baseline), compare.accuracy_difference(baseline, student)),
        (
            compare.agreement_difference(teacher, student, baseline),
            compare.agreement_difference(teacher, baseline, student),
        ),
        (compare.kl_difference(teacher, student, baseline), compare.kl_difference(teacher, baseline, student)),
    ):
        assert (back.value, back.low, back.high) == pytest.approx((-there.value, -there.high, -there.low))


def test_that_a_model_does_not_differ_from_itself(pair) -> None:
    teacher, student, _ = pair
    found = compare.accuracy_difference(student, student)
    assert (found.value, found.low, found.high) == (0.0, 0.0, 0.0)
    assert not found.is_clear
    assert compare.mcnemar(student, student) == compare.McNemar(0, 0, 1.0, 1.0)
    itself = side_by_side.pair(teacher, teacher, 4.0)
    assert (itself["agreement"], itself["kl"]) == (1.0, 0.0)
    assert itself["structure"] == pytest.approx(1.0)
    assert not len(compare.disagreements(student, student))


def test_that_the_interval_holds_the_true_difference_about_as_often_as_it_says() -> None:
    generator = np.random.default_rng(3)
    chances, levels = [0.1, 0.75, 0.15], np.array([-1.0, 0.0, 1.0])  # a true difference of 0.05
    hits = 0
    for _ in range(300):
        found = difference_range(generator.choice(levels, size=200, p=chances), draws=600)
        hits += found.low <= 0.05 <= found.high
    assert 0.90 <= hits / 300 <= 0.99


def test_that_values_of_many_levels_have_the_interval_of_the_normal_theory() -> None:
    values = np.random.default_rng(1).normal(2.0, 3.0, 4000)
    found = mean_range(values, draws=2000)
    spread = 1.96 * values.std() / np.sqrt(len(values))
    assert (found.low, found.high) == pytest.approx((values.mean() - spread, values.mean() + spread), abs=0.02)


@given(st.integers(0, 300), st.integers(0, 300))
def test_that_mcnemar_is_the_binomial_test_of_scipy(only_first: int, only_second: int) -> None:
    found, count = uneven(only_first, only_second), only_first + only_second
    if not count:
        assert (found.exact, found.mid_p) == (1.0, 1.0)
        return
    assert found.exact == pytest.approx(binomtest(only_first, count).pvalue, rel=1e-9)
    # mid-p: all splits that are less probable than this one, and half of those that are as probable
    chances = binom.pmf(np.arange(count + 1), count, 0.5)
    is_equal = np.isclose(chances, chances[only_first], rtol=1e-9, atol=0)
    expected = chances[~is_equal & (chances < chances[only_first])].sum() + chances[is_equal].sum() / 2
    assert found.mid_p == pytest.approx(expected, rel=1e-6, abs=1e-12)
    assert 0 <= found.mid_p <= found.exact <= 1


def test_that_the_test_stands_a_hundred_thousand_different_answers() -> None:
    found = uneven(50_400, 49_600)
    assert found.exact == pytest.approx(binomtest(50_400, 100_000).pvalue, rel=1e-6)


def test_that_mcnemar_counts_the_inputs_that_one_alone_gets_right(answers) -> None:
    first = answers(labels(0, 1, 2, 0, 1), [0, 1, 2, 1, -1])
    second = answers(labels(0, 0, 0, 1, 2), [0, 1, 2, 1, -1])
    found = compare.mcnemar(first, second)
    assert (found.only_first, found.only_second) == (2, 1)
    assert compare.correct_difference(first, second).tolist() == [0, 1, 1, -1]


def test_that_without_labels_nobody_is_better(answers) -> None:
    first, second = answers(labels(0, 1)), answers(labels(0, 2))
    assert compare.accuracy_difference(first, second) is None
    assert compare.mcnemar(first, second) is None
    found = side_by_side.pair(first, second, 1.0)
    assert found["agreement"] == 0.5
    assert found["difference"] is None


def test_that_disagreements_begin_with_those_that_one_gets_right(answers) -> None:
    logits = labels(0, 1, 2, 0)
    first = answers(logits, [0, 0, 2, 1])
    second = answers(np.vstack([labels(0, 2, sure=9.0), labels(0), 0.1 * labels(1)]), [0, 0, 2, 1])
    # 1: both wrong, differently; 2: the first is right, surely apart; 3: the second is right, hardly apart
    assert compare.disagreements(first, second).tolist() == [2, 3, 1]


def test_that_every_two_models_are_a_pair(pair) -> None:
    found = side_by_side.pairs(pair, 4.0)
    assert len(found) == 3
    assert {"a", "b", "agreement", "kl", "structure", "difference", "mcnemar"} == set(found[0])
