import math

import numpy as np
import pytest

from kdstudio.analysis.telling import entropy, most_ambiguous, most_telling


def test_that_entropy_equals_the_formula_written_out(answers) -> None:
    one = answers([[math.log(0.5), math.log(0.3), math.log(0.2)], [0.0, -np.inf, -np.inf]])
    expected = -(0.5 * math.log(0.5) + 0.3 * math.log(0.3) + 0.2 * math.log(0.2))
    assert entropy(one).tolist() == pytest.approx([expected, 0.0])


def test_that_the_probes_are_the_least_sure_of_different_classes(answers) -> None:
    targets = np.array([0, 0, 0, 1, 1, 2])
    margin = np.array([0.1, 0.2, 0.3, 1.0, 2.0, 3.0])  # class 0 has the three least sure
    teacher = answers(margin[:, None] * np.eye(3)[targets], targets)
    assert most_ambiguous(teacher, 3).tolist() == [0, 3, 5]
    assert most_ambiguous(teacher, 4).tolist() == [0, 1, 3, 5]
    assert most_ambiguous(teacher, 100).tolist() == [0, 1, 2, 3, 4, 5]
    assert most_ambiguous(answers(teacher.logits), 3).tolist() == [0, 3, 5]  # no labels: the teacher's classes


def test_that_the_first_input_shows_a_doubt_that_only_the_taught_student_shares(answers) -> None:
    sure, doubt = [9.0, 0, 0], [3.0, 2, 0]
    teacher = answers([sure, doubt, doubt, doubt], [0, 0, 0, 1])
    student = answers([sure, doubt, [3.0, 0, 2], doubt], [0, 0, 0, 1])
    baseline = answers([sure, [0.0, 0, 4], [0.0, 0, 4], [0.0, 0, 4]], [0, 0, 0, 1])
    assert most_telling(teacher, student, baseline)[0] == 1
    assert sorted(most_telling(teacher, student, baseline).tolist()) == [0, 1, 2, 3]


def test_that_without_a_baseline_a_large_doubt_followed_closely_comes_first(answers) -> None:
    teacher = answers([[9.0, 0, 0], [3.0, 2, 0], [3.0, 2, 0]], [0, 0, 0])
    student = answers([[9.0, 0, 0], [9.0, 2, 0], [3.0, 2, 0]], [0, 0, 0])
    assert most_telling(teacher, student).tolist() == [2, 1, 0]
    assert most_telling(answers(teacher.logits), answers(student.logits))[0] == 2


def test_that_without_a_teacher_the_least_sure_answer_comes_first(answers) -> None:
    assert most_telling(None, answers([[9.0, 0], [1.0, 0], [4.0, 0]])).tolist() == [1, 2, 0]


def test_that_two_classes_and_ties_are_no_trouble(answers) -> None:
    one = answers(np.zeros((4, 2), dtype=np.float16), [0, 1, 0, 1])
    assert most_ambiguous(one, 2).tolist() == [0, 1]
    assert sorted(most_telling(one, one, one).tolist()) == [0, 1, 2, 3]
    with pytest.raises(ValueError, match="no answers"):
        most_ambiguous(answers(np.empty((0, 2))))
