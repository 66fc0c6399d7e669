"""How a batch is shared by the processes of a run."""

import pytest

from kdstudio.training.group import Group


def groups(size: int) -> list[Group]:
    found = []
    for rank in range(size):
        one = Group()
        one.rank, one.size = rank, size
        found.append(one)
    return found


@pytest.mark.parametrize(("size", "count"), [(1, 5), (2, 4), (3, 64), (4, 9), (8, 31)])
def test_that_shares_cover_a_batch_once_and_weigh_together_one(size: int, count: int) -> None:
    shares = [range(count)[one.span(count)] for one in groups(size)]
    assert [position for share in shares for position in share] == list(range(count)) * (
        size if count < 2 * size else 1
    )
    assert max(map(len, shares)) - min(map(len, shares)) <= 1
    assert sum(one.weight(count) for one in groups(size)) == pytest.approx(1)


def test_that_a_batch_too_small_for_all_is_seen_whole_by_each() -> None:
    assert [one.span(7) for one in groups(4)] == [slice(0, 7)] * 4
    assert [one.weight(7) for one in groups(4)] == [0.25] * 4
