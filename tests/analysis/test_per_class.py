import numpy as np
import pytest
from sklearn.metrics import precision_score, recall_score

from kdstudio.analysis import per_class
from kdstudio.analysis.agreement import kl
from kdstudio.analysis.calibration import ece


def test_that_recall_and_precision_are_those_of_scikit_learn(pair) -> None:
    teacher, student, _ = pair
    true, said = teacher.targets, student.labels
    assert per_class.recall(student, true) == pytest.approx(recall_score(true, said, average=None))
    assert per_class.precision(student, true) == pytest.approx(precision_score(true, said, average=None))


def test_that_kl_and_calibration_of_a_class_are_those_of_its_inputs(answers, pair) -> None:
    teacher, student, _ = pair
    rows = teacher.targets == 3
    mine = answers(student.logits[rows], student.targets[rows])
    assert per_class.kl(teacher, student, teacher.targets, 4.0)[3] == pytest.approx(
        kl(teacher, student, 4.0)[rows].mean()
    )
    assert per_class.ece(student, teacher.targets)[3] == pytest.approx(ece(mine))
    assert per_class.counts(teacher.targets, 5)[3] == rows.sum()


def test_that_what_has_no_inputs_has_no_numbers(answers) -> None:
    one = answers([[2, 1, 0], [2, 1, 0], [0, 1, 0]], [0, 0, -1])
    assert per_class.recall(one, one.targets).tolist() == pytest.approx([1, np.nan, np.nan], nan_ok=True)
    assert per_class.precision(one, one.targets).tolist() == pytest.approx([1, np.nan, np.nan], nan_ok=True)
    assert np.isnan(per_class.kl(one, one, one.targets)[1:]).all()
    assert np.isnan(per_class.ece(one, one.targets)[1:]).all()
