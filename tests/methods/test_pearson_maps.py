"""Pearson maps against the correlation of the standard library."""

from statistics import correlation

import pytest
import torch

from kdstudio.methods.pearson_maps import PearsonMaps
from tests.methods.two_layers import PAIR, build, exchange, feature, loss


@pytest.mark.parametrize("inputs", [1, 3])
def test_that_the_term_is_one_minus_the_correlation_of_each_channel(inputs: int) -> None:
    ours, theirs = feature(inputs, 4, 2, 3, seed=1), feature(inputs, 4, 2, 3, seed=2)
    each = [1 - correlation(ours[:, c].flatten().tolist(), theirs[:, c].flatten().tolist()) for c in range(4)]
    assert float(loss(PearsonMaps(pairs=PAIR), ours, theirs)) == pytest.approx(sum(each) / 4, rel=1e-6)


def test_that_scale_and_level_of_a_channel_do_not_matter() -> None:
    theirs = feature(3, 4, 2, 3, seed=1)
    ours = theirs * 7 + feature(1, 4, 1, 1, seed=2)
    assert float(loss(PearsonMaps(pairs=PAIR), ours, theirs)) == pytest.approx(0, abs=1e-12)


def test_that_a_channel_that_never_varies_gives_numbers() -> None:
    ours, theirs = feature(3, 4, 2, 3, seed=1), feature(3, 4, 2, 3, seed=2)
    ours[:, 1], theirs[:, 2] = 0, 5
    ours.requires_grad_(True)
    found = loss(PearsonMaps(pairs=PAIR), ours, theirs)
    found.backward()
    assert found.isfinite()
    assert ours.grad.isfinite().all()
    assert float(loss(PearsonMaps(pairs=PAIR), theirs, theirs)) == 0


def test_that_different_widths_are_brought_together_by_a_map_that_learns() -> None:
    ours, theirs = feature(3, 4, 2, 3, seed=1), feature(3, 6, 2, 3, seed=2)
    objective = build(PearsonMaps(pairs=PAIR), ours, theirs)
    objective(exchange(ours, theirs))["error"].backward()
    assert isinstance(next(objective.parameters()).grad, torch.Tensor)
