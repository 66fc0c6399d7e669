import numpy as np
import pytest

from kdstudio.analysis.outcomes import blind_spots, excess_range, inherited, inherited_range, outcomes


def labels(*classes, sure=5.0):
    return sure * np.eye(4)[list(classes)]


def test_that_every_input_falls_into_its_outcome(answers) -> None:
    targets = [0, 1, 2, 3, 0, 1]
    teacher = answers(labels(0, 1, 0, 0, 1, 2), targets)
    student = answers(labels(0, 2, 2, 0, 2, 2), targets)
    found = outcomes(teacher, student)
    assert found.both_right.tolist() == [0]
    assert found.lost.tolist() == [1]
    assert found.fixed.tolist() == [2]
    assert found.inherited.tolist() == [3, 5]
    assert found.different.tolist() == [4]
    assert found.teacher_errors == 4
    assert inherited(teacher, student) == 0.5


def test_that_a_teacher_without_errors_passes_on_none(answers) -> None:
    teacher, student = answers(labels(0, 1), [0, 1]), answers(labels(0, 0), [0, 1])
    assert inherited(teacher, student) is None
    assert inherited_range(teacher, student) is None
    assert excess_range(teacher, student, student) is None
    assert blind_spots(teacher, student) == ()


def test_that_without_labels_every_outcome_is_empty(answers) -> None:
    found = outcomes(answers(labels(0, 1)), answers(labels(0, 2)))
    assert sum(map(len, (found.both_right, found.lost, found.fixed, found.inherited, found.different))) == 0
    assert found.inherited_share is None


def test_that_an_unlabelled_input_is_left_out_and_one_sided_labels_suffice(answers) -> None:
    teacher, student = answers(labels(0, 1, 2)), answers(labels(0, 1, 1), [1, 1, -1])
    found = outcomes(teacher, student)
    assert found.inherited.tolist() == [0]
    assert found.both_right.tolist() == [1]
    assert len(found.different) == 0


def test_that_with_two_classes_every_shared_mistake_is_inherited(answers) -> None:
    teacher, student = answers([[1, 0], [1, 0]], [1, 1]), answers([[3, 0], [0, 1]], [1, 1])
    assert outcomes(teacher, student).inherited_share == 0.5
    assert len(outcomes(teacher, student).different) == 0


def test_that_blind_spots_are_grouped_and_the_surest_comes_first(answers) -> None:
    targets = [0, 0, 0, 1, 2]
    logits = labels(1, 1, 1, 3, 2)
    logits[2, 1] = 9.0  # surest
    unsure = logits.copy()
    unsure[1, 1] = 1.0  # the student gives .48
    spots = blind_spots(answers(logits, targets), answers(unsure, targets))
    assert [(spot.true, spot.said, spot.positions.tolist()) for spot in spots] == [(0, 1, [2, 0]), (1, 3, [3])]
    assert blind_spots(answers(logits, targets), answers(unsure, targets), temperature=50.0) == ()


def test_that_the_interval_is_that_of_the_binomial(pair) -> None:
    teacher, student, baseline = pair
    errors = outcomes(teacher, student).teacher_errors
    share = inherited_range(teacher, student)
    spread = 1.96 * np.sqrt(share.value * (1 - share.value) / errors)
    assert share.value == inherited(teacher, student)
    assert share.low == pytest.approx(share.value - spread, abs=1.5 / errors)
    assert share.high == pytest.approx(share.value + spread, abs=1.5 / errors)
    assert share == inherited_range(teacher, student)
    excess = excess_range(teacher, student, baseline)
    assert excess.value == pytest.approx(inherited(teacher, student) - inherited(teacher, baseline))
    assert excess.low <= excess.value <= excess.high


def test_that_the_counts_add_up_to_accuracy(pair) -> None:
    teacher, student, _ = pair
    found = outcomes(teacher, student)
    assert len(found.both_right) + len(found.lost) == (teacher.labels == teacher.targets).sum()
    assert len(found.both_right) + len(found.fixed) == (student.labels == student.targets).sum()
