"""One reading of the logits tells what the single measures tell."""

from collections.abc import Callable

import numpy as np
import pytest

from kdstudio.analysis import agreement, calibration, similarity
from kdstudio.analysis.confidence import confidence
from kdstudio.analysis.summary import by_survey, metrics
from kdstudio.analysis.survey import survey
from kdstudio.analysis.wanted import Abandoned, while_wanted
from kdstudio.core.types import Predictions, softmax

Trio = tuple[Predictions, Predictions, Predictions]


@pytest.mark.parametrize("temperature", [1.0, 4.0])
def test_that_a_survey_finds_what_the_measures_find_one_by_one(pair: Trio, temperature: float):
    models = dict(zip(("teacher", "student", "baseline"), pair, strict=True))
    teacher = models["teacher"]
    for who, one in survey(models, teacher.targets, temperature).items():
        given = models[who]
        p = np.sort(softmax(given.logits, temperature), axis=1)
        np.testing.assert_array_equal(one.first, np.argmax(given.logits, axis=1))
        np.testing.assert_array_equal(one.second, np.argsort(-given.logits, axis=1)[:, 1])
        np.testing.assert_allclose(one.sureness, confidence(given))
        np.testing.assert_allclose(one.softened, p[:, -1])
        np.testing.assert_allclose(one.runner_up, p[:, -2])
        np.testing.assert_allclose(one.loss.mean(), calibration.nll(given))
        np.testing.assert_allclose(one.doubt(), similarity.doubt(given, teacher.targets, temperature))
        np.testing.assert_allclose(one.kl, agreement.kl(teacher, given, temperature), atol=1e-14)


def test_that_the_numbers_of_the_strip_come_out_the_same_from_a_survey(pair: Trio):
    models = dict(zip(("teacher", "student", "baseline"), pair, strict=True))
    found = survey(models, pair[0].targets, 4.0)
    assert by_survey(found, "teacher", pair[0].targets) == pytest.approx(metrics(pair[0]))
    for who in ("student", "baseline"):
        assert by_survey(found, who, pair[0].targets) == pytest.approx(metrics(models[who], pair[0], 4.0))


def test_that_classes_that_cannot_be_and_inputs_without_a_label_are_read(answers: Callable[..., Predictions]):
    teacher = answers([[2.0, 1.0, -np.inf], [0.0, 3.0, 1.0]], [0, -1])
    student = answers([[1.0, 2.0, -np.inf], [0.0, 1.0, 1.0]], [0, -1])
    found = survey({"teacher": teacher, "student": student}, np.array([0, -1]), 2.0)
    np.testing.assert_allclose(found["student"].kl, agreement.kl(teacher, student, 2.0))
    assert np.isnan(found["student"].loss).tolist() == [False, True]
    assert np.isnan(found["teacher"].doubt()[1:]).all()


def test_that_half_precision_is_read_as_the_numbers_that_it_holds(pair: Trio):
    logits = pair[0].logits.astype(np.float16)
    half = Predictions(pair[0].index, pair[0].targets, logits, pair[0].class_names)
    whole = Predictions(pair[0].index, pair[0].targets, logits.astype(np.float64), pair[0].class_names)
    np.testing.assert_array_equal(half.labels, whole.labels)
    one, other = (survey({"student": given}, given.targets, 4.0)["student"] for given in (half, whole))
    np.testing.assert_array_equal(one.sums, other.sums)


def test_that_a_survey_whose_result_nobody_wants_ends(pair: Trio):
    with while_wanted(lambda: False), pytest.raises(Abandoned):
        survey({"student": pair[0]}, pair[0].targets, 4.0)
    assert survey({"student": pair[0]}, pair[0].targets, 4.0)
