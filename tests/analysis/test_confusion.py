import numpy as np
from sklearn.metrics import confusion_matrix

from kdstudio.analysis.confusion import confusion, in_cell, in_doubt


def test_that_counts_are_those_of_scikit_learn(pair) -> None:
    teacher, student, _ = pair
    for true, said in ((teacher.targets, student.labels), (teacher.labels, student.labels)):
        assert confusion(true, said, 5).tolist() == confusion_matrix(true, said, labels=range(5)).tolist()


def test_that_inputs_without_a_class_are_left_out() -> None:
    assert confusion(np.array([0, -1, 1]), np.array([1, 1, 1]), 2).tolist() == [[0, 1], [0, 1]]


def test_that_a_cell_has_the_inputs_that_it_counts(pair) -> None:
    teacher, student, _ = pair
    found = in_cell(teacher.targets, student.labels, 2, 4)
    assert len(found) == confusion(teacher.targets, student.labels, 5)[2, 4] > 0
    assert set(teacher.targets[found]) == {2}
    assert set(student.labels[found]) == {4}


def test_that_a_class_is_ordered_by_its_share_of_the_doubt(answers) -> None:
    # Inputs of class 0: what is left beside it is for class 1 in parts of 9/10, 1/10 and 1/2; the last is of class 1.
    logits = np.log([[0.9, 0.09, 0.01], [0.1, 0.09, 0.81], [0.5, 0.25, 0.25], [0.1, 0.8, 0.1]])
    one = answers(logits, [0, 0, 0, 1])
    assert in_doubt(one, one.targets, 0, 1).tolist() == [0, 2, 1]
    assert in_doubt(one, one.targets, 0, 2).tolist() == [1, 2, 0]
