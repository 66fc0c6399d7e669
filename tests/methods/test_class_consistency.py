"""Class consistency against the formula of its paper, written out by hand."""

import math

import pytest
import torch

from kdstudio.methods.class_consistency import ClassConsistency, partners
from kdstudio.methods.losses import IGNORE
from tests.methods.relations_by_hand import answers

TARGETS = torch.tensor([2, 0, 2, IGNORE, 1, 2, 0])
PARTNERS = [2, 6, 5, 3, 4, 0, 1]


def logits(classes: int = 4) -> torch.Tensor:
    return torch.randn(len(TARGETS), classes, generator=torch.Generator().manual_seed(2), dtype=torch.float64)


def softened(row: torch.Tensor, temperature: float) -> list[float]:
    powers = [math.exp(float(value) / temperature) for value in row]
    return [power / sum(powers) for power in powers]


def test_that_partners_go_round_within_a_class() -> None:
    assert partners(TARGETS).tolist() == PARTNERS


def test_that_the_loss_is_the_divergence_from_the_partners_answer() -> None:
    given, temperature, by_hand = logits(), 4.0, 0.0
    for row, partner in enumerate(PARTNERS):
        if TARGETS[row] != IGNORE:
            q, p = softened(given[row], temperature), softened(given[partner], temperature)
            by_hand += sum(a * math.log(a / b) for a, b in zip(p, q, strict=True))
    loss = ClassConsistency().terms(answers(given, TARGETS))["kl"]
    assert float(loss) == pytest.approx(temperature**2 * by_hand / 6, rel=1e-11)


def test_that_the_partners_answer_is_a_target_and_not_differentiated() -> None:
    given, temperature = logits().requires_grad_(), 4.0
    ClassConsistency().terms(answers(given, TARGETS))["kl"].backward()
    for row, partner in enumerate(PARTNERS):
        q, p = softened(given[row].detach(), temperature), softened(given[partner].detach(), temperature)
        has_label = float(TARGETS[row] != IGNORE)
        expected = [has_label * temperature * (b - a) / 6 for a, b in zip(p, q, strict=True)]
        assert given.grad[row].tolist() == pytest.approx(expected, rel=1e-9, abs=1e-14)


@pytest.mark.parametrize("targets", [[1], [IGNORE], [0, 1]])
def test_that_inputs_without_a_partner_add_nothing(targets: list[int]) -> None:
    given = logits(2)[: len(targets)]
    assert float(ClassConsistency().terms(answers(given, torch.tensor(targets)))["kl"]) == 0.0
