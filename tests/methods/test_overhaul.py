"""The overhaul's margin and partial distance, written out by hand."""

import pytest
import torch

from kdstudio.methods.overhaul import Margin, Overhaul
from tests.methods.two_layers import PAIR, build, exchange, feature


def distance(student: float, teacher: float, margin: float) -> float:
    wanted = max(teacher, margin)
    return 0.0 if student <= wanted <= 0 else (student - wanted) ** 2


def margins(theirs: torch.Tensor) -> list[float]:
    """Return the mean negative value of each channel."""
    rows = [[value for value in theirs[:, c].flatten().tolist() if value < 0] for c in range(theirs.shape[1])]
    return [sum(row) / len(row) if row else 0.0 for row in rows]


@pytest.mark.parametrize("inputs", [1, 4])
def test_that_the_term_is_the_mean_partial_distance_to_the_margin(inputs: int) -> None:
    ours, theirs = feature(inputs, 3, 3, 2, seed=1), feature(inputs, 4, 3, 2, seed=2)
    objective = build(Overhaul(pairs=PAIR), ours, theirs)
    through, expected = objective.connectors[0](ours).detach(), margins(theirs)
    each = [
        distance(float(through[n, c, y, x]), float(theirs[n, c, y, x]), expected[c])
        for n in range(inputs)
        for c in range(4)
        for y in range(3)
        for x in range(2)
    ]
    found = objective(exchange(ours, theirs))["error"]
    assert float(found.detach()) == pytest.approx(sum(each) / len(each), rel=1e-11)


def test_that_the_gradient_is_that_of_the_square_and_none_where_the_student_may_be_lower() -> None:
    student = torch.tensor([-3.0, -1.0, 0.5, 2.0], dtype=torch.float64).view(1, 1, 2, 2).requires_grad_(True)
    teacher = torch.tensor([-1.0, -2.0, -0.5, 3.0], dtype=torch.float64).view(1, 1, 2, 2)
    Overhaul(pairs=PAIR).compare([(student, teacher)])["error"].backward()
    by_hand = [0.0, 2 * (-1 + 2) / 4, 2 * (0.5 + 0.5) / 4, 2 * (2 - 3) / 4]
    assert student.grad.flatten().tolist() == pytest.approx(by_hand)


def test_that_the_margin_is_the_mean_of_all_negative_values_so_far() -> None:
    margin, batches = Margin(4).double(), [feature(n, 4, 3, 2, seed=n) for n in (1, 5, 2)]
    for batch in batches:
        lifted = margin(batch)
    expected = margins(torch.cat(batches))
    assert margin.margin.tolist() == pytest.approx(expected, rel=1e-12)
    assert torch.equal(lifted, batches[-1].maximum(margin.margin[:, None, None]))


def test_that_behind_a_relu_the_margin_is_zero_and_the_student_may_be_lower() -> None:
    theirs = feature(3, 4, 3, 2, seed=2).relu()
    margin = Margin(4).double()
    assert torch.equal(margin(theirs), theirs)
    assert margin.margin.abs().max() == 0
    below = torch.where(theirs == 0, -1.0, theirs)
    assert float(Overhaul(pairs=PAIR).compare([(below, theirs)])["error"]) == 0


def test_that_the_margins_are_part_of_a_checkpoint() -> None:
    ours, theirs = feature(3, 3, 3, 2, seed=1), feature(3, 4, 3, 2, seed=2)
    one, other = (build(Overhaul(pairs=PAIR), ours, theirs) for _ in range(2))
    one(exchange(ours, theirs))
    other.load_state_dict(one.state_dict())
    assert torch.equal(one.margins[0].margin, other.margins[0].margin)
    assert other.margins[0].seen.sum() == (theirs < 0).sum()
