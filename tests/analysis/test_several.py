"""Several labels and numbers, against scikit-learn and answers that are known."""

import numpy as np
import pytest
from scipy.stats import pearsonr
from sklearn import metrics

from kdstudio.analysis import outcomes, regression, several
from kdstudio.analysis import summary as whole
from kdstudio.analysis.telling import most_ambiguous, most_telling
from kdstudio.core.types import Predictions, sigmoid

NAMES = tuple("abcd")


def answers(logits: np.ndarray, targets: np.ndarray, task: str = "multi_label") -> Predictions:
    names = NAMES[: logits.shape[1]]
    return Predictions(np.arange(len(logits)), targets.astype(np.float32), logits, names, task=task)


def drawn(seed: int, count: int = 200) -> tuple[Predictions, Predictions]:
    """Return a teacher and a student near it, for inputs of which every tenth is not labelled."""
    rng = np.random.default_rng(seed)
    targets = (rng.random((count, 4)) < [0.5, 0.3, 0.1, 0.7]).astype(np.float32)
    teacher = 4 * (targets - 0.5) + rng.normal(size=targets.shape) * 2
    student = teacher + rng.normal(size=targets.shape)
    targets[::10] = np.nan
    return answers(teacher, targets), answers(student, targets)


@pytest.mark.parametrize("seed", range(12))
def test_that_the_measures_are_those_of_scikit_learn(seed):
    _, student = drawn(seed, 60)
    known = student.known
    truth, logits = student.targets[known], np.asarray(student.logits[known])
    found = whole.metrics(student)
    assert found["f1"] == pytest.approx(metrics.f1_score(truth, logits > 0, average="micro"))
    assert found["accuracy"] == pytest.approx(metrics.accuracy_score(truth, logits > 0))
    if truth.any(axis=0).all():
        assert found["f1_macro"] == pytest.approx(metrics.f1_score(truth, logits > 0, average="macro"))
        assert found["average_precision"] == pytest.approx(metrics.average_precision_score(truth, logits))
    losses = [metrics.log_loss(truth[:, j], sigmoid(logits[:, j]), labels=[0, 1]) for j in range(4)]
    assert found["nll"] == pytest.approx(sum(losses))


def test_that_ties_do_not_depend_on_the_order_of_the_inputs():
    logits, truth = np.repeat([[1.0], [0.0]], 50, axis=0), np.tile([[1.0], [0.0], [0.0]], (34, 1))[:100]
    straight = several.average_precision(answers(logits, truth))
    assert straight == pytest.approx(metrics.average_precision_score(truth, logits))
    assert several.average_precision(answers(logits[::-1], truth[::-1])) == pytest.approx(straight)


def test_that_divergence_is_the_sum_of_yes_or_no_divergences_written_out():
    teacher, student = drawn(1, 20)
    for temperature in (1.0, 4.0):
        p, q = (sigmoid(one.logits, temperature) for one in (teacher, student))
        by_hand = (p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q))).sum(axis=1)
        np.testing.assert_allclose(several.kl(teacher, student, temperature), by_hand, rtol=1e-9)
    assert several.mean_kl(teacher, teacher) == 0


def test_that_a_model_agrees_with_itself_and_keeps_its_structure():
    teacher, student = drawn(2)
    same = whole.transfer(teacher, teacher, student)
    assert (same["agreement"], same["kl"], same["structure"], same["inherited"]) == pytest.approx((1, 0, 1, 1))
    assert same["baseline_agreement"] < 1


def test_that_inherited_is_the_share_of_wrong_sets_given_again():
    truth = np.array([[1, 0], [1, 0], [0, 1], [0, 0]])
    teacher = answers(np.array([[2.0, -2], [2, 2], [-2, -2], [-2, -2]]), truth)  # wrong on the second and the third
    student = answers(np.array([[2.0, -2], [2, 2], [2, -2], [-2, -2]]), truth)  # the same set on the second alone
    found = outcomes.outcomes(teacher, student)
    assert found.inherited.tolist() == [1]
    assert found.different.tolist() == [2]
    assert outcomes.inherited(teacher, student) == 0.5


@pytest.mark.parametrize("count", [3, 62, 63, 300])
def test_that_equal_sets_of_labels_and_only_those_have_equal_codes(count):
    rng = np.random.default_rng(count)
    rows = rng.random((400, count)) < 0.3
    rows[1] = rows[0]
    codes = answers(np.where(rows, 1.0, -1.0), rows).labels
    assert codes.min() >= 0
    expected = np.unique(rows, axis=0, return_inverse=True)[1].reshape(-1)
    np.testing.assert_array_equal(np.unique(codes, return_inverse=True)[1][:, None] == np.unique(
        codes, return_inverse=True)[1], expected[:, None] == expected)  # fmt: skip


def test_that_well_calibrated_yes_or_no_answers_have_no_calibration_error():
    chance = np.repeat(np.arange(0.05, 1, 0.1), 1000)[:, None]
    truth = np.concatenate([np.arange(1000) < round(1000 * c) for c in np.arange(0.05, 1, 0.1)])[:, None]
    sure = answers(np.log(chance / (1 - chance)), truth.astype(float))
    assert several.ece(sure, bins=10) == pytest.approx(0, abs=1e-9)
    assert several.ece(answers(sure.logits * 3, truth.astype(float)), bins=10) > 0.1


def test_that_the_measures_of_numbers_are_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=(80, 2)) * [1, 1000]
    teacher, student = truth + rng.normal(size=truth.shape) * [0.5, 100], truth + rng.normal(size=truth.shape)
    truth[::7] = np.nan
    t, s = (answers(one, truth, "regression") for one in (teacher, student))
    known = t.known
    found = whole.metrics(t)
    assert found["r2"] == pytest.approx(metrics.r2_score(truth[known], teacher[known]), rel=1e-5)
    assert found["mae"] == pytest.approx(metrics.mean_absolute_error(truth[known], teacher[known]), rel=1e-5)
    assert found["rmse"] == pytest.approx(metrics.root_mean_squared_error(truth[known], teacher[known]), rel=1e-5)
    near = whole.transfer(t, s)
    by_hand = np.mean([pearsonr(teacher[:, k], student[:, k])[0] for k in range(2)])
    assert near["correlation"] == pytest.approx(by_hand)
    assert near["difference"] == pytest.approx(metrics.root_mean_squared_error(teacher, student))
    assert near["agreement"] is None
    assert near["recovered"] is None


def test_that_what_cannot_be_told_of_numbers_is_none():
    one = answers(np.ones((3, 1)), np.full((3, 1), np.nan), "regression")
    assert whole.metrics(one) == dict.fromkeys(("accuracy", "nll", "ece", "rmse", "mae", "r2"))
    flat = answers(np.ones((3, 1)), np.ones((3, 1)), "regression")
    assert regression.r2(flat) is None
    assert regression.correlation(flat, flat) is None
    assert whole.learner(flat)["errors"] is None


def test_that_answers_to_different_tasks_are_not_compared():
    ones = np.ones((3, 2))
    with pytest.raises(ValueError, match="regression cannot be compared with those of multi_label"):
        whole.transfer(answers(ones, ones), answers(ones, ones, "regression"))


def test_that_probes_and_the_order_of_inputs_are_found_for_every_task():
    teacher, student = drawn(5)
    assert len(most_ambiguous(teacher, 8)) == 8
    for task in ("multi_label", "regression"):
        t, s = (answers(one.logits, one.targets, task) for one in (teacher, student))
        for told in ((t, s, t), (t, s, None), (None, s, None)):
            assert sorted(most_telling(*told).tolist()) == list(range(len(s.logits)))
