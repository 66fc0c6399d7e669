import json

import numpy as np
import pytest

from kdstudio.analysis import agreement, calibration, outcomes, similarity
from kdstudio.analysis.summary import Size, learner, metrics, recovered, summary, transfer

LEARNER_KEYS = {"accuracy", "nll", "ece", "parameters", "bytes", "macs", "errors", "count"}
TRANSFER_KEYS = {
    "temperature", "agreement", "kl", "structure", "inherited", "baseline_agreement", "baseline_kl",
    "baseline_structure", "baseline_inherited", "recovered",
}  # fmt: skip


def test_that_the_summary_has_the_keys_and_numbers_of_the_contract(pair) -> None:
    teacher, student, baseline = pair
    found = summary(teacher, student, baseline, {"student": Size(100, 400, 1000)}, temperature=2.0)
    assert set(found) == {"teacher", "student", "baseline", "transfer"}
    assert set(found["student"]) == set(found["teacher"]) == LEARNER_KEYS
    assert set(found["transfer"]) == TRANSFER_KEYS
    accuracy = calibration.accuracy(student)
    assert found["student"] == {
        "accuracy": accuracy, "nll": calibration.nll(student), "ece": calibration.ece(student), "parameters": 100,
        "bytes": 400, "macs": 1000, "errors": round(300 * (1 - accuracy)), "count": 300,
    }  # fmt: skip
    assert found["teacher"]["parameters"] is None
    assert found["transfer"]["kl"] == agreement.mean_kl(teacher, student, 2.0)
    assert found["transfer"]["baseline_agreement"] == agreement.agreement(teacher, baseline)
    assert found["transfer"]["structure"] == similarity.structure(teacher, student, 2.0)
    assert found["transfer"]["baseline_inherited"] == outcomes.inherited(teacher, baseline)
    gap = found["teacher"]["accuracy"] - found["baseline"]["accuracy"]
    assert found["transfer"]["recovered"] == pytest.approx((accuracy - found["baseline"]["accuracy"]) / gap)
    json.dumps(found, allow_nan=False)


def test_that_without_teacher_or_baseline_their_numbers_are_null(pair) -> None:
    teacher, student, _ = pair
    alone = summary(None, student, None, {})
    assert alone["teacher"] is None
    assert alone["baseline"] is None
    assert alone["transfer"] == dict.fromkeys(TRANSFER_KEYS) | {"temperature": 4.0}
    taught = transfer(teacher, student)
    assert taught["agreement"] is not None
    assert [taught[key] for key in TRANSFER_KEYS if key.startswith("baseline_")] == [None] * 4
    assert taught["recovered"] is None
    assert transfer(None, student, student)["baseline_agreement"] is None


def test_that_recovered_is_null_below_one_point(answers) -> None:
    def right(count):
        logits = np.tile([[1.0, 0.0]], (100, 1))
        logits[count:] = [0.0, 1.0]
        return answers(logits, np.zeros(100, dtype=int))

    assert recovered(right(94), right(94), right(93)) == pytest.approx(1)  # 0.94 − 0.93 < 0.01 in binary
    assert recovered(right(94), right(92), right(90)) == pytest.approx(0.5)
    assert recovered(right(90), right(95), right(90)) is None
    assert recovered(right(80), right(95), right(90)) is None


def test_that_without_labels_only_what_needs_none_is_given(answers, pair) -> None:
    teacher, student, baseline = (answers(one.logits) for one in pair)
    found = summary(teacher, student, baseline, {})
    assert [found["student"][key] for key in ("accuracy", "nll", "ece", "errors")] == [None] * 4
    assert found["student"]["count"] == 300
    assert found["transfer"]["inherited"] is None
    assert found["transfer"]["recovered"] is None
    assert 0 < found["transfer"]["agreement"] < 1
    assert found["transfer"]["structure"] is not None


def test_that_infinite_numbers_become_null(answers) -> None:
    teacher, student = answers([[0.0, 0.0]], [0]), answers([[-np.inf, 0.0]], [0])
    assert metrics(student, teacher)["nll"] is None
    assert metrics(student, teacher)["kl"] is None
    json.dumps(summary(teacher, student, None, {}), allow_nan=False)


def test_that_a_teacher_without_errors_and_two_classes_give_null(answers) -> None:
    one = answers([[1.0, 0.0], [0.0, 1.0]], [0, 1])
    assert metrics(one, one) == {
        "accuracy": 1.0, "nll": calibration.nll(one), "ece": calibration.ece(one), "agreement": 1.0, "kl": 0.0,
        "structure": None, "inherited": None,
    }  # fmt: skip
    assert set(metrics(one)) == {"accuracy", "nll", "ece"}


def test_that_unlabelled_inputs_count_in_no_score(answers) -> None:
    found = learner(answers([[1, 0], [1, 0], [0, 1]], [0, 1, -1]))
    assert (found["count"], found["errors"], found["accuracy"]) == (2, 1, 0.5)


def test_that_answers_to_different_inputs_are_refused(answers) -> None:
    with pytest.raises(ValueError, match="different inputs"):
        summary(None, answers([[1, 0]], index=[1]), answers([[1, 0]], index=[2]), {})
