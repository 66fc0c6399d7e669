"""Factor transfer against its two formulas written out by hand, and who learns from which."""

import math

import pytest
import torch

from kdstudio.methods.factors import Factors
from tests.methods.two_layers import PAIR, build, exchange, feature


def directions(values: torch.Tensor) -> list[list[float]]:
    rows = [row.flatten().tolist() for row in values.detach()]
    return [[value / math.sqrt(sum(x * x for x in row)) for value in row] for row in rows]


@pytest.mark.parametrize(("inputs", "rate"), [(1, 0.5), (3, 0.5), (3, 1.0)])
def test_that_factor_and_reconstruction_are_those_of_the_paper(inputs: int, rate: float) -> None:
    ours, theirs = feature(inputs, 3, 4, 4, seed=1), feature(inputs, 6, 4, 4, seed=2)
    objective = build(Factors(pairs=PAIR, rate=rate), ours, theirs)
    found = {name: float(value.detach()) for name, value in objective(exchange(ours, theirs)).items()}
    factor = objective.encoders[0](theirs)
    assert factor.shape == (inputs, round(6 * rate), 4, 4)
    pairs = zip(directions(objective.translators[0](ours)), directions(factor), strict=True)
    gaps = [abs(a - b) for s, t in pairs for a, b in zip(s, t, strict=True)]
    back = objective.decoders[0](factor).detach()
    errors = [(a - b) ** 2 for a, b in zip(back.flatten().tolist(), theirs.flatten().tolist(), strict=True)]
    by_hand = {"factor": 200 * sum(gaps) / len(gaps), "reconstruction": sum(errors) / len(errors)}
    assert found == pytest.approx(by_hand, rel=1e-10)


def test_that_factors_train_the_translator_and_reconstruction_the_paraphraser() -> None:
    ours, theirs = feature(3, 3, 4, 4, seed=1).requires_grad_(True), feature(3, 6, 2, 2, seed=2)
    objective = build(Factors(pairs=PAIR), ours, theirs)
    terms = objective(exchange(ours, theirs))
    parts = {name: list(part.parameters()) for name, part in objective.named_children()}
    for term, learns in (("factor", {"translators"}), ("reconstruction", {"encoders", "decoders"})):
        given = [torch.autograd.grad(terms[term], own, retain_graph=True, allow_unused=True) for own in parts.values()]
        pulled = {name for name, own in zip(parts, given, strict=True) if any(one is not None for one in own)}
        assert pulled == learns
    assert torch.autograd.grad(terms["factor"], ours)[0].abs().sum() > 0
    assert torch.autograd.grad(terms["reconstruction"], ours, allow_unused=True)[0] is None
