"""Channel-wise distillation against the divergence written out by hand."""

import math

import pytest

from kdstudio.methods.channel_wise import ChannelWise
from tests.methods.two_layers import PAIR, build, exchange, feature, loss


def shares(places: list[float], temperature: float) -> list[float]:
    powers = [math.exp(place / temperature) for place in places]
    return [power / sum(powers) for power in powers]


@pytest.mark.parametrize("inputs", [1, 3])
@pytest.mark.parametrize("temperature", [1.0, 4.0])
def test_that_the_term_is_a_divergence_over_the_places_and_a_mean_over_the_channels(inputs, temperature) -> None:
    ours, theirs = feature(inputs, 4, 2, 3, seed=1) * 3, feature(inputs, 4, 2, 3, seed=2) * 3
    by_hand = 0.0
    for n in range(inputs):
        for c in range(4):
            q, p = (
                shares(ours[n, c].flatten().tolist(), temperature),
                shares(theirs[n, c].flatten().tolist(), temperature),
            )
            by_hand += sum(a * (math.log(a) - math.log(b)) for a, b in zip(p, q, strict=True))
    by_hand *= temperature**2 / (4 * inputs)
    found = loss(ChannelWise(pairs=PAIR, tau=temperature), ours, theirs)
    assert float(found) == pytest.approx(by_hand, rel=1e-11)


def test_that_the_level_of_a_channel_does_not_matter() -> None:
    theirs = feature(3, 4, 2, 3, seed=1)
    shifted = theirs + feature(3, 4, 1, 1, seed=2)
    assert float(loss(ChannelWise(pairs=PAIR), shifted, theirs)) == pytest.approx(0, abs=1e-12)


def test_that_different_widths_are_brought_together_by_a_map_that_learns() -> None:
    ours, theirs = feature(3, 4, 2, 3, seed=1), feature(3, 6, 2, 3, seed=2)
    objective = build(ChannelWise(pairs=PAIR), ours, theirs)
    objective(exchange(ours, theirs))["kl"].backward()
    assert next(objective.parameters()).grad.abs().sum() > 0
