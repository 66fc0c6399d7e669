"""The hierarchical loss of the review by hand, and what its fusions let through."""

import pytest
import torch

from kdstudio.methods.base import Setting
from kdstudio.methods.review import Fusion, Review
from tests.methods.two_layers import PAIR, build, exchange, feature


def pooled(rows: list[list[float]], side: int) -> list[list[float]]:
    """Return a map of a multiple of `side` places, averaged to side × side."""
    step = len(rows) // side
    return [
        [sum(rows[y * step + i][x * step + j] for i in range(step) for j in range(step)) / step**2 for x in range(side)]
        for y in range(side)
    ]


def squared(one: list[list[float]], other: list[list[float]]) -> list[float]:
    return [(a - b) ** 2 for row, column in zip(one, other, strict=True) for a, b in zip(row, column, strict=True)]


@pytest.mark.parametrize(("side", "levels"), [(8, [8, 4, 2, 1]), (4, [4, 2, 1]), (2, [2, 1]), (1, [1])])
def test_that_the_term_is_the_weighted_mean_of_the_errors_at_each_resolution(side: int, levels: list[int]) -> None:
    ours, theirs = feature(2, 3, side, side, seed=1), feature(2, 3, side, side, seed=2)
    maps = [(ours[n, c].tolist(), theirs[n, c].tolist()) for n in range(2) for c in range(3)]
    total = share = 0.0
    for i, level in enumerate(levels):
        errors = [error for one, other in maps for error in squared(pooled(one, level), pooled(other, level))]
        total += 0.5**i * sum(errors) / len(errors)
        share += 0.5**i
    found = Review(pairs=PAIR).compare([(ours, theirs)])["context"]
    assert float(found) == pytest.approx(total / share, rel=1e-12)


def test_that_a_fusion_weighs_its_stage_and_the_later_ones_at_each_place() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(1)
        fusion = Fusion(3, 6, 2, fuses=True).double()
    own, later = feature(2, 3, 4, 4, seed=1), feature(2, 2, 2, 2, seed=2)
    answer, fused = fusion(own, later, (4, 4))
    inwards, upwards = fusion.inwards(own), later.repeat_interleave(2, 2).repeat_interleave(2, 3)
    shares = fusion.attend(torch.cat([inwards, upwards], dim=1))
    assert torch.allclose(fused, shares[:, :1] * inwards + shares[:, 1:] * upwards, atol=1e-12)
    assert answer.shape == (2, 6, 4, 4)


def test_that_an_early_stage_of_the_teacher_teaches_the_later_stages_of_the_student() -> None:
    method = Review(pairs=(("early", "early"), ("late", "late")))
    ours = {"early": feature(2, 3, 4, 4, seed=1), "late": feature(2, 4, 2, 2, seed=2).requires_grad_(True)}
    theirs = {"early": feature(2, 5, 8, 8, seed=3), "late": feature(2, 6, 4, 4, seed=4)}
    shapes = [{name: tuple(value.shape[1:]) for name, value in side.items()} for side in (ours, theirs)]
    objective = method.build(Setting(classes=2, inputs=2, student=shapes[0], teacher=shapes[1])).double()
    given = exchange(ours["early"], theirs["early"], epoch=30.0)
    given.student.features.update(ours)
    given.teacher.features.update(theirs)
    early, _ = objective.fusions[0](ours["early"], objective.fusions[1](ours["late"], None, (4, 4))[1], (8, 8))
    early.sum().backward()
    assert ours["late"].grad.abs().sum() > 0
    objective(given)["context"].backward()
    assert all(parameter.grad is not None for parameter in objective.parameters())


def test_that_the_term_grows_over_its_first_epochs() -> None:
    ours, theirs = feature(2, 3, 4, 4, seed=1), feature(2, 5, 4, 4, seed=2)
    objective = build(Review(pairs=PAIR, warmup_epochs=20), ours, theirs)
    full, half = (objective(exchange(ours, theirs, epoch=epoch))["context"].detach() for epoch in (20.0, 10.0))
    assert float(half) == pytest.approx(float(full) / 2, rel=1e-12)
