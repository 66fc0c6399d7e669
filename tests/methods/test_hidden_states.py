"""Hidden states against the two distances written out by hand."""

import math

import pytest
import torch

from kdstudio.methods.hidden_states import HiddenStates
from tests.methods.two_layers import PAIR, build, exchange, feature, loss


def cosine(left: list[float], right: list[float]) -> float:
    products = sum(a * b for a, b in zip(left, right, strict=True))
    return products / math.sqrt(sum(a * a for a in left) * sum(b * b for b in right))


def states(values: torch.Tensor) -> list[list[float]]:
    """Return the state at each place, in order."""
    rows = values.flatten(2).transpose(1, 2) if values.dim() == 4 else values
    return rows.reshape(-1, rows.shape[-1]).tolist()


@pytest.mark.parametrize("shape", [(3, 5), (3, 4, 5), (3, 5, 2, 2), (1, 5)])
def test_that_the_cosine_is_taken_at_each_place(shape: tuple[int, ...]) -> None:
    ours, theirs = feature(*shape, seed=1), feature(*shape, seed=2)
    each = [1 - cosine(a, b) for a, b in zip(states(ours), states(theirs), strict=True)]
    assert float(loss(HiddenStates(pairs=PAIR), ours, theirs)) == pytest.approx(sum(each) / len(each), rel=1e-12)


@pytest.mark.parametrize("shape", [(3, 5), (3, 4, 5), (3, 5, 2, 2)])
def test_that_the_square_is_a_mean_over_everything(shape: tuple[int, ...]) -> None:
    ours, theirs = feature(*shape, seed=1), feature(*shape, seed=2)
    gaps = [(a - b) ** 2 for a, b in zip(ours.flatten().tolist(), theirs.flatten().tolist(), strict=True)]
    found = loss(HiddenStates(pairs=PAIR, distance="squared"), ours, theirs)
    assert float(found) == pytest.approx(sum(gaps) / len(gaps), rel=1e-12)


def test_that_a_linear_map_lies_between_different_widths_and_is_trained() -> None:
    ours, theirs = feature(3, 4, 5, seed=1), feature(3, 4, 7, seed=2)
    objective = build(HiddenStates(pairs=PAIR, distance="squared"), ours, theirs)
    weight, bias = objective.parameters()
    by_hand = (ours @ weight.T + bias - theirs).square().mean()
    found = objective(exchange(ours, theirs))["distance"]
    assert float(found.detach()) == pytest.approx(float(by_hand.detach()), rel=1e-12)
    found.backward()
    assert weight.grad is not None
    assert weight.grad.abs().sum() > 0


def test_that_nothing_lies_between_equal_widths() -> None:
    ours = feature(3, 5, seed=1)
    assert not list(build(HiddenStates(pairs=PAIR), ours, ours).parameters())
    assert float(loss(HiddenStates(pairs=PAIR), ours * 3, ours)) == pytest.approx(0, abs=1e-12)
