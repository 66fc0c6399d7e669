"""Masked generation with its mask known: what is blanked out, and that nothing but the mask is drawn."""

import pytest
import torch

from kdstudio.methods.masked_generation import MaskedGeneration
from tests.methods.two_layers import PAIR, build, exchange, feature


def at(seed: int, objective: torch.nn.Module, ours: torch.Tensor, theirs: torch.Tensor) -> float:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return float(objective(exchange(ours, theirs))["error"].detach())


@pytest.mark.parametrize(("masked", "size"), [("channels", (3, 5, 1, 1)), ("places", (3, 1, 4, 4))])
@pytest.mark.parametrize("width", [5, 4])
def test_that_the_teachers_feature_is_made_of_what_is_left_of_the_students(masked, size, width) -> None:
    ours, theirs = feature(3, width, 4, 4, seed=1), feature(3, 5, 4, 4, seed=2)
    objective = build(MaskedGeneration(pairs=PAIR, masked=masked, share=0.5), ours, theirs)
    generator = objective.generators[0]
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(7)
        kept = (torch.rand(size) >= 0.5).double()
        first, _, second = generator.generate
        made = second(first(generator.align(ours) * kept).clamp(min=0))
    by_hand = sum(gap**2 for gap in (made - theirs).flatten().tolist()) / theirs.numel()
    assert 0 < kept.mean() < 1
    assert at(7, objective, ours, theirs) == pytest.approx(by_hand, rel=1e-12)


def test_that_without_a_share_the_term_is_the_same_each_time() -> None:
    ours, theirs = feature(1, 4, 3, 3, seed=1), feature(1, 5, 3, 3, seed=2)
    objective = build(MaskedGeneration(pairs=PAIR, share=0), ours, theirs)
    assert at(1, objective, ours, theirs) == at(2, objective, ours, theirs)


@pytest.mark.slow
@pytest.mark.parametrize("masked", ["channels", "places"])
def test_that_its_mean_over_many_masks_does_not_depend_on_the_batch_size(masked: str) -> None:
    ours, theirs = feature(2, 4, 3, 3, seed=1), feature(2, 4, 3, 3, seed=2)
    objective = build(MaskedGeneration(pairs=PAIR, masked=masked, share=0.5), ours, theirs)
    once, often = at(1, objective, ours.repeat(400, 1, 1, 1), theirs.repeat(400, 1, 1, 1)), 0.0
    for seed in range(400):
        often += at(seed, objective, ours, theirs) / 400
    assert often == pytest.approx(once, rel=0.02)


def test_that_student_and_generator_are_trained() -> None:
    ours, theirs = feature(2, 4, 3, 3, seed=1).requires_grad_(True), feature(2, 5, 3, 3, seed=2)
    objective = build(MaskedGeneration(pairs=PAIR), ours, theirs)
    objective(exchange(ours, theirs))["error"].backward()
    assert ours.grad.abs().sum() > 0
    assert all(parameter.grad is not None for parameter in objective.parameters())
