import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kdstudio.analysis.frontier import frontier

models = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=30)


def is_beaten(one: tuple[int, int], by: tuple[int, int]) -> bool:
    return by[0] <= one[0] and by[1] >= one[1] and by != one


def test_that_the_frontier_rises_from_the_cheapest_to_the_best() -> None:
    costs, scores = np.array([10, 20, 20, 40, 30]), np.array([0.7, 0.8, 0.75, 0.9, 0.8])
    assert frontier(costs, scores).tolist() == [0, 1, 3]


def test_that_models_without_a_number_are_left_out() -> None:
    assert frontier(np.array([1, np.nan, 2]), np.array([np.nan, 0.9, 0.5])).tolist() == [2]
    assert frontier(np.zeros(0), np.zeros(0)).tolist() == []


@given(models)
def test_that_nobody_on_the_frontier_is_beaten_and_everybody_else_is(found: list[tuple[int, int]]) -> None:
    costs, scores = np.array([one[0] for one in found]), np.array([one[1] for one in found])
    chosen = set(frontier(costs, scores).tolist())
    for at, one in enumerate(found):
        assert (at in chosen) != any(is_beaten(one, other) for other in found)
