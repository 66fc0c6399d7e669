"""Probabilistic transfer against the formula of its paper, written out by hand."""

import math

import pytest
import torch

from kdstudio.methods.probabilistic_transfer import ProbabilisticTransfer
from tests.methods.relations_by_hand import cosine, maps, means


def neighbours(feature: torch.Tensor) -> list[list[float]]:
    """Return p(j | i) of the paper, with its kernel of cosines."""
    vectors = means(feature)
    kernel = [[(1 + cosine(a, b)) / 2 for b in vectors] for a in vectors]
    return [[value / sum(row) for value in row] for row in kernel]


@pytest.mark.parametrize("count", [1, 5])
def test_that_the_loss_is_the_divergence_of_the_neighbourhoods(count: int) -> None:
    student, teacher = maps(count)[0]
    ours, theirs = neighbours(student), neighbours(teacher)
    by_hand = sum(p * math.log(p / q) for s, t in zip(ours, theirs, strict=True) for q, p in zip(s, t, strict=True))
    loss = ProbabilisticTransfer().compare([(student, teacher)])["kl"]
    assert float(loss) == pytest.approx(by_hand / count, rel=1e-9, abs=1e-12)


def test_that_opposite_features_give_numbers() -> None:
    student = torch.tensor([[1.0, 0.0], [-1.0, 0.0]], requires_grad=True)
    loss = ProbabilisticTransfer().compare([(student, torch.eye(2))])["kl"]
    loss.backward()
    assert loss.isfinite()
    assert student.grad.isfinite().all()


def test_that_neither_lengths_nor_widths_matter() -> None:
    student, teacher = maps()[0]
    method = ProbabilisticTransfer()
    wider = torch.cat([teacher, teacher], dim=1)
    plain, changed = (method.compare([(s, t)])["kl"] for s, t in ((student, teacher), (7 * student, wider)))
    assert float(changed) == pytest.approx(float(plain), rel=1e-10)
