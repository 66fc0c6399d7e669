"""The hinge of the activation boundaries, written out by hand."""

import pytest
import torch

from kdstudio.methods.activation_boundaries import ActivationBoundaries
from tests.methods.two_layers import PAIR, build, exchange, feature


def hinge(student: float, teacher: float, margin: float) -> float:
    if teacher > 0:
        return (student - margin) ** 2 if student <= margin else 0.0
    return (student + margin) ** 2 if student > -margin else 0.0


@pytest.mark.parametrize("inputs", [1, 4])
@pytest.mark.parametrize("margin", [0.5, 1.0])
def test_that_the_term_is_the_mean_squared_hinge_on_the_teachers_side(inputs: int, margin: float) -> None:
    ours, theirs = feature(inputs, 3, 3, 2, seed=1), feature(inputs, 4, 3, 2, seed=2)
    objective = build(ActivationBoundaries(pairs=PAIR, margin=margin), ours, theirs)
    through = objective.connectors[0](ours).detach().flatten().tolist()
    each = [hinge(s, t, margin) for s, t in zip(through, theirs.flatten().tolist(), strict=True)]
    found = objective(exchange(ours, theirs))["hinge"].detach()
    assert float(found) == pytest.approx(sum(each) / len(each), rel=1e-12)


def test_that_a_relu_of_the_teacher_changes_nothing() -> None:
    ours, theirs = feature(3, 4, 2, 2, seed=1), feature(3, 4, 2, 2, seed=2)
    method = ActivationBoundaries(pairs=PAIR)
    before, behind = (float(method.compare([(ours, side)])["hinge"]) for side in (theirs, theirs.relu()))
    assert before == behind > 0


def test_that_nothing_is_asked_of_what_is_beyond_the_margin() -> None:
    theirs = feature(3, 4, 2, 2, seed=2)
    ours = (theirs.sign() * 1.5).requires_grad_(True)
    found = ActivationBoundaries(pairs=PAIR).compare([(ours, theirs)])["hinge"]
    found.backward()
    assert float(found.detach()) == 0
    assert torch.equal(ours.grad, torch.zeros_like(ours))
