import numpy as np
import pytest

from kdstudio.analysis.pairs import pairs

NAN = np.nan
TEACHER = np.array([[NAN, 0.7, 0.3], [0.4, NAN, 0.6], [0.5, 0.5, NAN]])
STUDENT = np.array([[NAN, 0.68, 0.32], [0.2, NAN, 0.8], [0.5, 0.5, NAN]])
BASELINE = np.array([[NAN, 0.4, 0.6], [0.15, NAN, 0.85], [0.5, 0.5, NAN]])


def places(found) -> list[tuple[int, int]]:
    return [(pair.true, pair.other) for pair in found]


def test_that_what_would_differ_without_the_teacher_was_transferred() -> None:
    found = pairs(TEACHER, STUDENT, BASELINE)
    assert places(found.transferred) == [(0, 1), (0, 2)]
    first = found.transferred[0]
    assert (first.teacher, first.student, first.baseline) == (0.7, 0.68, 0.4)


def test_that_doubt_that_is_lower_was_missed_and_higher_was_invented() -> None:
    found = pairs(TEACHER, STUDENT, BASELINE)
    assert places(found.missed) == [(1, 0)]
    assert places(found.invented) == [(1, 2)]


def test_that_without_a_baseline_shared_doubt_stands_for_it() -> None:
    found = pairs(TEACHER, STUDENT)
    assert places(found.transferred) == [(0, 1), (2, 0), (2, 1), (0, 2)]
    assert all(np.isnan(pair.baseline) for pair in found.transferred)


def test_that_a_model_misses_and_invents_nothing_of_its_own_doubt() -> None:
    found = pairs(TEACHER, TEACHER, BASELINE)
    assert (found.missed, found.invented) == ((), ())


@pytest.mark.parametrize("seed", range(5))
def test_that_no_pair_is_in_two_lists_and_lists_are_sorted(seed: int) -> None:
    generator = np.random.default_rng(seed)
    matrices = [generator.dirichlet(np.ones(6), size=6) for _ in range(3)]
    for matrix in matrices:
        np.fill_diagonal(matrix, NAN)
    found = pairs(*matrices, limit=4)
    everywhere = [place for part in (found.transferred, found.missed, found.invented) for place in places(part)]
    assert len(everywhere) == len(set(everywhere))
    gaps = [pair.student - pair.teacher for pair in found.invented]
    assert gaps == sorted(gaps, reverse=True)
    assert len(gaps) <= 4


def test_that_of_many_classes_smaller_differences_count() -> None:
    teacher = np.full((101, 101), 0.01)
    student, baseline = teacher.copy(), teacher.copy()
    student[0, 1], baseline[2, 3] = 0.014, 0.02
    found = pairs(teacher, student, baseline)
    assert (places(found.invented), places(found.transferred)) == ([(0, 1)], [(2, 3)])
