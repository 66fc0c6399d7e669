"""Neuron selectivity against the discrepancy written out by hand."""

import math

import pytest
import torch

from kdstudio.methods.neuron_selectivity import NeuronSelectivity
from tests.methods.two_layers import PAIR, feature, loss


def channels(values: torch.Tensor) -> list[list[float]]:
    """Return the channels of one input (c, h, w), each of length 1."""
    rows = values.flatten(1).tolist()
    return [[a / math.sqrt(sum(b * b for b in row)) for a in row] for row in rows]


def kernel(left: list[list[float]], right: list[list[float]]) -> float:
    each = [sum(a * b for a, b in zip(x, y, strict=True)) ** 2 for x in left for y in right]
    return sum(each) / len(each)


@pytest.mark.parametrize("inputs", [1, 3])
def test_that_the_term_is_the_discrepancy_of_the_channels(inputs: int) -> None:
    ours, theirs = feature(inputs, 4, 2, 3, seed=1), feature(inputs, 6, 2, 3, seed=2)
    by_hand = 0.0
    for one, other in zip(ours, theirs, strict=True):
        s, t = channels(one), channels(other)
        by_hand += (kernel(t, t) + kernel(s, s) - 2 * kernel(s, t)) / inputs
    assert float(loss(NeuronSelectivity(pairs=PAIR), ours, theirs)) == pytest.approx(by_hand, rel=1e-12)


def test_that_the_order_and_the_scale_of_the_channels_do_not_matter() -> None:
    theirs = feature(3, 4, 2, 3, seed=1)
    ours = theirs[:, [2, 0, 3, 1]] * torch.tensor([1.0, 2.0, 3.0, 4.0])[:, None, None]
    assert float(loss(NeuronSelectivity(pairs=PAIR), ours, theirs)) == pytest.approx(0, abs=1e-12)


def test_that_a_dead_channel_gives_a_number_and_no_gradient() -> None:
    ours, theirs = feature(3, 4, 2, 3, seed=1), feature(3, 4, 2, 3, seed=2)
    ours[:, 1] = 0
    ours.requires_grad_(True)
    loss(NeuronSelectivity(pairs=PAIR), ours, theirs).backward()
    assert ours.grad[:, 1].abs().max() == 0
    assert ours.grad.isfinite().all()


def test_that_the_larger_map_is_averaged_down() -> None:
    ours, theirs = feature(3, 4, 2, 2, seed=1), feature(3, 4, 4, 4, seed=2)
    small = theirs.view(3, 4, 2, 2, 2, 2).mean(dim=(3, 5))
    method = NeuronSelectivity(pairs=PAIR)
    assert float(loss(method, ours, theirs)) == pytest.approx(float(loss(method, ours, small)), rel=1e-12)
