"""A shift of the biases: it finds what was taken away, and nothing where nothing was."""

import numpy as np
import pytest
from scipy.special import softmax

from kdstudio.analysis.bias_shift import bias_shift, shifted
from kdstudio.core.types import Predictions


def answers(logits: np.ndarray) -> Predictions:
    return Predictions(np.arange(len(logits)), logits.argmax(1), logits, tuple(map(str, range(logits.shape[1]))))


@pytest.fixture
def teacher() -> Predictions:
    return answers(np.random.default_rng(0).normal(0, 3, (400, 5)).astype(np.float32))


def test_that_a_bias_that_was_taken_away_is_found(teacher: Predictions) -> None:
    taken = np.array([0.0, -6.0, 0.0, 2.0, 0.0])
    found = bias_shift(shifted(teacher, taken), teacher)
    np.testing.assert_allclose(found, taken.mean() - taken, atol=1e-4)


def test_that_mean_probabilities_are_the_teachers_afterwards(teacher: Predictions) -> None:
    student = answers(np.random.default_rng(1).normal(0, 2, (400, 5)) + np.array([0, 0, -9, 0, 4]))
    moved = shifted(student, bias_shift(student, teacher))
    mine, theirs = (softmax(np.asarray(one.logits, float), axis=1).mean(axis=0) for one in (moved, teacher))
    np.testing.assert_allclose(mine, theirs, atol=1e-5)


def test_that_a_class_that_is_never_expected_is_not_shifted_without_end(teacher: Predictions) -> None:
    never = answers(np.where(np.arange(5) == 2, -1e4, teacher.logits))
    assert np.abs(bias_shift(teacher, never)).max() < 30
