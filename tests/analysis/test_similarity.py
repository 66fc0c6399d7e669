import numpy as np
import pytest
from scipy.stats import spearmanr

from kdstudio.analysis import similarity
from kdstudio.analysis.ranks import ranks, spearman


def test_that_doubt_equals_the_definition_written_out(answers, pair) -> None:
    teacher, _, _ = pair
    p = np.exp(teacher.logits / 4)
    p /= p.sum(1, keepdims=True)
    doubt = similarity.doubt(teacher, teacher.targets, 4.0)
    for i in range(5):
        mean = p[teacher.targets == i].mean(0)
        for j in range(5):
            if i != j:
                assert doubt[i, j] == pytest.approx(mean[j] / (mean.sum() - mean[i]), rel=1e-12)
    assert np.isnan(np.diagonal(doubt)).all()
    np.testing.assert_allclose(np.nansum(doubt, axis=1), 1)


@pytest.mark.parametrize("temperature", [0.5, 4.0])
def test_that_answers_sorted_once_have_the_same_doubt(answers, pair, temperature: float) -> None:
    teacher, _, _ = pair
    kept = (teacher.targets != 3) & (np.arange(300) % 7 > 0)
    one = answers(teacher.logits[kept], teacher.targets[kept])
    found = similarity.by_class(one, one.targets).doubt(temperature)
    np.testing.assert_allclose(found, similarity.doubt(one, one.targets, temperature), rtol=1e-12)


def test_that_structure_is_the_rank_correlation_of_the_off_diagonals(pair) -> None:
    teacher, student, _ = pair
    matrices = [similarity.doubt(one, teacher.targets, 2.0) for one in (teacher, student)]
    off = ~np.eye(5, dtype=bool)
    expected = spearmanr(matrices[0][off], matrices[1][off]).statistic
    assert similarity.structure(teacher, student, 2.0) == pytest.approx(expected, rel=1e-12)
    assert similarity.structure(teacher, teacher) == pytest.approx(1)


def test_that_a_class_without_inputs_is_left_out(answers, pair) -> None:
    teacher, student, _ = pair
    kept = teacher.targets != 3
    first = answers(teacher.logits[kept], teacher.targets[kept])
    second = answers(student.logits[kept], student.targets[kept])
    doubt = similarity.doubt(first, first.targets)
    assert np.isnan(doubt[3]).all()
    assert np.isfinite(doubt[0, 1:]).all()
    assert -1 <= similarity.structure(first, second) <= 1


def test_that_without_labels_the_teachers_top_class_stands_for_the_true_one(answers, pair) -> None:
    teacher, student, _ = pair
    bare_teacher, bare_student = answers(teacher.logits), answers(student.logits)
    labelled_teacher = answers(teacher.logits, teacher.labels)
    labelled_student = answers(student.logits, teacher.labels)
    assert similarity.true_classes(bare_student, bare_teacher).tolist() == teacher.labels.tolist()
    assert similarity.structure(bare_teacher, bare_student) == similarity.structure(labelled_teacher, labelled_student)


def test_that_a_missing_label_alone_is_replaced(answers) -> None:
    teacher, student = answers([[1, 0, 0], [0, 1, 0]], [2, -1]), answers([[0, 0, 1], [0, 0, 1]], [2, -1])
    assert similarity.true_classes(student, teacher).tolist() == [2, 1]


def test_that_two_classes_and_uniform_doubt_have_no_structure(answers) -> None:
    assert similarity.structure(answers([[1, 0], [0, 2]], [0, 1]), answers([[1, 0], [0, 2]], [0, 1])) is None
    flat = answers(np.zeros((6, 3)), [0, 1, 2, 0, 1, 2])
    assert similarity.structure(flat, flat) is None


def test_that_a_row_without_any_doubt_is_left_out(answers) -> None:
    sure = answers([[1e6, 0, 0], [1, 3, 2], [3, 1, 5]], [0, 1, 2])
    doubt = similarity.doubt(sure, sure.targets)
    assert np.isnan(doubt[0]).all()
    assert similarity.structure(sure, sure) == pytest.approx(1)


def test_that_the_order_puts_alike_classes_together() -> None:
    doubt = np.full((4, 4), 0.05)
    doubt[0, 2] = doubt[2, 0] = doubt[1, 3] = doubt[3, 1] = 0.9
    order = similarity.order(doubt).tolist()
    assert sorted(order) == [0, 1, 2, 3]
    assert abs(order.index(0) - order.index(2)) == 1
    assert abs(order.index(1) - order.index(3)) == 1
    assert similarity.order(np.full((2, 2), np.nan)).tolist() == [0, 1]
    assert sorted(similarity.order(np.full((3, 3), np.nan)).tolist()) == [0, 1, 2]


def test_that_a_thousand_classes_are_ordered_and_compared(answers) -> None:
    generator = np.random.default_rng(0)
    targets = np.arange(1500) % 1000
    logits = generator.normal(size=(1500, 1000)).astype(np.float16)
    teacher, student = answers(logits, targets), answers(logits + np.float16(0.5), targets)
    assert similarity.structure(teacher, student) == pytest.approx(1, abs=1e-3)
    doubt = similarity.doubt(teacher, targets, 4.0)
    assert sorted(similarity.order(doubt).tolist()) == list(range(1000))


def test_that_ranks_share_their_mean_among_equals() -> None:
    assert ranks(np.array([3.0, 1.0, 3.0, 2.0])).tolist() == [3.5, 1.0, 3.5, 2.0]
    a, b = np.array([1, 1, 2, 5, 3]), np.array([2, 0, 2, 2, 9])
    assert spearman(a, b) == pytest.approx(spearmanr(a, b).statistic)
    assert spearman(np.array([1.0]), np.array([1.0])) is None
    assert spearman(np.array([1.0, 1.0]), np.array([1.0, 2.0])) is None


def test_that_groups_of_classes_are_those_that_are_taken_for_one_another_and_sum_up_the_doubt():
    matrix = np.full((6, 6), 0.02)
    for i, j in ((0, 3), (1, 4), (2, 5)):
        matrix[i, j] = matrix[j, i] = 0.9
    np.fill_diagonal(matrix, np.nan)
    groups = similarity.clusters(matrix, 2)
    assert sorted(sorted(group.tolist()) for group in groups) == [[0, 3], [1, 4], [2, 5]]
    assert sorted(np.concatenate(similarity.clusters(matrix, 4)).tolist()) == [0, 1, 2, 3, 4, 5]
    found = similarity.between(matrix, groups)
    assert np.isnan(np.diagonal(found)).all()
    np.testing.assert_allclose(found[0, 1], 0.04)
    np.testing.assert_allclose(similarity.between(matrix, groups, is_share=False)[0, 1], 0.08)
