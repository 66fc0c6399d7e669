"""Variational information distillation against the Gaussian written out by hand."""

import math

import pytest
import torch

from kdstudio.methods.variational import Variational
from tests.methods.two_layers import PAIR, build, exchange, feature


def test_that_the_term_is_the_mean_surprise_of_a_gaussian_with_a_variance_for_each_channel() -> None:
    ours, theirs = feature(3, 4, 2, 2, seed=1), feature(3, 5, 2, 2, seed=2)
    objective = build(Variational(pairs=PAIR), ours, theirs)
    predictor = objective.predictors[0]
    with torch.no_grad():
        predictor.scale.copy_(torch.linspace(-2, 2, 5))
        mean = predictor.mean(ours).tolist()
    each = []
    for n in range(3):
        for c in range(5):
            variance = math.log(1 + math.exp(float(predictor.scale[c].detach()))) + 1e-5
            for y in range(2):
                for x in range(2):
                    gap = mean[n][c][y][x] - float(theirs[n, c, y, x])
                    each.append(0.5 * (gap**2 / variance + math.log(variance)))
    found = objective(exchange(ours, theirs))["likelihood"]
    assert float(found.detach()) == pytest.approx(sum(each) / len(each), rel=1e-12)


@pytest.mark.parametrize(
    "shapes", [((1, 4), (1, 5)), ((3, 6, 4), (3, 6, 5)), ((3, 4, 2, 2), (3, 5)), ((1, 4, 4, 4), (1, 5, 2, 2))]
)
def test_that_every_kind_of_feature_is_predicted_and_all_of_it_is_learned(shapes) -> None:
    ours, theirs = feature(*shapes[0], seed=1), feature(*shapes[1], seed=2)
    objective = build(Variational(pairs=PAIR), ours, theirs)
    objective(exchange(ours, theirs))["likelihood"].backward()
    assert all(parameter.grad is not None for parameter in objective.parameters())
    assert objective.predictors[0].scale.grad.abs().sum() > 0


@pytest.mark.parametrize("variance", [0.01, 1.0, 5.0])
def test_that_the_variance_begins_as_it_was_chosen(variance: float) -> None:
    ours = feature(2, 4, seed=1)
    objective = build(Variational(pairs=PAIR, variance=variance), ours, ours)
    assert (torch.nn.functional.softplus(objective.predictors[0].scale) + 1e-5).tolist() == pytest.approx(
        [variance] * 4, rel=1e-6
    )


@pytest.mark.slow
def test_that_the_learned_variance_is_the_squared_error_that_remains() -> None:
    """The term is least where σ² is the mean squared error of its channel."""
    theirs = feature(200, 3, seed=2) * torch.tensor([0.5, 1.0, 3.0])
    ours = torch.zeros(200, 2, dtype=torch.float64)  # nothing can be predicted from it
    objective = build(Variational(pairs=PAIR), ours, theirs)
    optimizer = torch.optim.Adam(objective.parameters(), lr=0.05)
    for _ in range(1500):
        optimizer.zero_grad()
        objective(exchange(ours, theirs))["likelihood"].backward()
        optimizer.step()
    learned = torch.nn.functional.softplus(objective.predictors[0].scale) + 1e-5
    assert learned.tolist() == pytest.approx(theirs.square().mean(0).tolist(), rel=0.02)
