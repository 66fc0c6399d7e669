"""Hard labels of blended inputs against the formula of mixup, for each task."""

import math

import pytest
import torch

from kdstudio.methods.base import Exchange
from kdstudio.methods.hard_labels import HardLabels
from kdstudio.methods.losses import IGNORE
from kdstudio.models.values import Batch, Mixture, Outputs

N, C = 4, 3
SHARE = torch.tensor([0.3, 1.0, 0.75, 0.5], dtype=torch.float64)
NOTHING = float("nan")


def drawn(seed: int) -> torch.Tensor:
    return torch.randn(N, C, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def found(logits: torch.Tensor, first: torch.Tensor, second: torch.Tensor, scale: torch.Tensor | None = None):
    nothing = torch.full_like(first, NOTHING if first.is_floating_point() else IGNORE)
    batch = Batch(None, nothing, torch.arange(N), scale=scale, mixture=Mixture(first, second, SHARE))
    (loss,) = HardLabels().terms(Exchange(batch, Outputs(logits))).values()
    return loss


def test_that_a_blend_learns_both_classes_by_its_share() -> None:
    logits = drawn(0).requires_grad_()
    first, second = torch.tensor([2, 0, IGNORE, 1]), torch.tensor([1, 0, IGNORE, 1])
    loss = found(logits, first, second)
    loss.backward()
    total, gradient = 0.0, torch.zeros(N, C, dtype=torch.float64)
    for row in (0, 1, 3):
        powers = [math.exp(float(value)) for value in logits.detach()[row]]
        chances = [power / sum(powers) for power in powers]
        for target, share in ((int(first[row]), float(SHARE[row])), (int(second[row]), 1 - float(SHARE[row]))):
            total -= share * math.log(chances[target]) / 3
            for c in range(C):
                gradient[row, c] += share * (chances[c] - (c == target)) / 3
    assert float(loss.detach()) == pytest.approx(total, rel=1e-12)
    torch.testing.assert_close(logits.grad, gradient, rtol=1e-10, atol=1e-14)


def test_that_a_blend_learns_both_sets_of_labels_by_its_share() -> None:
    logits = drawn(0).requires_grad_()
    first, second = (drawn(1) > 0).double(), (drawn(2) > 0).double()
    first[2] = second[2] = NOTHING
    loss = found(logits, first, second)
    loss.backward()
    total, gradient = 0.0, torch.zeros(N, C, dtype=torch.float64)
    for row in (0, 1, 3):
        for c in range(C):
            chance, share = 1 / (1 + math.exp(-float(logits.detach()[row, c]))), float(SHARE[row])
            wanted = share * float(first[row, c]) + (1 - share) * float(second[row, c])
            total -= (wanted * math.log(chance) + (1 - wanted) * math.log(1 - chance)) / 3
            gradient[row, c] = (chance - wanted) / 3
    assert float(loss.detach()) == pytest.approx(total, rel=1e-12)
    torch.testing.assert_close(logits.grad, gradient, rtol=1e-10, atol=1e-14)


def test_that_a_blend_learns_both_numbers_by_its_share() -> None:
    values, first, second = drawn(0).requires_grad_(), drawn(1), drawn(2)
    first[2] = second[2] = NOTHING
    scale = torch.tensor([2.0, 0.5, 10.0], dtype=torch.float64)
    loss = found(values, first, second, scale)
    loss.backward()
    total, gradient = 0.0, torch.zeros(N, C, dtype=torch.float64)
    for row in (0, 1, 3):
        for k in range(C):
            for target, share in ((first[row, k], SHARE[row]), (second[row, k], 1 - SHARE[row])):
                gap = float(values.detach()[row, k]) - float(target)
                total += float(share) * 0.5 * (gap / float(scale[k])) ** 2 / 3
                gradient[row, k] += float(share) * gap / float(scale[k]) ** 2 / 3
    assert float(loss.detach()) == pytest.approx(total, rel=1e-12)
    torch.testing.assert_close(values.grad, gradient, rtol=1e-10, atol=1e-14)


def test_that_noise_alone_teaches_nothing() -> None:
    logits, nothing = drawn(0).requires_grad_(), torch.full((N,), IGNORE)
    loss = found(logits, nothing, nothing)
    loss.backward()
    assert float(loss.detach()) == 0
    assert not logits.grad.any()
