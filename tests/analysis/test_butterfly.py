import math

import numpy as np
import pytest
from scipy.stats import spearmanr

from kdstudio.analysis.butterfly import butterfly

NAMES = ("shirt", "coat", "dress", "bag")
TEACHER, STUDENT, BASELINE = np.array([5.0, 3, 1, 0]), np.array([4.0, 1, 3, 0]), np.array([0.0, 2, 6, 1])


def softened(row, temperature):
    exponentials = [math.exp(z / temperature) for z in row]
    return [e / sum(exponentials) for e in exponentials]


def test_that_the_numbers_equal_the_formulas_written_out() -> None:
    seen = butterfly(TEACHER, STUDENT, BASELINE, class_names=NAMES, target=1, temperature=4.0)
    p, q, b = (softened(one, 4.0) for one in (TEACHER, STUDENT, BASELINE))
    assert [row.teacher for row in seen.rows] == pytest.approx(p)  # the teacher's order is the class order here
    assert [row.student for row in seen.rows] == pytest.approx(q)
    assert [row.is_true for row in seen.rows] == [False, True, False, False]
    assert seen.kl == pytest.approx(sum(x * math.log(x / y) for x, y in zip(p, q, strict=True)))
    assert seen.baseline_kl == pytest.approx(sum(x * math.log(x / y) for x, y in zip(p, b, strict=True)))
    assert seen.rank == pytest.approx(spearmanr(TEACHER[1:], STUDENT[1:]).statistic)
    assert seen.teacher.hidden == pytest.approx(1 - p[0])
    assert seen.teacher.confidence == pytest.approx(softened(TEACHER, 1)[0])
    assert (seen.teacher.top, seen.teacher.second, seen.student.second, seen.baseline.top) == (0, 1, 2, 2)
    assert seen.others is None


@pytest.mark.parametrize(
    ("order", "expected"),
    [("teacher", [0, 1, 2, 3]), ("student", [0, 2, 1, 3]), ("class", [0, 1, 2, 3]), ("difference", [2, 1, 0, 3])],
)
def test_that_rows_are_sorted_as_asked(order, expected) -> None:
    seen = butterfly(TEACHER, STUDENT, class_names=NAMES, order=order, temperature=4.0)
    assert [row.label for row in seen.rows] == expected


def test_that_ten_of_a_thousand_classes_have_rows_and_others_the_rest() -> None:
    logits = np.linspace(10, 0, 1000).astype(np.float16)
    names = tuple(map(str, range(1000)))
    seen = butterfly(logits, logits[::-1], class_names=names, temperature=2.0, target=500)
    assert [row.label for row in seen.rows] == [0, 1, 2, 3, 4, 5, 6, 7, 500, 999]
    assert seen.others.count == 990
    assert sum(row.teacher for row in seen.rows) + seen.others.teacher == pytest.approx(1)
    assert seen.others.baseline is None
    plain = butterfly(logits, None, class_names=names)
    assert [row.label for row in plain.rows] == list(range(10))


def test_that_a_missing_model_leaves_none() -> None:
    alone = butterfly(TEACHER, None, class_names=NAMES)
    assert (alone.student, alone.kl, alone.js, alone.rank, alone.rows[0].student) == (None,) * 5
    untaught = butterfly(None, STUDENT, BASELINE, class_names=NAMES)
    assert [row.label for row in untaught.rows] == [0, 2, 1, 3]
    assert untaught.baseline_kl is None


def test_that_ties_go_to_the_first_class() -> None:
    seen = butterfly(np.zeros(4), np.zeros(4), class_names=NAMES)
    assert [row.label for row in seen.rows] == [0, 1, 2, 3]
    assert (seen.teacher.top, seen.teacher.second, seen.rank) == (0, 1, None)


def test_that_what_cannot_be_shown_is_refused() -> None:
    with pytest.raises(ValueError, match="no answer"):
        butterfly(None, None, class_names=NAMES)
    with pytest.raises(ValueError, match="different numbers"):
        butterfly(TEACHER, STUDENT[:3], class_names=NAMES)
    with pytest.raises(ValueError, match="two classes"):
        butterfly(np.zeros(1), None, class_names=("only",))
    with pytest.raises(ValueError, match="label 4"):
        butterfly(TEACHER, STUDENT, class_names=NAMES, target=4)
