"""Similarity-preserving against the formula of its paper, written out by hand."""

import math

import pytest
import torch

from kdstudio.methods.similarity_preserving import SimilarityPreserving
from tests.methods.relations_by_hand import inner, maps


def rows(feature: torch.Tensor) -> list[list[float]]:
    """Return G of the paper: products of flattened features, each row of length 1."""
    flat = [one.flatten().tolist() for one in feature]
    products = [[inner(a, b) for b in flat] for a in flat]
    return [[value / math.sqrt(inner(row, row)) for value in row] for row in products]


@pytest.mark.parametrize("count", [1, 5])
def test_that_the_weighted_loss_is_the_papers_at_a_batch_of_64(count: int) -> None:
    student, teacher = maps(count)[0]
    ours, theirs = rows(student), rows(teacher)
    squared = sum((a - b) ** 2 for s, t in zip(ours, theirs, strict=True) for a, b in zip(s, t, strict=True))
    method = SimilarityPreserving()
    loss = method.weight * float(method.compare([(student, teacher)])["similarity"])
    assert loss == pytest.approx(3000 * squared / count**2 * count / 64, rel=1e-10)


def test_that_the_pairs_of_layers_are_added_up() -> None:
    one = SimilarityPreserving().compare(maps())["similarity"]
    assert float(SimilarityPreserving().compare(maps() * 2)["similarity"]) == pytest.approx(2 * float(one))


def test_that_features_without_any_activity_have_a_gradient_that_is_a_number() -> None:
    student = torch.zeros(3, 4, requires_grad=True)
    SimilarityPreserving().compare([(student, torch.ones(3, 6))])["similarity"].backward()
    assert student.grad.isfinite().all()
